//! The plan's forms, filled in as people at the page do.

use crate::supervisor::{Posted, Supervisor};
use crate::visit::day;
use crate::world::World;
use crate::{Doing, Trouble};
use serde_json::Value;

/// A plan item to be drafted.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Chinese and English.
    pub purpose: (&'static str, &'static str),
    /// The level of the body: `county`.
    pub level: &'static str,
    /// The checklist, by the hash of its meaning.
    pub checklist: String,
    year: String,
    from: String,
    to: String,
    sites: Vec<String>,
    team: Vec<String>,
}

/// An item that is in the plan.
#[derive(Clone, Debug)]
pub struct Item {
    id: String,
    year: String,
}

impl Draft {
    /// A visit to a village (by its English name) today and tomorrow, as far as that is this year, by these people.
    pub fn of(world: &World, village: &str, logins: &[&str]) -> Result<Self, Trouble> {
        let today = world.county.today();
        Ok(Self {
            purpose: ("汛前物资检查", "Supplies before the rains"),
            level: "county",
            checklist: checklist(world)?,
            year: today.year().to_string(),
            from: today.to_string(),
            // A plan item's days lie in its year.
            to: day(today, 1)?.min(format!("{}-12-31", today.year())),
            sites: vec![world.county.site(village)?.to_string()],
            team: logins
                .iter()
                .map(|login| Ok(world.county.person(login)?.to_string()))
                .collect::<Result<_, Trouble>>()?,
        })
    }

    /// First and last day.
    pub fn days(&self) -> (String, String) {
        (self.from.clone(), self.to.clone())
    }

    /// Saves it as a draft.
    pub fn save(&self, planner: &Supervisor) -> Result<Item, Trouble> {
        let mut form = vec![
            ("year", self.year.as_str()),
            ("kind", "plan"),
            ("level", self.level),
            ("zh", self.purpose.0),
            ("en", self.purpose.1),
            ("from", &self.from),
            ("to", &self.to),
            ("checklist", &self.checklist),
            ("minutes", "60"),
            ("do", "save"),
        ];
        form.extend(self.sites.iter().map(|site| ("site", site.as_str())));
        form.extend(self.team.iter().map(|person| ("person", person.as_str())));
        let posted = planner.post("/plan/new", &form)?;
        let id = posted.leads.as_deref().and_then(|to| to.strip_prefix("/plan/items/"));
        let id = id.ok_or_else(|| Trouble::new("save a draft", format!("{} {}", posted.status, posted.body)))?;
        Ok(Item { id: id.to_owned(), year: self.year.clone() })
    }
}

impl Item {
    /// Its id, in hex.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its page.
    pub fn address(&self) -> String {
        format!("/plan/items/{}", self.id)
    }

    /// Takes a step (`submit`, `approve`, ...); whatever is answered. The newest version is meant.
    pub fn try_step(&self, by: &Supervisor, step: &str, form: &[(&str, &str)]) -> Result<Posted, Trouble> {
        let page = by.page(&self.address(), "en")?;
        let shown = |name: &str| {
            let value = page.split(&format!("name=\"{name}\" value=\"")).nth(1)?.split('"').next()?;
            Some(value)
        };
        let mut form = form.to_vec();
        form.push(("version", shown("version").unwrap_or("0")));
        form.extend(shown("other_version").map(|version| ("other_version", version)));
        by.post(&format!("{}/{step}", self.address()), &form)
    }

    /// Takes a step that must be taken.
    pub fn step(&self, by: &Supervisor, step: &str, form: &[(&str, &str)]) -> Result<(), Trouble> {
        let posted = self.try_step(by, step, form)?;
        if posted.status == 303 {
            Ok(())
        } else {
            Err(Trouble::new(step, format!("{} {}", posted.status, posted.body)))
        }
    }

    /// How far it is.
    pub fn state(&self, by: &Supervisor) -> Result<String, Trouble> {
        self.fact(by, "state")
    }

    /// Its number as people say it.
    pub fn number(&self, by: &Supervisor) -> Result<String, Trouble> {
        self.fact(by, "number")
    }

    fn fact(&self, by: &Supervisor, name: &str) -> Result<String, Trouble> {
        let path = format!("/plan/{}/export.json", self.year);
        let plan: Value = serde_json::from_slice(&by.bytes(&path)?).doing(format!("read {path}"))?;
        let item = plan["items"].as_array().into_iter().flatten().find(|item| item["id"] == self.id.as_str());
        let fact = item.and_then(|item| item[name].as_str());
        Ok(fact.ok_or("there is none").doing(format!("read the {name} of {}", self.id))?.to_owned())
    }
}

/// The county's one checklist.
fn checklist(world: &World) -> Result<String, Trouble> {
    let form = world.at_the_page(crate::county::PLANNER)?.page("/plan/new", "en")?;
    let options = form.split("name=\"checklist\"").nth(1).and_then(|rest| rest.split("</select>").next());
    let hash = options.and_then(|options| {
        options.split("value=\"").map(|part| part.split('"').next().unwrap_or("")).find(|value| value.len() == 64)
    });
    Ok(hash.ok_or("there is none").doing("find the checklist in the form")?.to_owned())
}
