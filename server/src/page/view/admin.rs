use super::Text;
use crate::Doubt;
use crate::admin::{DivisionRow, Fault, Known, SiteListed, SitesTaken, StepKind};
use crate::page::words::{AdminWords, Words};
use crate::page::{Frame, address};
use crate::people::{Grant, MadeLink, RightDeed, RightStep, Role};
use askama::Template;
use wurao_protocol::BodyId;

macro_rules! pages {
    ($($view:ident, $page:ident, $path:tt;)*) => {$(
        impl $view {
            /// The whole page.
            ///
            /// # Errors
            /// When writing into the string fails, which leaves nothing to show.
            pub fn render(&self, frame: &Frame) -> Result<String, askama::Error> {
                $page { v: self, f: frame, w: Words::of(frame.lang), a: AdminWords::of(frame.lang) }.render()
            }
        }

        #[derive(Template)]
        #[template(path = $path)]
        struct $page<'a> {
            v: &'a $view,
            f: &'a Frame,
            w: &'static Words,
            a: &'static AdminWords,
        }
    )*};
}

pages! {
    SetupView, SetupPage, "setup.html";
    PasswordView, PasswordPage, "admin_password.html";
    StepsView, StepsPage, "admin.html";
    BodiesView, BodiesPage, "admin_bodies.html";
    DivisionsView, DivisionsPage, "admin_divisions.html";
    SitesView, SitesPage, "admin_sites.html";
    PeopleView, PeoplePage, "admin_people.html";
    PersonView, PersonPage, "admin_person.html";
    ChecklistsView, ChecklistsPage, "admin_checklists.html";
}

/// The page that makes the first administrator.
#[derive(Clone, Debug, Default)]
pub struct SetupView {
    /// Whether the form can be filled in.
    pub state: SetupState,
    /// The one-time code.
    pub code: String,
    /// What is wrong, and with which field.
    pub fault: Option<(&'static str, Fault)>,
    /// What was typed, in the order of the form.
    pub typed: SetupTyped,
}

/// Whether a server can be set up by an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SetupState {
    /// It can.
    #[default]
    Open,
    /// The code is wrong or was replaced.
    Wrong,
    /// There is an administrator.
    Done,
}

/// What was typed on the setup page, but for the password.
#[derive(Clone, Debug, Default)]
pub struct SetupTyped {
    /// Full name.
    pub name: String,
    /// Login.
    pub login: String,
    /// The county's code.
    pub county: String,
    /// Its Chinese name.
    pub county_zh: String,
    /// Its English name.
    pub county_en: String,
    /// The body's name.
    pub body: String,
}

/// The page on which somebody chooses or changes their own password.
#[derive(Clone, Debug, Default)]
pub struct PasswordView {
    /// Whose.
    pub name: String,
    /// Their login, shown when they choose the first.
    pub login: String,
    /// The one-time code; empty for who is signed in.
    pub code: String,
    /// What is wrong.
    pub fault: Option<Fault>,
    /// Whether it was just changed.
    pub done: bool,
    /// The links that were made for them, the newest first.
    pub links: Vec<MadeLink>,
}

impl PasswordView {
    /// Whether there is a form to fill in.
    pub(in crate::page) fn is_open(&self) -> bool {
        !self.name.is_empty() && !self.done
    }
}

/// What is to be done until a first permit.
#[derive(Clone, Debug, Default)]
pub struct StepsView {
    /// The steps, in order.
    pub steps: Vec<StepRow>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct StepRow {
    /// Which.
    pub kind: StepKind,
    /// Whether it is done.
    pub done: bool,
    /// Where; none for what the reader may not do.
    pub href: Option<&'static str>,
}

/// The bodies.
#[derive(Clone, Debug, Default)]
pub struct BodiesView {
    /// Their names.
    pub bodies: Vec<Text>,
    /// What was typed: Chinese, English.
    pub typed: (String, String),
    /// What is wrong with it.
    pub fault: Option<Fault>,
}

/// The divisions.
#[derive(Clone, Debug, Default)]
pub struct DivisionsView {
    /// The list.
    pub rows: Vec<DivisionRow>,
    /// The table as it was pasted.
    pub csv: String,
    /// An example that fits.
    pub example: String,
    /// Lines just taken in.
    pub taken: Option<usize>,
    /// What is wrong.
    pub fault: Option<Fault>,
}

/// The sites.
#[derive(Clone, Debug, Default)]
pub struct SitesView {
    /// The list.
    pub rows: Vec<SiteListed>,
    /// The table as it was pasted.
    pub csv: String,
    /// An example that fits.
    pub example: String,
    /// What was just taken in.
    pub taken: Option<SitesTaken>,
    /// What is wrong, in the table or (true) in the form for one.
    pub fault: Option<(bool, Fault)>,
    /// The form for one as it was typed: Chinese, English, division.
    pub typed: (String, String, String),
    /// Today, as days since 1970.
    pub today: i32,
}

/// A link with which somebody chooses a password.
#[derive(Clone, Debug)]
pub struct LinkView {
    /// For whom.
    pub name: String,
    /// The address.
    pub url: String,
}

/// The people.
#[derive(Clone, Debug, Default)]
pub struct PeopleView {
    /// The list.
    pub rows: Vec<Known>,
    /// The bodies to choose from: id and name.
    pub bodies: Vec<(String, Text)>,
    /// The divisions to choose from: code and name.
    pub areas: Vec<(String, Text)>,
    /// What was typed: name, login, body, area.
    pub typed: (String, String, String, String),
    /// The roles chosen.
    pub chosen: Vec<Role>,
    /// What is wrong.
    pub fault: Option<Fault>,
    /// The link of who was just added.
    pub link: Option<LinkView>,
    /// Who was just added and needs no link, for they only inspect.
    pub added: Option<String>,
}

/// One person.
#[derive(Clone, Debug)]
pub struct PersonView {
    /// Who.
    pub row: Known,
    /// Whether it is the reader.
    pub oneself: bool,
    /// The bodies to choose from: id and name.
    pub bodies: Vec<(String, Text)>,
    /// The divisions to choose from: code and name.
    pub areas: Vec<(String, Text)>,
    /// What is wrong.
    pub fault: Option<Fault>,
    /// A link just made.
    pub link: Option<LinkView>,
    /// Every step in what they may do, the newest first.
    pub steps: Vec<RightStep>,
    /// Every link that was made, the newest first.
    pub links: Vec<MadeLink>,
}

/// The checklists.
#[derive(Clone, Debug, Default)]
pub struct ChecklistsView {
    /// Title, version and hash of each.
    pub rows: Vec<(Text, String, String)>,
    /// What was noted while reading a workbook.
    pub notes: Vec<NoteRow>,
    /// Whether the workbook was new.
    pub taken: Option<bool>,
    /// What is wrong.
    pub fault: Option<Fault>,
}

/// One remark about a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteRow {
    /// Sheet and cell.
    pub cell: String,
    /// How much it matters.
    pub weight: Weight,
    /// What.
    pub text: String,
}

/// How much a remark matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The checklist cannot be used.
    Fatal,
    /// Something may not be as it was meant.
    Warning,
    /// To be known.
    Information,
}

impl SetupPage<'_> {
    fn fault_of(&self, field: &str) -> Option<&Fault> {
        self.v.fault.as_ref().filter(|(of, _)| *of == field).map(|(_, fault)| fault)
    }
}

impl PeoplePage<'_> {
    fn roles(&self) -> [Role; 6] {
        Role::ALL
    }

    fn person(&self, known: &Known) -> String {
        format!("{}/{}", address::ADMIN_PEOPLE, known.id)
    }
}

impl PersonPage<'_> {
    fn roles(&self) -> [Role; 6] {
        Role::ALL
    }

    fn post(&self, deed: &str) -> String {
        format!("{}/{}/{deed}", address::ADMIN_PEOPLE, self.v.row.id)
    }
}

impl DivisionsPage<'_> {
    fn day(&self, day: &i32) -> String {
        crate::days::show(*day)
    }
}

impl SitesPage<'_> {
    fn is_past(&self, to: &Option<i32>) -> bool {
        to.is_some_and(|to| to < self.v.today)
    }

    fn day(&self, day: &i32) -> String {
        crate::days::show(*day)
    }
}

/// Where a role is given, in words.
pub(in crate::page) fn area(grant: &Grant, areas: &[(String, Text)], f: &Frame, a: &AdminWords) -> String {
    let prefix = grant.scope.prefix();
    if prefix.is_empty() {
        return a.whole_country.to_owned();
    }
    let code = format!("{prefix:0<12}");
    let name = areas.iter().find(|(known, _)| *known == code).map(|(_, name)| f.say(name));
    name.map_or(code.clone(), |name| format!("{name} {code}"))
}

/// The name of the body that a role is narrowed to.
pub(in crate::page) fn body_name(body: &BodyId, bodies: &[(String, Text)], f: &Frame) -> String {
    let id = body.to_string();
    bodies.iter().find(|(known, _)| *known == id).map_or(id.clone(), |(_, name)| f.say(name).to_owned())
}

/// What an administrator can do on the page of phones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhonesOffice {
    /// Who may work on a phone: id, name, body.
    pub inspectors: Vec<(String, String, Text)>,
    /// The name typed for a phone.
    pub name: String,
    /// The persons chosen.
    pub chosen: Vec<String>,
    /// What is wrong.
    pub fault: Option<Fault>,
    /// The invitation just made.
    pub invite: Option<InviteView>,
}

/// An invitation for a phone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InviteView {
    /// What the phone is called.
    pub name: String,
    /// The picture.
    pub svg: String,
    /// What is in it.
    pub text: String,
    /// Until when it is good, unix ms.
    pub until_ms: i64,
    /// What is wrong with the address in it.
    pub doubt: Option<Doubt>,
}
