//! A random tree of divisions with villages, bodies, people, phones and tokens.

use super::ask::{Asker, Sent};
use super::desk;
use super::mark::{Area, For, Mark, Reader};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use wurao_device::{Cancel, Phone, SyncOptions};
use wurao_protocol::PermitId;
use wurao_server::store::Tx;
use wurao_server::{Config, Keys, Route, Server, county};
use wurao_tests::county::workbook;
use wurao_tests::{Doing, Trouble, world};

pub(super) const PASSWORD: &str = "undisturbed";
pub(super) const BODIES: [&str; 2] = ["b1", "b2"];
const ROLES: [&str; 5] = ["supervisor", "auditor", "approver", "planner", "administrator"];
const RIGHTS: [&str; 4] = ["read-inspections", "read-plan", "read-feedback-aggregates", "write-plan-drafts"];

/// An inspector's phone.
pub(super) struct FieldPhone {
    pub(super) folder: PathBuf,
    pub(super) reader: Reader,
    pub(super) phone: Phone,
    pub(super) device: String,
    pub(super) permit: PermitId,
}

pub(super) struct Village {
    /// Where it lies today.
    pub(super) division: String,
    /// Where it lay until the day before yesterday.
    pub(super) before: Option<String>,
    pub(super) body: usize,
    /// Whether both bodies plan here, and so know of each other's visits.
    pub(super) shared: bool,
}

/// All of it, with its server.
pub(super) struct Tree {
    pub(super) random: StdRng,
    pub(super) marks: Vec<Mark>,
    /// The files of photos, by their hashes.
    pub(super) photos: Vec<Mark>,
    pub(super) readers: Vec<Reader>,
    /// The name of each is its token.
    pub(super) tokens: Vec<Reader>,
    pub(super) accounts: Vec<(String, Area)>,
    pub(super) phones: Vec<FieldPhone>,
    pub(super) villages: Vec<Village>,
    /// Plan items, with the village and the state each was brought to.
    pub(super) items: Vec<(String, usize, &'static str)>,
    /// Late registrations, with their documents and villages.
    pub(super) lates: Vec<(String, String, usize)>,
    pub(super) routes: Vec<Route>,
    pub(super) folder: PathBuf,
    server: Option<Server>,
}

pub(super) fn id(kind: &str, at: usize) -> String {
    format!("{kind}{at:030x}")
}

impl Tree {
    /// A tree of this seed, loaded into a server over this folder.
    pub(super) fn grow(seed: u64, folder: &Path) -> Result<Self, Trouble> {
        let mut random = StdRng::seed_from_u64(seed);
        let mut villages: Vec<Village> = Vec::new();
        for _ in 0..random.random_range(2..5) {
            let (city, county) = (random.random_range(1..3), random.random_range(21..23));
            let (town, village) = (random.random_range(101..103), random.random_range(201..999));
            let province = ["43", "45"].choose(&mut random).copied().unwrap_or("43");
            let division = format!("{province}{city:02}{county}{town}{village}");
            if villages.iter().all(|other| other.division != division) {
                let (body, shared) = (random.random_range(0..BODIES.len()), random.random_bool(0.5));
                villages.push(Village { division, before: None, body, shared });
            }
        }
        // The first lay in another town of its county until the day before yesterday.
        if let Some(moved) = villages.first_mut().filter(|_| random.random_bool(0.6)) {
            let before = format!("{}103{}", &moved.division[..6], &moved.division[9..]);
            moved.before = Some(before);
        }
        let mut tree = Self {
            random,
            marks: Vec::new(),
            photos: Vec::new(),
            readers: Vec::new(),
            tokens: Vec::new(),
            accounts: Vec::new(),
            phones: Vec::new(),
            villages,
            items: Vec::new(),
            lates: Vec::new(),
            routes: wurao_server::routes(),
            folder: folder.to_owned(),
            server: None,
        };
        let file = folder.join("county.json");
        let county = tree.county();
        std::fs::write(&file, county.to_string()).doing("write the county")?;
        let config = Config::new(folder.join("data"), SocketAddr::from(([127, 0, 0, 1], 0)));
        let server = Server::start(config).doing("start the server")?;
        county::load(server.app(), &file).doing("load the county")?;
        tree.server = Some(server);
        tree.add_grants()?;
        tree.move_village()?;
        desk::plan(&mut tree)?;
        tree.add_tokens()?;
        tree.add_phones()?;
        Ok(tree)
    }

    /// A text of a village, for the body's readers or for everybody's.
    pub(super) fn mark(&mut self, kind: &'static str, text: &str, village: usize, of_body: bool, whom: For) {
        let Village { division, before, body, .. } = &self.villages[village];
        let body = of_body.then_some(*body);
        let mut places = vec![Area { prefix: division.clone(), body }];
        // Who planned for the county, and who inspects in it, do so wherever its villages lie now.
        if let Some(before) = before.as_ref().filter(|_| matches!(kind, "plan item" | "person")) {
            places.push(Area { prefix: before[..6].to_owned(), body });
        }
        self.marks.push(Mark { kind, text: text.to_owned(), places, whom });
    }

    fn county(&mut self) -> Value {
        let words = |text: &str| json!({"zh": text, "en": text});
        let year = desk::year();
        let (mut divisions, mut people, mut sites) = (Vec::<Value>::new(), Vec::new(), Vec::new());
        let (mut plan, mut permits, mut codes) = (Vec::new(), Vec::new(), Vec::new());
        for at in 0..self.villages.len() {
            let Village { division, before, body, shared } = &self.villages[at];
            let (lies, body, shared) = (before.as_ref().unwrap_or(division).clone(), *body, *shared);
            for code in [division, &lies] {
                for digits in [2, 4, 6, 9, 12] {
                    let code = json!(format!("{:0<12}", &code[..digits]));
                    if divisions.iter().all(|known| known["code"] != code) {
                        divisions.push(json!({"code": code, "name": words(code.as_str().unwrap_or_default())}));
                    }
                }
            }
            let county = lies[..6].to_owned();
            let [site, person, item, phone] = ["Site", "Person", "Item", "Phone"].map(|kind| format!("Q{kind}{at}q"));
            let other = format!("QOther{at}q");
            self.mark("village", &site, at, false, For::Readers);
            self.mark("person", &person, at, !shared, For::County);
            self.mark("plan item", &item, at, !shared, For::Readers);
            self.mark("phone", &phone, at, true, For::County);
            sites.push(json!({"id": id("51", at), "name": words(&site), "division": lies}));
            people.push(json!({"id": id("11", at), "name": person, "body": id(BODIES[body], 0),
                "login": format!("inspector{at}"), "role": "inspector", "scope": county}));
            if shared {
                self.mark("person", &other, at, false, For::County);
                people.push(json!({"id": id("12", at), "name": other, "body": id(BODIES[1 - body], 0),
                    "login": format!("other{at}"), "role": "inspector", "scope": county}));
            }
            plan.push(json!({"id": id("a1", at), "year": year, "body": id(BODIES[body], 0), "purpose": words(&item),
                "sites": [id("51", at)], "checklist": "supplies", "team": [id("11", at)], "from": "today-1",
                "to": "today+1", "minutes": 60}));
            self.items.push((id("a1", at), at, "approved"));
            permits.push(json!({"id": id("c1", at), "plan_item": id("a1", at), "site": id("51", at),
                "from": "today-1", "to": "today+1"}));
            codes.push(json!({"code": format!("code{at}"), "name": phone, "persons": [id("11", at)], "minutes": 15}));
        }
        people.extend(self.people());
        let bodies: Vec<Value> = BODIES.iter().map(|body| json!({"id": id(body, 0), "name": words(body)})).collect();
        json!({"divisions": divisions, "bodies": bodies, "people": people, "sites": sites,
            "checklists": [{"name": "supplies", "workbook": workbook()}], "plan": plan, "permits": permits,
            "enrol_codes": codes})
    }

    /// Those who sit at the page: two who see everything and one who plans, so that each tree shows that there is
    /// something to be seen, and two wherever.
    fn people(&mut self) -> Vec<Value> {
        let mut people = Vec::new();
        let mut roles: Vec<_> = ["auditor", "administrator"].map(|role| (role, String::new(), 0)).into();
        if let Some(village) = self.villages.first() {
            roles.push(("planner", village.division[..6].to_owned(), village.body));
        }
        for _ in 0..2 {
            let (prefix, body) = (self.prefix(), self.random.random_range(0..BODIES.len()));
            roles.push((*ROLES.choose(&mut self.random).unwrap_or(&ROLES[0]), prefix, body));
        }
        for (at, (role, prefix, body)) in roles.into_iter().enumerate() {
            let name = format!("reader{at}");
            people.push(json!({"id": id("14", at), "name": "R", "body": id(BODIES[body], 0), "login": name,
                "password": PASSWORD, "role": role, "scope": prefix}));
            let body = (role == "planner").then_some(body);
            self.readers.push(Reader::new(name, role, &prefix, body));
        }
        people
    }

    /// Some have a second role in a part of where they have the first.
    fn add_grants(&mut self) -> Result<(), Trouble> {
        for at in 2..self.readers.len() {
            let (role, area) = self.readers[at].grants[0].clone();
            let second = *ROLES.choose(&mut self.random).unwrap_or(&ROLES[0]);
            let apart = ["administrator", "approver"];
            if second == role || second == "planner" || (apart.contains(&role) && apart.contains(&second)) {
                continue;
            }
            let inside: Vec<_> =
                self.villages.iter().map(|v| &v.division).filter(|code| code.starts_with(&area.prefix)).collect();
            let Some(code) = inside.choose(&mut self.random) else { continue };
            let digits = [2, 4, 6, 9, 12].into_iter().filter(|digits| *digits > area.prefix.len()).max();
            let Some(prefix) = digits.map(|digits| code[..digits].to_owned()) else { continue };
            let (person, given) = (bytes(&id("14", at))?, prefix.clone());
            self.write(move |tx, _, _| {
                let sql = "INSERT INTO role_grant (person, role, prefix) VALUES (?1, ?2, ?3)";
                Ok(tx.execute(sql, rusqlite::params![person, second, given])?)
            })?;
            self.readers[at].grants.push((second, Area { prefix, body: None }));
        }
        Ok(())
    }

    /// Its old division ends, and becomes one other or two: an administrator brings the tables.
    fn move_village(&mut self) -> Result<(), Trouble> {
        let Some(Village { division, before: Some(before), .. }) = self.villages.first() else { return Ok(()) };
        let (new, old) = (division.clone(), before.clone());
        let day = wurao_tests::visit::day(desk::today(), -2)?;
        let office = Asker::person(self, "reader1")?;
        let split = self.random.random_bool(0.5);
        let beside = format!("{}299", &new[..9]);
        let successors = if split { format!("{new} {beside}") } else { new.clone() };
        let mut table = "code,name_zh,name_en,from,to,successors\n".to_owned();
        table += &format!("{beside},{beside},,,,\n{old},{old},,,{day},{successors}\n");
        for (path, table) in [
            ("/admin/divisions", table),
            ("/admin/sites", format!("name_zh,name_en,division,id\nQSite0q,QSite0q,{new},{}\n", id("51", 0))),
        ] {
            if path == "/admin/sites" && !split {
                continue;
            }
            let answer = office.ask("POST", path, Sent::Table(table))?;
            if answer.status != 200 {
                let page = String::from_utf8_lossy(&answer.body);
                let why = page.split("</svg>").find(|part| part.contains("什么都没有导入")).unwrap_or_default();
                return Err(Trouble::new(format!("bring {path}"), format!("{} {why:.80}", answer.status)));
            }
        }
        let found = self.write(move |tx, _, _| {
            let sql = "SELECT division FROM site WHERE zh = 'QSite0q'";
            Ok(tx.query_row(sql, [], |row| row.get::<_, String>(0))?)
        })?;
        if found == new { Ok(()) } else { Err(Trouble::new("move a village", found)) }
    }

    /// A random part of the tree around a village, of today or of before.
    fn prefix(&mut self) -> String {
        let digits = *[2, 4, 6, 9, 9, 12].choose(&mut self.random).unwrap_or(&6);
        let codes: Vec<_> = self.villages.iter().flat_map(|v| v.before.iter().chain([&v.division])).collect();
        codes.choose(&mut self.random).map_or_else(String::new, |code| code[..digits].to_owned())
    }

    fn add_tokens(&mut self) -> Result<(), Trouble> {
        let data = self.folder.join("data");
        for right in RIGHTS {
            let prefix = self.prefix();
            let body = self.random.random_bool(0.5) || right == "write-plan-drafts";
            let body = body.then(|| self.random.random_range(0..BODIES.len()));
            let start = ["wurao-server", "token", "--name", "T", "--scope", &prefix, "--right", right, "--data"];
            let mut arguments: Vec<OsString> = start.map(OsString::from).into();
            arguments.push(data.clone().into());
            arguments
                .extend(body.iter().flat_map(|body| ["--body".to_owned(), id(BODIES[*body], 0)]).map(OsString::from));
            let mut out = Vec::new();
            wurao_server::run(arguments, &mut out).doing("make a token")?;
            let name = String::from_utf8(out).doing("read a token")?.trim().to_owned();
            self.tokens.push(Reader::new(name, right, &prefix, body));
        }
        let found = self.write(|tx, _, _| {
            let mut statement = tx.prepare("SELECT id, prefix FROM service_account")?;
            let rows = statement.query_map([], |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, String>(1)?)))?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })?;
        self.accounts = found.into_iter().map(|(id, prefix)| (hex::encode(id), Area { prefix, body: None })).collect();
        Ok(())
    }

    fn add_phones(&mut self) -> Result<(), Trouble> {
        for village in 0..self.villages.len() {
            let folder = self.folder.join(format!("phone{village}"));
            let phone = world::open(&folder)?;
            let enrolled =
                phone.enrol(&self.url("")?, &format!("code{village}"), &format!("QPhone{village}q")).doing("enrol")?;
            let device = enrolled.device.to_string();
            phone.sync(&SyncOptions::default(), &(), &Cancel::new()).doing("sync")?;
            let Village { division, body, .. } = &self.villages[village];
            let reader = Reader::new(format!("phone {village}"), "inspector", division, Some(*body));
            let permit = id("c1", village).parse().doing("make a permit's id")?;
            self.phones.push(FieldPhone { folder, reader, phone, device, permit });
        }
        Ok(())
    }

    /// Writes as the server itself would.
    pub(super) fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Tx<'_>, &Keys, i64) -> Result<T, wurao_server::Error> + Send + 'static,
    ) -> Result<T, Trouble> {
        let app = self.server()?.app();
        let (keys, now) = (std::sync::Arc::clone(app.keys()), app.now_ms());
        app.store().write_blocking(move |tx| job(tx, &keys, now)).doing("write")
    }

    pub(super) fn server(&self) -> Result<&Server, Trouble> {
        self.server.as_ref().ok_or_else(|| Trouble::new("ask", "the server has stopped"))
    }

    pub(super) fn url(&self, path: &str) -> Result<String, Trouble> {
        Ok(format!("{}{path}", self.server()?.url()))
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
            "id" => Some(self.items.iter().map(|(id, ..)| id.clone()).collect()),
            "year" => nothing(&desk::year().to_string()),
            "sha256" => Some(self.photos.iter().map(|photo| photo.text.clone()).collect()),
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
}

/// An id's bytes.
pub(super) fn bytes(id: &str) -> Result<[u8; 16], Trouble> {
    let mut bytes = [0; 16];
    hex::decode_to_slice(id, &mut bytes).doing("read an id")?;
    Ok(bytes)
}
