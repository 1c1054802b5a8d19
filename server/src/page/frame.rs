use super::Lang;
use super::view::Text;

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
    /// The path of the request, without query, to mark where one is.
    pub path: String,
}
