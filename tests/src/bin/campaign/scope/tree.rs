//! A random tree of divisions with villages, bodies, people, phones and tokens.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use wurao_device::{Cancel, Phone, SyncOptions};
use wurao_protocol::PermitId;
use wurao_server::{Config, Server, county};
use wurao_tests::camera::Camera;
use wurao_tests::county::workbook;
use wurao_tests::{Doing, Trouble, world};

pub(super) const PASSWORD: &str = "undisturbed";
const BODIES: [&str; 2] = ["b1", "b2"];
const ROLES: [&str; 5] = ["supervisor", "auditor", "approver", "planner", "administrator"];

/// A text that belongs to one place, and perhaps to one body's work there.
pub(super) struct Mark {
    pub(super) kind: &'static str,
    pub(super) text: String,
    pub(super) division: String,
    body: Option<usize>,
}

impl Mark {
    /// What carries marks.
    pub(super) const KINDS: [&'static str; 6] = ["village", "person", "plan item", "answer", "phone", "inspection"];
}

/// Who asks, and what they may see at most: the widest of what their roles give.
pub(super) struct Reader {
    pub(super) name: String,
    pub(super) prefix: String,
    body: Option<usize>,
    nothing: bool,
}

impl Reader {
    pub(super) fn may_see(&self, mark: &Mark) -> bool {
        let body = self.body.is_none() || mark.body.is_none() || self.body == mark.body;
        // An inspector works in a whole county: who plans in a town of it may know them.
        let county = mark.kind == "person" && self.prefix.starts_with(&mark.division[..6]);
        !self.nothing && (mark.division.starts_with(&self.prefix) || county) && body
    }
}

/// An inspector's phone.
pub(super) struct FieldPhone {
    pub(super) folder: PathBuf,
    pub(super) reader: Reader,
    phone: Phone,
    device: String,
    permit: PermitId,
    village: usize,
}

struct Village {
    division: String,
    body: usize,
}

/// All of it, with its server.
pub(super) struct Tree {
    pub(super) marks: Vec<Mark>,
    pub(super) readers: Vec<Reader>,
    /// The name of each is its token.
    pub(super) tokens: Vec<Reader>,
    pub(super) phones: Vec<FieldPhone>,
    villages: Vec<Village>,
    folder: PathBuf,
    server: Option<Server>,
}

fn id(kind: &str, at: usize) -> String {
    format!("{kind}{at:030x}")
}

impl Tree {
    /// A tree of this seed, loaded into a server over this folder.
    pub(super) fn grow(seed: u64, folder: &Path) -> Result<Self, Trouble> {
        let mut random = StdRng::seed_from_u64(seed);
        let mut villages = Vec::new();
        for _ in 0..random.random_range(3..6) {
            let (city, county) = (random.random_range(1..3), random.random_range(21..23));
            let (town, village) = (random.random_range(101..103), random.random_range(201..999));
            let province = ["43", "47"].choose(&mut random).copied().unwrap_or("43");
            let division = format!("{province}{city:02}{county}{town}{village}");
            if villages.iter().all(|other: &Village| other.division != division) {
                villages.push(Village { division, body: random.random_range(0..BODIES.len()) });
            }
        }
        let mut tree = Self {
            marks: Vec::new(),
            readers: Vec::new(),
            tokens: Vec::new(),
            phones: Vec::new(),
            villages,
            folder: folder.to_owned(),
            server: None,
        };
        let file = folder.join("county.json");
        let county = tree.county(&mut random);
        std::fs::write(&file, county.to_string()).doing("write the county")?;
        let config = Config::new(folder.join("data"), SocketAddr::from(([127, 0, 0, 1], 0)));
        let server = Server::start(config).doing("start the server")?;
        county::load(server.app(), &file).doing("load the county")?;
        tree.server = Some(server);
        tree.add_tokens(&mut random)?;
        tree.add_phones()?;
        Ok(tree)
    }

    fn mark(&mut self, kind: &'static str, text: &str, village: usize, of_body: bool) {
        let Village { division, body } = &self.villages[village];
        let (division, body) = (division.clone(), of_body.then_some(*body));
        self.marks.push(Mark { kind, text: text.to_owned(), division, body });
    }

    fn county(&mut self, random: &mut StdRng) -> Value {
        let words = |text: &str| json!({"zh": text, "en": text});
        let year = jiff::Zoned::now().year();
        let (mut divisions, mut people, mut sites) = (Vec::<Value>::new(), Vec::new(), Vec::new());
        let (mut plan, mut permits, mut codes) = (Vec::new(), Vec::new(), Vec::new());
        for at in 0..self.villages.len() {
            let (division, body) = (self.villages[at].division.clone(), self.villages[at].body);
            let county = json!(format!("{}000000", &division[..6]));
            if divisions.iter().all(|known| known["code"] != county) {
                divisions.push(json!({"code": county, "name": words(&division[..6])}));
            }
            let (site, person, item) = (format!("Site{at}q"), format!("Person{at}q"), format!("Item{at}q"));
            let phone = format!("Phone{at}q");
            self.mark("village", &site, at, false);
            self.mark("person", &person, at, true);
            self.mark("plan item", &item, at, true);
            self.mark("answer", &format!("Answer{at}q"), at, true);
            self.mark("phone", &phone, at, true);
            sites.push(json!({"id": id("51", at), "name": words(&site), "division": division}));
            people.push(json!({"id": id("11", at), "name": person, "body": id(BODIES[body], 0),
                "login": format!("inspector{at}"), "role": "inspector", "scope": division[..6]}));
            plan.push(json!({"id": id("a1", at), "year": year, "body": id(BODIES[body], 0), "purpose": words(&item),
                "sites": [id("51", at)], "checklist": "supplies", "team": [id("11", at)], "from": "today-1",
                "to": "today+1", "minutes": 60}));
            permits.push(json!({"id": id("c1", at), "plan_item": id("a1", at), "site": id("51", at),
                "from": "today-1", "to": "today+1"}));
            codes.push(json!({"code": format!("code{at}"), "name": phone, "persons": [id("11", at)], "minutes": 15}));
        }
        // One who sees everything, so that each tree shows that there is something to be seen.
        self.readers.push(Reader { name: "reader0".to_owned(), prefix: String::new(), body: None, nothing: false });
        people.push(json!({"id": id("14", 0), "name": "R", "body": id(BODIES[0], 0), "login": "reader0",
            "password": PASSWORD, "role": "auditor", "scope": ""}));
        for at in 1..4 {
            let (prefix, body) = (self.prefix(random), random.random_range(0..BODIES.len()));
            let role = *ROLES.choose(random).unwrap_or(&ROLES[0]);
            let name = format!("reader{at}");
            people.push(json!({"id": id("14", at), "name": "R", "body": id(BODIES[body], 0), "login": name,
                "password": PASSWORD, "role": role, "scope": prefix}));
            let body = (role == "planner").then_some(body);
            self.readers.push(Reader { name, prefix, body, nothing: false });
        }
        let bodies: Vec<Value> = BODIES.iter().map(|body| json!({"id": id(body, 0), "name": words(body)})).collect();
        json!({"divisions": divisions, "bodies": bodies, "people": people, "sites": sites,
            "checklists": [{"name": "supplies", "workbook": workbook()}], "plan": plan, "permits": permits,
            "enrol_codes": codes})
    }

    /// A random part of the tree around a village.
    fn prefix(&self, random: &mut StdRng) -> String {
        let digits = *[2, 4, 6, 9, 12].choose(random).unwrap_or(&6);
        self.villages.choose(random).map_or_else(String::new, |village| village.division[..digits].to_owned())
    }

    fn add_tokens(&mut self, random: &mut StdRng) -> Result<(), Trouble> {
        let data = self.folder.join("data");
        for _ in 0..2 {
            let (prefix, body) = (self.prefix(random), random.random_bool(0.5).then(|| random.random_range(0..2)));
            let start = ["wurao-server", "token", "--name", "T", "--scope", &prefix, "--data"].map(OsString::from);
            let rights = ["read-inspections", "read-plan", "read-feedback-aggregates", "write-plan-drafts"];
            let rights = rights.into_iter().filter(|right| body.is_some() || *right != "write-plan-drafts");
            let mut arguments: Vec<OsString> = start.into();
            arguments.push(data.clone().into());
            arguments.extend(rights.flat_map(|right| ["--right", right]).map(OsString::from));
            arguments
                .extend(body.iter().flat_map(|body| ["--body".to_owned(), id(BODIES[*body], 0)]).map(OsString::from));
            let mut out = Vec::new();
            wurao_server::run(arguments, &mut out).doing("make a token")?;
            let name = String::from_utf8(out).doing("read a token")?.trim().to_owned();
            self.tokens.push(Reader { name, prefix, body, nothing: false });
        }
        Ok(())
    }

    fn add_phones(&mut self) -> Result<(), Trouble> {
        for village in 0..self.villages.len() {
            let folder = self.folder.join(format!("phone{village}"));
            let phone = world::open(&folder)?;
            let enrolled =
                phone.enrol(&self.url("")?, &format!("code{village}"), &format!("Phone{village}q")).doing("enrol")?;
            let device = enrolled.device.to_string();
            phone.sync(&SyncOptions::default(), &(), &Cancel::new()).doing("sync")?;
            let Village { division, body } = &self.villages[village];
            let (prefix, body) = (division.clone(), Some(*body));
            let reader = Reader { name: format!("phone {village}"), prefix, body, nothing: false };
            let permit = id("c1", village).parse().doing("make a permit's id")?;
            self.phones.push(FieldPhone { folder, reader, phone, device, permit, village });
        }
        Ok(())
    }

    /// Every inspector visits, answers and sends.
    pub(super) fn visit(&mut self) -> Result<(), Trouble> {
        let mut camera = Camera::drawing(&self.folder.join("camera"), 160)?;
        for at in 0..self.phones.len() {
            let FieldPhone { phone, permit, village, .. } = &self.phones[at];
            let document = phone.start(*permit).doing("start")?;
            phone.answer(document, "remark", "-", &format!("Answer{village}q")).doing("answer")?;
            phone.attach_photo(document, "water", "-", &camera.take()?).doing("attach a photo")?;
            phone.sync(&SyncOptions::default(), &(), &Cancel::new()).doing("sync")?;
            let village = *village;
            self.mark("inspection", &document.to_string(), village, true);
        }
        Ok(())
    }

    /// Somebody without a name.
    pub(super) fn stranger(&self) -> Reader {
        Reader { name: "a stranger".to_owned(), prefix: String::new(), body: None, nothing: true }
    }

    pub(super) fn url(&self, path: &str) -> Result<String, Trouble> {
        let server = self.server.as_ref().ok_or_else(|| Trouble::new("ask", "the server has stopped"))?;
        Ok(format!("{}{path}", server.url()))
    }

    pub(super) fn stop(&mut self) {
        self.server = None;
    }

    /// What stands for a changing part of an address; none when nobody has thought of it yet.
    pub(super) fn fill(&self, part: &str) -> Option<Vec<String>> {
        let each = |kind: &str| (0..self.villages.len()).map(|at| id(kind, at)).collect();
        let nothing = |text: &str| Some(vec![text.to_owned()]);
        match part {
            "document" => {
                let documents = self.marks.iter().filter(|mark| mark.kind == "inspection");
                Some(documents.map(|mark| mark.text.clone()).collect())
            }
            "site" => Some(each("51")),
            "person" => Some(each("11")),
            "id" => Some(each("a1")),
            "year" => nothing(&jiff::Zoned::now().year().to_string()),
            "sha256" => Some(self.blobs()),
            "device" => Some(self.phones.iter().map(|phone| phone.device.clone()).collect()),
            "account" => nothing(&"0".repeat(32)),
            "record" => nothing(&"0".repeat(64)),
            "step" => nothing("submit"),
            // A short code is public: who types one that a village was given sees that permit.
            "code" => nothing("000000000"),
            "name" => nothing("page.css"),
            "capability" => nothing("x"),
            _ => None,
        }
    }

    /// Every photo's file, by its hash.
    fn blobs(&self) -> Vec<String> {
        let folders = std::fs::read_dir(self.folder.join("data/blobs")).into_iter().flatten().flatten();
        let files = folders.filter_map(|folder| std::fs::read_dir(folder.path()).ok()).flatten().flatten();
        files.filter_map(|file| file.file_name().into_string().ok()).collect()
    }
}
