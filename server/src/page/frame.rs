use super::parts::{Icon, Marked, Time};
use super::view::Text;
use super::{Lang, show};
use crate::people::Role;

/// What is the same around every page of one request.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The reader's language.
    pub lang: Lang,
    /// The server's time when the page is made, unix ms.
    pub now_ms: i64,
    /// The scope the reader sees, e.g. the county's name; empty before signing in.
    pub place: Text,
    /// The name of who is signed in; `None` before, which also leaves out the navigation and the live state.
    pub reader: Option<String>,
    /// What they may do, which says where the navigation leads.
    pub roles: Vec<Role>,
    /// The path of the request, without query, to mark where one is.
    pub path: String,
    /// The number of the last change told before the page was made: it listens from there on.
    pub since: u64,
    /// What the link to the other language keeps of the query, ended by `&`.
    pub query: String,
}

/// What templates write with.
impl Frame {
    /// Words from data, in the reader's language.
    pub(crate) fn say<'a>(&self, text: &'a Text) -> &'a str {
        text.of(self.lang)
    }

    pub(crate) fn icon(&self, name: &'static str) -> Icon {
        Icon(name)
    }

    /// A moment, as short as it stays clear.
    pub(crate) fn time(&self, ms: &i64) -> Time {
        Time::new(*ms, self.now_ms, "")
    }

    /// A moment with its day.
    pub(crate) fn dated(&self, ms: &i64) -> Time {
        Time::dated(*ms, self.now_ms)
    }

    /// The end of a span whose start is shown before it.
    pub(crate) fn until(&self, start_ms: &i64, end_ms: &i64) -> Time {
        Time::new(*end_ms, *start_ms, "")
    }

    /// A moment that the script turns into "3 minutes ago" and keeps so.
    pub(crate) fn ago(&self, ms: &i64) -> Time {
        Time::new(*ms, self.now_ms, "ago")
    }

    /// A moment to the second.
    pub(crate) fn full(&self, ms: &i64) -> String {
        show::full(*ms)
    }

    pub(crate) fn size(&self, bytes: &u64) -> String {
        show::bytes(*bytes)
    }

    /// Whether the reader has one of these roles, somewhere.
    pub(crate) fn is_any(&self, roles: &[Role]) -> bool {
        self.roles.iter().any(|role| roles.contains(role))
    }

    /// Marks a link of the navigation that leads where one is.
    pub(crate) fn here(&self, path: &str) -> Marked {
        Marked(self.path == path)
    }

    /// Marks a link of the navigation that leads to a page above the one where one is.
    pub(crate) fn under(&self, path: &str) -> Marked {
        Marked(self.path == path || self.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
    }
}
