//! The part of the division tree, and the body, that somebody may see or act in. No query of a page goes without one.

use wurao_protocol::BodyId;

/// A division and all below it, as the digits that their codes begin with; of everybody's work there, or of one body's.
///
/// A site lies in a scope by its division of today. Sites, divisions and checklists belong to no body, so a body only
/// narrows what bodies do: plan items, inspections, people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    prefix: String,
    body: Option<BodyId>,
}

impl Scope {
    /// From the digits that codes in it begin with; none stand for the whole country.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), body: None }
    }

    /// The same for the work of one body.
    pub fn of_body(prefix: impl Into<String>, body: BodyId) -> Self {
        Self { prefix: prefix.into(), body: Some(body) }
    }

    /// The same, for the work of one body when there is one.
    pub fn within(prefix: impl Into<String>, body: Option<BodyId>) -> Self {
        Self { prefix: prefix.into(), body }
    }

    /// What sees nothing: no code begins like that.
    pub fn nothing() -> Self {
        Self::new("-")
    }

    /// The digits. A query compares `substr(division, 1, length(?1)) = ?1`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The one body, when it is only one's.
    pub fn body(&self) -> Option<BodyId> {
        self.body
    }

    /// The body as a query takes it: `(?2 IS NULL OR body = ?2)`.
    pub fn body_bytes(&self) -> Option<[u8; 16]> {
        self.body.map(|body| body.0)
    }

    /// Whether a site of this division code is in it.
    pub fn sees(&self, division: &str) -> bool {
        division.starts_with(&self.prefix)
    }

    /// Whether a body's work is in it.
    pub fn sees_body(&self, body: &BodyId) -> bool {
        self.body.is_none_or(|own| own == *body)
    }

    /// Whether all of another scope is in it: what somebody of this scope may grant.
    pub fn holds(&self, other: &Self) -> bool {
        other.prefix.starts_with(&self.prefix) && (self.body.is_none() || self.body == other.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: BodyId = BodyId([1; 16]);
    const THEIRS: BodyId = BodyId([2; 16]);

    #[test]
    fn a_scope_holds_what_is_below_it_and_no_more_than_its_own_body() {
        let county = Scope::new("431124");
        assert!(county.sees("431124101203") && !county.sees("431123101203"));
        assert!(county.holds(&county) && county.holds(&Scope::new("431124101")));
        assert!(county.holds(&Scope::of_body("431124", OURS)));
        assert!(!county.holds(&Scope::new("4311")) && !county.holds(&Scope::new("")));
        let ours = Scope::of_body("431124", OURS);
        assert!(ours.holds(&Scope::of_body("431124101", OURS)));
        assert!(!ours.holds(&county) && !ours.holds(&Scope::of_body("431124", THEIRS)));
        assert!(ours.sees_body(&OURS) && !ours.sees_body(&THEIRS) && county.sees_body(&THEIRS));
    }

    #[test]
    fn nothing_sees_nothing() {
        assert!(!Scope::nothing().sees("431124101203") && !Scope::nothing().sees(""));
    }
}
