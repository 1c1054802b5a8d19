//! Two who disagree about the water, and somebody at the page.

use crate::support::{Phone, Push, World};
use wurao_protocol::sync::{Answer, Outcome};
use wurao_protocol::{DocumentId, PersonId};
use wurao_record::{Admitted, Scalar};
use wurao_server::store::read;

pub(crate) const CHEN: PersonId = PersonId([0x14; 16]);
pub(crate) const WATER: &str = "water@-";

pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) li: Phone,
    pub(crate) wang: Phone,
}

impl Scene {
    /// Li counted 12, Wang 14; Wang has heard of Li's, Li knows of nothing but their own.
    pub(crate) fn new() -> Self {
        let world = World::new();
        let [mut li, mut wang, _] = world.phones();
        li.sync(&world, &Push::default());
        wang.sync(&world, &Push::default());
        wang.at.wall_ms += 60_000;
        let mut scene = Self { world, li, wang };
        let (first, second) = (opens(&mut scene.li), opens(&mut scene.wang));
        let (one, other) = (scene.li.answer("water", 12), scene.wang.answer("water", 14));
        scene.pushes(true, vec![first], &[&one]);
        scene.pushes(false, vec![second], &[&other]);
        scene
    }

    /// Li, or Wang, pushes.
    pub(crate) fn pushes(&mut self, li: bool, records: Vec<Vec<u8>>, changes: &[&Admitted]) -> Answer {
        let phone = if li { &mut self.li } else { &mut self.wang };
        let mut push = phone.covered(changes);
        push.records.splice(0..0, records);
        let answer = phone.sync(&self.world, &push);
        assert_eq!(answer.documents[0].status.outcome, Outcome::Ok);
        answer
    }

    pub(crate) fn document(&self) -> DocumentId {
        self.li.document()
    }

    /// Where the form is sent.
    pub(crate) fn path(&self) -> String {
        format!("/inspections/{}/choices", self.document())
    }

    /// The inspection's page, in English.
    pub(crate) fn page(&self, login: &str) -> String {
        let path = format!("/inspections/{}?lang=en", self.document());
        self.world.page_of(login).get(self.world.url(&path)).send().unwrap().text().unwrap()
    }

    /// The form that somebody sees, filled in with the value of these words.
    pub(crate) fn form(&self, login: &str, value: &str) -> Form {
        Form::of(&self.page(login), value)
    }

    pub(crate) fn sends(&self, login: &str, form: &Form) -> (u16, String) {
        let fields = [
            ("key", form.key.as_str()),
            ("among", &form.among),
            ("chosen", &form.chosen),
            ("section", "stores/food 1"),
        ];
        let asked = self.world.page_of(login).post(self.world.url(&format!("{}?lang=en", self.path()))).form(&fields);
        let answer = asked.send().unwrap();
        (answer.status().as_u16(), answer.text().unwrap())
    }

    /// The values in force of the water, sorted.
    pub(crate) fn water(&self) -> Vec<Scalar> {
        let document = self.document();
        let ops = self.world.write(move |tx, _, _| read::live_ops(tx, &document));
        let mut values: Vec<Scalar> = ops.into_iter().filter(|op| op.key == WATER).map(|op| op.value).collect();
        values.sort();
        values
    }

    pub(crate) fn export(&self) -> serde_json::Value {
        let path = format!("/inspections/{}/export.json", self.document());
        let answer = self.world.page_of("chen").get(self.world.url(&path)).send().unwrap();
        serde_json::from_str(&answer.text().unwrap()).unwrap()
    }
}

/// Opens a session of a phone; its record.
pub(crate) fn opens(phone: &mut Phone) -> Vec<u8> {
    phone.session()
}

/// What a page's form would send.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) key: String,
    pub(crate) among: String,
    pub(crate) chosen: String,
}

impl Form {
    fn of(page: &str, value: &str) -> Self {
        let form = page.split("<form class=\"choose\"").nth(1).unwrap_or_else(|| panic!("no form in {page}"));
        let form = form.split("</form>").next().unwrap();
        let field = |name: &str| {
            let start = form.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
            start.split('"').next().unwrap().replace("&#64;", "@")
        };
        // The radio button that stands before the words.
        let before = form.split(&format!("<span class=\"value\">{value}")).next().unwrap();
        let chosen = before.rsplit("name=\"chosen\" value=\"").next().unwrap().split('"').next().unwrap();
        Self { key: field("key"), among: field("among"), chosen: chosen.replace("&#64;", "@") }
    }
}
