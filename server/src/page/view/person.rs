/// One member of a permit's team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonState {
    /// The person's name.
    pub name: String,
    /// Where the person is with this inspection.
    pub presence: Presence,
}

/// Where a person is with an inspection, as far as the server has heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// No session for this inspection has arrived.
    NotStarted,
    /// At work.
    OnSite {
        /// When the person's first session began, unix ms.
        since_ms: i64,
    },
    /// Was at work until the inspection was voided.
    Over,
    /// Has left: signed "I am done here".
    Left {
        /// When, unix ms.
        at_ms: i64,
    },
}
