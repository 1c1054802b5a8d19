use super::Text;

/// The permit an inspection stands on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PermitView {
    /// The permit's number as people read it out.
    pub number: String,
    /// The body that inspects.
    pub body: Text,
    /// Why.
    pub purpose: Text,
    /// First day of the visit, `YYYY-MM-DD`.
    pub first_day: String,
    /// Last day of the visit, `YYYY-MM-DD`; the same as the first for one day.
    pub last_day: String,
    /// From an ad-hoc item instead of the annual plan.
    pub ad_hoc: bool,
    /// Withdrawn since, unix ms.
    pub withdrawn_ms: Option<i64>,
    /// The checklist's title.
    pub checklist: Text,
    /// The checklist's version as its author wrote it.
    pub checklist_version: String,
    /// The checklist's hash, hex; the page shows its first eight digits.
    pub checklist_hash: String,
}

impl PermitView {
    pub(in crate::page) fn short_hash(&self) -> &str {
        self.checklist_hash.get(..8).unwrap_or(&self.checklist_hash)
    }
}
