//! What the page says of every state, in both languages, of codes that a real phone shows.

use crate::stage::{HOTLINE, Village, Villager, forged};
use wurao_device::Phone;
use wurao_protocol::envelope;
use wurao_protocol::key::{Signer, SoftwareKey};
use wurao_protocol::permit::{Permit, Visit};
use wurao_protocol::present;
use wurao_protocol::{PermitId, SiteId};

const HOME: &str = "Shimen Village";
const LANGUAGES: [&str; 2] = ["zh", "en"];

/// A clock so many seconds ahead of the real one.
fn ahead(seconds: i64) -> String {
    format!("{{ const real = Date.now.bind(Date); Date.now = () => real() + {seconds} * 1000; }}")
}

/// The same visit under a key that is on no list, shown by a phone that is on the permit.
fn of_nobody(honest: Permit) -> String {
    let key = |byte| SoftwareKey::from_bytes(&[byte; 32]).unwrap();
    let (issuer, phone) = (key(0x66), key(0x67));
    let visit = Visit { devices: vec![phone.public().device()], ..honest.visit.clone() };
    let record = envelope::seal(&issuer, &Permit { visit, ..honest }).unwrap();
    let now_s = jiff::Timestamp::now().as_second();
    present::text("permits.example", &present::seal(&phone, &record, now_s, None).unwrap()).unwrap()
}

struct Scene {
    village: Village,
    phone: Phone,
    permit: PermitId,
    site: SiteId,
    villager: Villager,
}

/// A villager of the village that the inspector's permit is for.
fn scene() -> Scene {
    let village = Village::new();
    let phone = village.phone();
    let permit = village.permit(HOME);
    let site = village.permit_of(&phone.present(permit, None).unwrap().text).visit.site;
    let villager = Villager::new(&village);
    Scene { village, phone, permit, site, villager }
}

impl Scene {
    fn shown(&self, permit: PermitId) -> String {
        self.phone.present(permit, None).unwrap().text
    }

    /// Scans a code and looks at what is said of it in both languages.
    fn sees(&mut self, text: &str, state: &str, colour: &str) {
        assert_eq!((self.villager.scan(text).as_str(), self.villager.colour().as_str()), (state, colour));
        self.looks(state, colour);
    }

    fn looks(&mut self, state: &str, colour: &str) {
        let role = if colour == "red" { "alert" } else { "status" };
        let mut said = Vec::new();
        for lang in LANGUAGES {
            self.villager.speak(lang);
            self.villager.page.wait_for(&format!("document.querySelector('#verdict').dataset.state === '{state}'"));
            assert_eq!(self.villager.page.eval("document.querySelector('#verdict').getAttribute('role')"), role);
            let sign = "document.querySelector('#verdict svg').innerHTML.length";
            assert!(self.villager.page.eval(sign).as_u64().unwrap() > 50);
            said.push(self.villager.text("#verdict"));
            self.villager.picture(&format!("{state}.{lang}"));
        }
        assert_ne!(said[0], said[1], "{state} says the same in both languages");
    }
}

#[test]
fn a_villager_sees_of_every_code_what_it_is_worth() {
    let mut scene = scene();
    scene.villager.open(&format!("#site={}", scene.site));
    assert_eq!(scene.villager.page.eval("location.href.includes('#')"), false);
    scene.villager.speak("zh");
    scene.villager.picture("home.zh");
    scene.villager.speak("en");
    scene.villager.picture("home.en");
    assert!(scene.villager.text("footer").contains(HOTLINE));

    let valid = scene.shown(scene.permit);
    scene.sees(&valid, "valid", "green");
    scene.villager.speak("zh");
    let said = scene.villager.text("#verdict");
    for word in ["可以检查", "陈立新", "吴晓梅", "县应急管理局", "应急物资检查", "石门村", "今年第 1 次"]
    {
        assert!(said.contains(word), "no {word}: {said}");
    }
    scene.sees(&forged(&valid), "forged", "red");
    scene.sees("https://example.org/a-menu", "forged", "red");
    let nobody = of_nobody(scene.village.permit_of(&valid));
    scene.sees(&nobody, "unknown-key", "red");
    let elsewhere = scene.shown(scene.village.permit("Songling Village"));
    scene.sees(&elsewhere, "wrong-site", "red");
    for (id, days, state) in [(0xa1, [-9, -5], "expired"), (0xa2, [5, 6], "not-yet")] {
        let id = PermitId([id; 16]);
        scene.village.permit_for_days(scene.permit, id, days, &scene.phone);
        let text = scene.shown(id);
        scene.sees(&text, state, "red");
    }
    assert!(scene.villager.page.complaints.is_empty(), "{:?}", scene.villager.page.complaints);

    scene.village.withdraw(scene.permit);
    scene.villager.open("");
    let text = scene.shown(scene.permit);
    scene.sees(&text, "revoked", "red");
}

#[test]
fn a_stale_code_is_settled_by_six_digits_and_a_copy_does_not_answer_them() {
    let mut scene = scene();
    let text = scene.shown(scene.permit);
    scene.villager.before_every_page(&ahead(200));
    scene.villager.open(&format!("#site={}", scene.site));
    scene.sees(&text, "stale", "amber");
    let digits: String = scene.villager.text("#verdict .digits").chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits.len(), 6);
    // A photo of the code knows nothing of the digits.
    scene.sees(&text, "copied", "red");
    let answered = scene.phone.present(scene.permit, Some(digits.parse().unwrap())).unwrap().text;
    assert_eq!((scene.villager.scan(&answered).as_str(), scene.villager.colour().as_str()), ("valid", "green"));
}

#[test]
fn a_phone_with_a_wrong_clock_says_so() {
    let mut scene = scene();
    let text = scene.shown(scene.permit);
    scene.villager.before_every_page(&ahead(7200));
    scene.villager.open(&format!("#site={}", scene.site));
    scene.sees(&text, "clock-doubtful", "amber");
}

#[test]
fn a_page_opened_by_another_scanner_is_amber_until_the_address_is_compared() {
    let mut scene = scene();
    let text = scene.shown(scene.permit);
    assert!(text.contains("/P#"), "{text}");
    scene.villager.follow(&text);
    assert_eq!((scene.villager.state().as_str(), scene.villager.colour().as_str()), ("address", "amber"));
    let address = scene.villager.page.eval("location.host").as_str().unwrap().to_owned();
    assert!(scene.villager.text("#verdict .large").contains(&address));
    assert_eq!(scene.villager.page.eval("location.href.includes('#')"), false);
    scene.looks("address", "amber");
    // The right address, and then the question whose village it is.
    scene.villager.answer(0);
    assert_eq!(scene.villager.colour(), "amber");
    scene.looks("which-site", "amber");
    scene.villager.answer(0);
    assert_eq!((scene.villager.state().as_str(), scene.villager.colour().as_str()), ("valid", "green"));
    // This phone knows its village now; the address is to be compared all the same.
    scene.villager.follow(&text);
    assert_eq!(scene.villager.state(), "address");
    scene.villager.answer(1);
    scene.looks("wrong-address", "red");
}

#[test]
fn another_village_is_said_when_the_villager_says_so_and_a_second_poster_is_not_taken_unasked() {
    let mut scene = scene();
    let text = scene.shown(scene.permit);
    scene.villager.open("");
    assert_eq!(scene.villager.scan(&text), "which-site");
    scene.villager.answer(1);
    assert_eq!(scene.villager.state(), "wrong-site");
    scene.villager.lives_in(scene.site);
    scene.villager.open(&format!("#site={}", SiteId([9; 16])));
    assert_eq!(scene.villager.page.eval("document.querySelector('#village').hidden"), false);
    assert_eq!(scene.villager.scan(&text), "valid");
    scene.villager.press("#village-new");
    scene.villager.page.wait_for("document.querySelector('#verdict').dataset.state === 'wrong-site'");
}

#[test]
fn a_short_code_is_amber_because_anybody_may_know_it() {
    let mut scene = scene();
    scene.villager.open(&format!("#site={}", scene.site));
    let type_in = |scene: &mut Scene, code: &str| {
        scene.villager.page.eval(&format!("document.querySelector('#code').value = '{code}'"));
        scene.villager.page.eval("document.querySelector('#typed').requestSubmit()");
    };
    type_in(&mut scene, "100 000 001");
    scene.villager.page.wait_for("!document.querySelector('#problem').hidden");
    let code = scene.permit.short_code().to_string();
    type_in(&mut scene, &format!("{} {} {}", &code[..3], &code[3..6], &code[6..]));
    scene.villager.page.wait_for("document.querySelector('#verdict').dataset.state");
    assert_eq!((scene.villager.state().as_str(), scene.villager.colour().as_str()), ("typed", "amber"));
    scene.looks("typed", "amber");
}

#[test]
fn a_photo_of_a_code_is_read_on_the_phone() {
    let mut scene = scene();
    scene.villager.open(&format!("#site={}", scene.site));
    let text = scene.shown(scene.permit);
    let choose = format!(
        "new Promise((done) => {{
            const canvas = document.createElement('canvas');
            canvas.getContext('2d').fillRect(0, 0, 9, 9);
            canvas.toBlob((blob) => {{
                const files = new DataTransfer();
                files.items.add(new File([blob], 'code.png', {{ type: 'image/png' }}));
                self.held = {};
                const input = document.querySelector('#photo');
                input.files = files.files;
                input.dispatchEvent(new Event('change'));
                done(0);
            }});
        }})",
        serde_json::json!(text)
    );
    scene.villager.page.eval(&choose);
    scene.villager.page.wait_for("document.querySelector('#verdict').dataset.state === 'valid'");
}

#[test]
fn a_browser_that_cannot_scan_says_so_and_takes_the_short_code() {
    let village = Village::new();
    let mut villager = Villager::new(&village);
    villager.before_every_page("delete self.BarcodeDetector");
    villager.open("");
    villager.speak("zh");
    assert_eq!(villager.page.eval("document.querySelector('#scan').hidden"), true);
    assert_eq!(villager.page.eval("document.querySelector('#no-scan').hidden"), false);
    villager.picture("no-scan.zh");
}

#[test]
fn a_browser_that_has_only_the_name_of_a_reader_cannot_scan_either() {
    let mut village = Village::new();
    let mut villager = Villager::new(&village);
    villager.before_every_page("self.BarcodeDetector.getSupportedFormats = async () => []");
    villager.open("");
    for hidden in ["#scan", "#photo-label"] {
        assert_eq!(villager.page.eval(&format!("document.querySelector('{hidden}').hidden")), true, "{hidden}");
    }
    assert_eq!(villager.page.eval("document.querySelector('#no-scan').hidden"), false);
    // Without a network neither way is left, and it does not send anybody to scan.
    villager.speak("zh");
    village.stop();
    villager.page.eval("document.querySelector('#code').value = '100000001'");
    villager.page.eval("document.querySelector('#typed').requestSubmit()");
    villager.page.wait_for("document.querySelector('#problem').textContent.includes('又不能扫码')");
}

#[test]
fn a_browser_too_old_for_the_page_is_told_to_use_another() {
    let village = Village::new();
    let mut villager = Villager::new(&village);
    let shown = "getComputedStyle(document.querySelector('#waiting'))";
    // The page's modules do not run: as where their language is not known.
    let block = |villager: &mut Villager, urls: &[&str]| {
        villager.page.call("Network.enable", &serde_json::json!({}));
        villager.page.call("Network.setBlockedURLs", &serde_json::json!({ "urls": urls }));
    };
    block(&mut villager, &["*/p/words.js"]);
    villager.page.go(&village.url("/p"));
    villager.page.wait_for(&format!("document.querySelector('#waiting') && {shown}.visibility === 'visible'"));
    villager.picture("too-old");
    block(&mut villager, &[]);
    villager.open("");
    assert_eq!(villager.page.eval(&format!("{shown}.display")), "none");
}

#[test]
fn at_an_address_without_https_the_page_says_so_and_blames_no_signature() {
    let scene = scene();
    let mut villager = Villager::in_the_clear(&scene.village);
    // From the poster, whose word on the village does not hide this.
    villager.open(&format!("#site={}", scene.site));
    assert_eq!(villager.page.eval("isSecureContext"), false);
    for (lang, word) in [("zh", "网址必须以 https:// 开头"), ("en", "must begin with https://")] {
        villager.speak(lang);
        let notice = villager.text("#notice");
        assert!(notice.contains(word), "{notice}");
        for part in ["#ask", "#say"] {
            assert_eq!(villager.page.eval(&format!("document.querySelector('{part}').hidden")), true, "{part}");
        }
        villager.picture(&format!("insecure-home.{lang}"));
    }
    // A code that another scanner has read is not judged either.
    let shown = scene.shown(scene.permit);
    villager.open(&format!("#{}", shown.split_once('#').unwrap().1));
    assert_eq!((villager.state().as_str(), villager.colour().as_str()), ("insecure", "amber"));
    villager.picture("insecure.en");
}

#[test]
fn only_a_list_of_another_key_is_called_that_and_no_number_is_named_that_is_not_there() {
    let mut village = Village::new();
    village.without_hotline();
    let mut villager = Villager::new(&village);
    // What a network's own page of welcome answers is no list, and says nothing of the server.
    let instead = "self.fetch = ((real) => (url, ...rest) => String(url) === self.replaced ? real('/p/mark.svg') : real(url, ...rest))(self.fetch);";
    villager.before_every_page(&format!("if (self.document) {{ self.replaced = '/p/trust'; {instead} }}"));
    villager.open("");
    villager.speak("en");
    assert_eq!(villager.page.eval("document.querySelector('#notice').hidden"), true);
    assert!(villager.text("#list").contains("No list yet"));
    // Another key than the one of before.
    let other = hex::encode(SoftwareKey::from_bytes(&[0x77; 32]).unwrap().public().to_bytes());
    let put = format!(
        "wuraoStore.put('key', Uint8Array.from('{other}'.match(/../g), (pair) => parseInt(pair, 16))).then(() => 0)"
    );
    villager.page.eval(&put);
    villager.before_every_page("if (self.document) self.replaced = '';");
    villager.open("");
    villager.speak("en");
    let notice = villager.text("#notice");
    assert!(notice.contains("not the one of before") && !notice.contains("number"), "{notice}");
}
