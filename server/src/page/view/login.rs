use crate::page::words::Words;
use crate::page::{Frame, address};
use askama::Template;

/// The page to sign in on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginView {
    /// Why the last attempt did not work.
    pub problem: Option<LoginProblem>,
    /// The name typed at the last attempt.
    pub name: String,
    /// The address to go on to; anything but an address on this site leads to the county.
    pub next: String,
}

impl LoginView {
    /// The whole page.
    ///
    /// # Errors
    /// When writing into the string fails, which leaves nothing to show.
    pub fn render(&self, frame: &Frame) -> Result<String, askama::Error> {
        LoginPage { v: self, f: frame, w: Words::of(frame.lang) }.render()
    }
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    v: &'a LoginView,
    f: &'a Frame,
    w: &'static Words,
}

impl LoginPage<'_> {
    fn next(&self) -> &str {
        address::local(&self.v.next)
    }
}

/// Why signing in did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginProblem {
    /// Name or password is wrong; which of them is not said.
    Wrong,
    /// Too many attempts; to be tried later.
    TooMany,
    /// The session before has ended.
    Ended,
}
