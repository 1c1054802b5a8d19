//! The county file as it is written.

use super::CountyError;
use crate::Scope;
use crate::people::{Grant, Role};
use crate::plan::Level;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use wurao_protocol::{BodyId, PermitId, PersonId, PlanItemId, SiteId, Words};

/// A whole county.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct County {
    /// Names of divisions.
    pub divisions: Vec<DivisionEntry>,
    /// Departments that inspect.
    pub bodies: Vec<BodyEntry>,
    /// People who inspect or supervise.
    pub people: Vec<PersonEntry>,
    /// What is inspected.
    pub sites: Vec<SiteEntry>,
    /// Checklists, from workbooks.
    pub checklists: Vec<ChecklistEntry>,
    /// The approved plan.
    pub plan: Vec<PlanEntry>,
    /// Approved visits.
    pub permits: Vec<PermitEntry>,
    /// One-time codes for phones.
    pub enrol_codes: Vec<CodeEntry>,
}

/// A text in both languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordsEntry {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl WordsEntry {
    pub(super) fn words(&self) -> Words {
        Words::new(&self.zh, &self.en)
    }
}

/// A division of the administrative tree.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DivisionEntry {
    /// Twelve digits, zeros below its own level.
    pub code: String,
    /// Its name.
    pub name: WordsEntry,
}

/// A department.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyEntry {
    /// Its id, 32 hexadecimal digits.
    #[serde(deserialize_with = "id")]
    pub id: BodyId,
    /// Its name.
    pub name: WordsEntry,
}

/// A person.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonEntry {
    /// The id, 32 hexadecimal digits.
    #[serde(deserialize_with = "id")]
    pub id: PersonId,
    /// Full name.
    pub name: String,
    /// The body they work for.
    #[serde(deserialize_with = "id")]
    pub body: BodyId,
    /// A short name, their own.
    pub login: String,
    /// The password for the page; none for people who do not use it.
    #[serde(default)]
    pub password: Option<String>,
    /// What they may do within `scope`: a role by its name.
    #[serde(default)]
    pub role: Option<String>,
    /// More roles within `scope`. A planner's are for the own body only.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The digits that the codes of the divisions begin with in which they may do it.
    pub scope: String,
}

impl PersonEntry {
    /// What they may do, and where. A planner plans for the own body.
    pub(super) fn grants(&self) -> Vec<Grant> {
        let grant = |role: Role| {
            let scope = match role {
                Role::Planner => Scope::of_body(&self.scope, self.body),
                _ => Scope::new(&self.scope),
            };
            Grant { role, scope }
        };
        self.roles().filter_map(|role| role.parse().ok()).map(grant).collect()
    }

    /// The names of their roles.
    pub(super) fn roles(&self) -> impl Iterator<Item = &String> {
        self.role.iter().chain(&self.roles)
    }
}

/// A site.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteEntry {
    /// The id, 32 hexadecimal digits.
    #[serde(deserialize_with = "id")]
    pub id: SiteId,
    /// Its name.
    pub name: WordsEntry,
    /// Its twelve-digit division code.
    pub division: String,
}

/// A checklist.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChecklistEntry {
    /// What the plan calls it.
    pub name: String,
    /// The workbook, relative to the county file.
    pub workbook: PathBuf,
}

/// An approved kind of inspection.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanEntry {
    /// The id, 32 hexadecimal digits.
    #[serde(deserialize_with = "id")]
    pub id: PlanItemId,
    /// The plan's year.
    pub year: u16,
    /// The body that inspects.
    #[serde(deserialize_with = "id")]
    pub body: BodyId,
    /// What for.
    pub purpose: WordsEntry,
    /// The sites.
    #[serde(deserialize_with = "ids")]
    pub sites: Vec<SiteId>,
    /// The name of its checklist.
    pub checklist: String,
    /// The team.
    #[serde(deserialize_with = "ids")]
    pub team: Vec<PersonId>,
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// Minutes a visit is expected to take.
    pub minutes: u16,
    /// The level of the body that inspects.
    #[serde(default = "county", deserialize_with = "id")]
    pub level: Level,
}

/// An approved visit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermitEntry {
    /// The id, 32 hexadecimal digits.
    #[serde(deserialize_with = "id")]
    pub id: PermitId,
    /// The plan item it comes from.
    #[serde(deserialize_with = "id")]
    pub plan_item: PlanItemId,
    /// Where.
    #[serde(deserialize_with = "id")]
    pub site: SiteId,
    /// Who; the plan item's whole team when left out.
    #[serde(default, deserialize_with = "ids")]
    pub team: Vec<PersonId>,
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
}

/// A one-time code for a phone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeEntry {
    /// The code.
    pub code: String,
    /// What the phone is called when it does not say itself.
    pub name: String,
    /// Who may work on the phone.
    #[serde(deserialize_with = "ids")]
    pub persons: Vec<PersonId>,
    /// Minutes after the load that it is good for.
    pub minutes: u32,
}

/// A day: `2026-09-14`, or `today`, `today+3`, `today-1` by the clock of the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// A date.
    Date(Date),
    /// So many days after the day of the load.
    FromToday(i32),
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no day; a day is 2026-09-14, today or today+3");
        match text.strip_prefix("today") {
            Some("") => Ok(Self::FromToday(0)),
            Some(days) if days.starts_with(['+', '-']) => days.parse().map(Self::FromToday).map_err(|_| wrong()),
            Some(_) => Err(wrong()),
            None => text.parse().map(Self::Date).map_err(|_| wrong()),
        }
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Reads a county file.
pub(super) fn read(path: &Path) -> Result<County, CountyError> {
    let file = path.display().to_string();
    let text =
        std::fs::read_to_string(path).map_err(|source| CountyError::Unreadable { file: file.clone(), source })?;
    serde_json::from_str(&text).map_err(|source| CountyError::Shape { file, source })
}

fn county() -> Level {
    Level::County
}

fn id<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: std::fmt::Display>,
{
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

fn ids<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: std::fmt::Display>,
{
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| text.parse().map_err(serde::de::Error::custom)).collect()
}
