/// The page to sign in on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginView {
    /// Why the last attempt did not work.
    pub problem: Option<LoginProblem>,
    /// The address to go on to; anything but an address on this site leads to the county.
    pub next: String,
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
