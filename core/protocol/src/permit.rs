//! The permit: signed proof that one visit to one site is approved.
//!
//! A CBOR Web Token (RFC 8392) as the payload of the record envelope. Standard claims have their standard keys, so that
//! a foreign verifier reads what it can; ours stand together under one private key, because a permit must fit a QR code
//! and every key below -65536 costs five bytes.
//!
//! It carries the names that a village must see, since who reads it may have no network to look them up. It does not
//! name its issuer (`iss`): the key that signed it does, by the list of keys.

use crate::{BodyId, DeviceId, Digest, DocumentId, PermitId, PersonId, PlanItemId, SiteId, Words};
use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};

/// One approved visit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Permit {
    /// Not after, seconds since 1970 UTC (`exp`): the end of the last day.
    pub expires_s: i64,
    /// Not before, seconds since 1970 UTC (`nbf`): the start of the first day.
    pub not_before_s: i64,
    /// When it was signed, seconds since 1970 UTC (`iat`).
    pub issued_s: i64,
    /// The visit's name (`cti`); stays when the permit is signed anew.
    pub id: PermitId,
    /// What stands under the private claim.
    pub visit: Visit,
}

/// The visit that a permit approves. A list, not a map: every byte is one of a QR code.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Visit {
    /// The plan item or ad-hoc item it comes from.
    #[n(0)]
    pub plan_item: PlanItemId,
    /// That item's number as people say it: `2026-017`.
    #[n(1)]
    pub number: String,
    /// Whether that is an ad-hoc item ("one item, one report") rather than one of the annual plan.
    #[n(2)]
    pub ad_hoc: bool,
    /// The body that inspects.
    #[n(3)]
    pub body: BodyId,
    /// Its name.
    #[n(4)]
    pub body_name: Words,
    /// What for.
    #[n(5)]
    pub purpose: Words,
    /// Where.
    #[n(6)]
    pub site: SiteId,
    /// The site's name with the township's: what a villager calls home.
    #[n(7)]
    pub site_name: Words,
    /// The checklist version, by the hash of its meaning.
    #[n(8)]
    pub checklist: Digest,
    /// Who.
    #[n(9)]
    pub team: Vec<Member>,
    /// The team's devices known when it was signed, sorted: one of them must sign what is shown.
    #[n(10)]
    pub devices: Vec<DeviceId>,
    /// Visits this site has had this year before this one.
    #[n(11)]
    pub visits: u16,
    /// The inspection's document.
    #[n(12)]
    pub document: DocumentId,
}

/// One of the team.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Member {
    /// Who.
    #[n(0)]
    pub person: PersonId,
    /// Their name, to be compared with the badge.
    #[n(1)]
    pub name: String,
}

const EXP: i64 = 4;
const NBF: i64 = 5;
const IAT: i64 = 6;
const CTI: i64 = 7;
const VISIT: i64 = -65_537;

impl Permit {
    /// Whether this person is on the team.
    pub fn names(&self, person: &PersonId) -> bool {
        self.visit.team.iter().any(|member| member.person == *person)
    }
}

impl<C> Encode<C> for Permit {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
        // Key order of RFC 8949, 4.2.1: by encoded bytes, so the positive before the negative.
        e.map(5)?;
        e.i64(EXP)?.i64(self.expires_s)?;
        e.i64(NBF)?.i64(self.not_before_s)?;
        e.i64(IAT)?.i64(self.issued_s)?;
        e.i64(CTI)?.encode_with(self.id, ctx)?;
        e.i64(VISIT)?.encode_with(&self.visit, ctx)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Permit {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        if d.map()? != Some(5) {
            return Err(minicbor::decode::Error::message("a permit has 5 claims"));
        }
        let claim = |d: &mut Decoder<'b>, key: i64| {
            let at = d.position();
            let in_order = d.i64()? == key;
            in_order.then_some(()).ok_or_else(|| minicbor::decode::Error::message("claims out of order").at(at))
        };
        claim(d, EXP)?;
        let expires_s = d.i64()?;
        claim(d, NBF)?;
        let not_before_s = d.i64()?;
        claim(d, IAT)?;
        let issued_s = d.i64()?;
        claim(d, CTI)?;
        let id = d.decode_with(ctx)?;
        claim(d, VISIT)?;
        let visit = d.decode_with(ctx)?;
        Ok(Self { expires_s, not_before_s, issued_s, id, visit })
    }
}
