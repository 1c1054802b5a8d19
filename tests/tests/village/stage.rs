//! A server in this process that can be stopped and come back at the same address, inspectors' phones, and a browser
//! that sees what they show.

use crate::devtools::Page;
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use wurao_device::Phone;
use wurao_protocol::present;
use wurao_protocol::{PermitId, SiteId, base43};
use wurao_server::permits::{self, Approved};
use wurao_server::village::{Onlooker, Totals, totals};
use wurao_server::{Config, Scope, Server, county};
use wurao_tests::county::County;
use wurao_tests::world::open;

pub(crate) const HOTLINE: &str = "0700-123456";

/// The phone of 陈立新, who inspects in 石门村 and 松岭村.
const CODE: &str = "demo-phone-03";

pub(crate) struct Village {
    folder: TempDir,
    county: County,
    address: SocketAddr,
    server: Option<Server>,
}

impl Village {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let county = County::demo().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut village = Self { folder, county, address, server: None };
        village.start();
        let file = village.folder.path().join("county.json");
        village.county.write(&file).unwrap();
        county::load(village.server().app(), &file).unwrap();
        village
    }

    pub(crate) fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// Starts it, at the address it had before.
    pub(crate) fn start(&mut self) {
        let mut config = Config::new(self.folder.path().join("server"), self.address);
        config.hotline = Some(HOTLINE.to_owned());
        let server = Server::start(config).unwrap();
        self.address = server.address();
        self.server = Some(server);
    }

    /// The same server with no number to call.
    pub(crate) fn without_hotline(&mut self) {
        self.stop();
        self.server = Some(Server::start(Config::new(self.folder.path().join("server"), self.address)).unwrap());
    }

    pub(crate) fn stop(&mut self) {
        self.server.take().unwrap().shutdown();
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// An inspector's phone with its work.
    pub(crate) fn phone(&self) -> Phone {
        let phone = open(&self.folder.path().join("phone")).unwrap();
        phone.enrol(&self.url(""), CODE, "phone 3").unwrap();
        self.sync(&phone);
        phone
    }

    pub(crate) fn sync(&self, phone: &Phone) {
        phone.sync(&Default::default(), &(), &wurao_device::Cancel::new()).unwrap();
    }

    /// The permit for this village (by its English name) that the county has.
    pub(crate) fn permit(&self, village: &str) -> PermitId {
        self.county.permit(village, "Emergency supplies").unwrap()
    }

    /// A permit for the days from and to, counted from today; like the county's own otherwise.
    pub(crate) fn permit_for_days(&self, like: PermitId, id: PermitId, days: [i32; 2], phone: &Phone) {
        let app = self.server().app();
        let today = ((app.now_ms() / 1000 + 8 * 3600) / 86_400) as i32;
        let honest = self.permit_of(&phone.present(like, None).unwrap().text);
        let visit = honest.visit;
        let approved = Approved {
            id,
            plan_item: visit.plan_item,
            number: visit.number,
            ad_hoc: visit.ad_hoc,
            body: visit.body,
            body_name: visit.body_name,
            purpose: visit.purpose,
            site: visit.site,
            checklist: visit.checklist,
            team: visit.team.iter().map(|member| member.person).collect(),
            from_day: today + days[0],
            to_day: today + days[1],
            year: 2026,
        };
        let (keys, now) = (app.keys().clone(), app.now_ms());
        app.store().write_blocking(move |tx| permits::issue(tx, &keys, &approved, now)).unwrap();
        self.sync(phone);
    }

    /// What a shown text says.
    pub(crate) fn permit_of(&self, text: &str) -> wurao_protocol::permit::Permit {
        let shown = present::parse(text).unwrap();
        let shown = wurao_protocol::envelope::open_as::<wurao_protocol::record::Presentation>(&shown).unwrap().body;
        wurao_protocol::envelope::open_as(&shown.permit.0).unwrap().body
    }

    /// Withdraws a permit.
    pub(crate) fn withdraw(&self, permit: PermitId) {
        let app = self.server().app();
        let (keys, now) = (app.keys().clone(), app.now_ms());
        let by = self.county.person("linhui").unwrap();
        let withdraw =
            move |tx: &wurao_server::store::Tx<'_>| permits::withdraw(tx, &keys, &permit, "weather", by, now);
        app.store().write_blocking(withdraw).unwrap();
    }

    /// What villages have said, as an auditor sees it.
    pub(crate) fn said(&self) -> Totals {
        let read = |tx: &wurao_server::store::Tx<'_>| totals(tx, &Scope::new("470123"), Onlooker::Auditor);
        self.server().app().store().write_blocking(read).unwrap()
    }
}

/// Another signature than an honest one: the last character of the text changed.
pub(crate) fn forged(text: &str) -> String {
    let (address, shown) = text.rsplit_once('#').unwrap();
    let mut bytes = base43::decode(shown).unwrap();
    bytes[120] ^= 1;
    format!("{address}#{}", base43::encode(&bytes))
}

/// A villager's phone: 360 pixels wide, with a camera that sees what the test holds before it. `BarcodeDetector` is a
/// stand-in, since the browser of the tests has none; the camera and the photo are read as on a phone.
pub(crate) struct Villager {
    pub(crate) page: Page,
    home: String,
}

const DETECTOR: &str = "if (self.document) {
    self.held = null;
    self.BarcodeDetector = class {
        static async getSupportedFormats() { return ['qr_code']; }
        constructor({ formats }) { if (formats[0] !== 'qr_code') throw new TypeError(formats); }
        async detect(source) {
            const seen = source instanceof HTMLVideoElement ? source.videoWidth > 0 : source instanceof ImageBitmap;
            return seen && self.held ? [{ rawValue: self.held }] : [];
        }
    };
}";

impl Villager {
    pub(crate) fn new(village: &Village) -> Self {
        let camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
        Self::with(&camera, village.url("/p"))
    }

    /// A villager's phone that asks a name on the network, which is that computer, by plain HTTP.
    pub(crate) fn in_the_clear(village: &Village) -> Self {
        let home = village.url("/p").replace("127.0.0.1", "wurao.example");
        Self::with(&["--host-resolver-rules=MAP wurao.example 127.0.0.1"], home)
    }

    fn with(arguments: &[&str], home: String) -> Self {
        let mut page = Page::open_with(arguments);
        page.width(360);
        let mut villager = Self { page, home };
        villager.before_every_page(DETECTOR);
        villager
    }

    pub(crate) fn before_every_page(&mut self, script: &str) {
        self.page.call("Page.addScriptToEvaluateOnNewDocument", &json!({"source": script}));
    }

    /// Opens the page and waits until it is ready for use.
    pub(crate) fn open(&mut self, fragment: &str) {
        self.page.go("about:blank");
        self.page.go(&format!("{}{fragment}", self.home));
        self.page.wait_for("document.documentElement.dataset.ready");
    }

    /// Opens what another scanner has read.
    pub(crate) fn follow(&mut self, url: &str) {
        self.page.go("about:blank");
        self.page.go(url);
        self.page.wait_for("document.documentElement.dataset.ready");
    }

    pub(crate) fn speak(&mut self, lang: &str) {
        let here = self.page.eval("document.documentElement.lang.slice(0, 2)");
        if here != lang {
            self.press("#language");
            self.page.wait_for(&format!("document.documentElement.lang.startsWith('{lang}')"));
        }
    }

    pub(crate) fn press(&mut self, selector: &str) {
        let pressed = format!(
            "(() => {{ const found = document.querySelector('{selector}'); found.click(); return found.offsetParent !== null || found.hidden === true; }})()"
        );
        self.page.eval(&pressed);
    }

    /// Presses the verdict's button of this number.
    pub(crate) fn answer(&mut self, number: usize) {
        let before = self.state();
        self.page.eval(&format!("document.querySelectorAll('#verdict button')[{number}].click()"));
        self.page.wait_for(&format!("document.querySelector('#verdict').dataset.state !== '{before}'"));
    }

    /// Holds a code before the camera.
    pub(crate) fn scan(&mut self, text: &str) -> String {
        self.page
            .eval(&format!("delete document.querySelector('#verdict').dataset.state; self.held = {}; 0", json!(text)));
        self.press("#scan");
        self.page.wait_for("document.querySelector('#verdict').dataset.state");
        self.page.wait_for("document.querySelector('#camera').hidden");
        self.state()
    }

    pub(crate) fn state(&mut self) -> String {
        self.page.eval("document.querySelector('#verdict').dataset.state ?? ''").as_str().unwrap().to_owned()
    }

    pub(crate) fn colour(&mut self) -> String {
        self.page.eval("document.querySelector('#verdict').className").as_str().unwrap().to_owned()
    }

    pub(crate) fn text(&mut self, selector: &str) -> String {
        self.page.eval(&format!("document.querySelector('{selector}').innerText")).as_str().unwrap().to_owned()
    }

    /// Which village this phone remembers.
    pub(crate) fn lives_in(&mut self, site: SiteId) {
        self.page.eval(&format!("localStorage.setItem('site', '{site}')"));
    }

    /// Saves what is seen, after looking that it fits and can be read.
    pub(crate) fn picture(&mut self, name: &str) -> PathBuf {
        let beyond = self.page.eval("document.documentElement.scrollWidth - innerWidth").as_i64().unwrap();
        assert!(beyond <= 0, "{name} is {beyond} pixels too wide");
        let small = "[...document.querySelectorAll('body *')].filter((element) => element.offsetParent &&
            [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) &&
            parseFloat(getComputedStyle(element).fontSize) < 20).map((element) => element.outerHTML)";
        assert_eq!(self.page.eval(small), json!([]), "{name} has small letters");
        let path = screenshots().join(format!("village-{name}.png"));
        self.page.screenshot(&path);
        path
    }
}

fn screenshots() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
