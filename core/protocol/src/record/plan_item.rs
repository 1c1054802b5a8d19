use crate::{BodyId, Digest, PersonId, PlanItemId, SiteId, Words};
use minicbor::{Decode, Encode};

/// One approved kind of inspection of the annual plan.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct PlanItem {
    /// Which.
    #[n(0)]
    pub id: PlanItemId,
    /// The plan's year.
    #[n(1)]
    pub year: u16,
    /// The body that inspects.
    #[n(2)]
    pub body: BodyId,
    /// The body's name.
    #[n(3)]
    pub body_name: Words,
    /// What for.
    #[n(4)]
    pub purpose: Words,
    /// The sites.
    #[n(5)]
    pub sites: Vec<SiteId>,
    /// The checklist version, by the hash of its meaning.
    #[n(6)]
    pub checklist: Digest,
    /// The team.
    #[n(7)]
    pub team: Vec<PersonId>,
    /// First and last day, as days since 1970-01-01 in the county's zone.
    #[n(8)]
    pub from_day: i32,
    /// See `from_day`.
    #[n(9)]
    pub to_day: i32,
    /// Minutes a visit is expected to take.
    #[n(10)]
    pub minutes: u16,
}
