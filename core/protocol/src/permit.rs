//! The permit: signed proof that one visit to one site is approved.
//!
//! A CBOR Web Token (RFC 8392) as the payload of the record envelope. Standard claims have their standard keys; the
//! rest stand in the private range below -65536, so that a foreign verifier reads what it can.

use crate::{BodyId, DeviceId, Digest, DocumentId, PermitId, PersonId, PlanItemId, ServerId, SiteId, Words};
use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};

/// One approved visit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Permit {
    /// Who issued it (`iss`).
    pub issuer: ServerId,
    /// Not after, seconds since 1970 UTC (`exp`): the end of the last day.
    pub expires_s: i64,
    /// Not before, seconds since 1970 UTC (`nbf`): the start of the first day.
    pub not_before_s: i64,
    /// When it was signed, seconds since 1970 UTC (`iat`).
    pub issued_s: i64,
    /// The visit's name (`cti`); stays when the permit is signed anew.
    pub id: PermitId,
    /// The plan item it comes from.
    pub plan_item: PlanItemId,
    /// The body that inspects.
    pub body: BodyId,
    /// What for.
    pub purpose: Words,
    /// Where.
    pub site: SiteId,
    /// The checklist version, by the hash of its meaning.
    pub checklist: Digest,
    /// Who.
    pub team: Vec<PersonId>,
    /// The team's devices known when it was signed.
    pub devices: Vec<DeviceId>,
    /// Visits this site has had this year before this one.
    pub visits: u16,
    /// The inspection's document.
    pub document: DocumentId,
}

const ISS: i64 = 1;
const EXP: i64 = 4;
const NBF: i64 = 5;
const IAT: i64 = 6;
const CTI: i64 = 7;
const FIRST_PRIVATE: i64 = -65_537;

/// How a permit stands, at one site and moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Good.
    Valid,
    /// Its first day has not begun.
    NotYet,
    /// Its last day is over.
    Expired,
    /// For another site.
    WrongSite,
    /// This person is not on the team.
    NotOnTeam,
    /// The phone's clock and the server's last word differ too much to tell.
    ClockDoubtful,
}

impl Standing {
    /// A stable code.
    pub fn code(self) -> &'static str {
        match self {
            Standing::Valid => "valid",
            Standing::NotYet => "not-yet",
            Standing::Expired => "expired",
            Standing::WrongSite => "wrong-site",
            Standing::NotOnTeam => "not-on-team",
            Standing::ClockDoubtful => "clock-doubtful",
        }
    }
}

impl Permit {
    /// How it stands for this person at this site and moment.
    pub fn standing(&self, person: &PersonId, site: &SiteId, now_ms: i64) -> Standing {
        let now_s = now_ms.div_euclid(1000);
        if self.site != *site {
            Standing::WrongSite
        } else if !self.team.contains(person) {
            Standing::NotOnTeam
        } else if now_s < self.not_before_s {
            Standing::NotYet
        } else if now_s >= self.expires_s {
            Standing::Expired
        } else {
            Standing::Valid
        }
    }
}

impl<C> Encode<C> for Permit {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
        // Key order of RFC 8949, 4.2.1: by encoded bytes, so the positive before the negative.
        e.map(14)?;
        // RFC 8392 wants text here; a reader of web tokens stops at anything else.
        e.i64(ISS)?.str(&self.issuer.to_string())?;
        e.i64(EXP)?.i64(self.expires_s)?;
        e.i64(NBF)?.i64(self.not_before_s)?;
        e.i64(IAT)?.i64(self.issued_s)?;
        e.i64(CTI)?.encode_with(self.id, ctx)?;
        let mut key = FIRST_PRIVATE;
        let mut next = || {
            key -= 1;
            key + 1
        };
        e.i64(next())?.encode_with(self.plan_item, ctx)?;
        e.i64(next())?.encode_with(self.body, ctx)?;
        e.i64(next())?.encode_with(&self.purpose, ctx)?;
        e.i64(next())?.encode_with(self.site, ctx)?;
        e.i64(next())?.encode_with(self.checklist, ctx)?;
        e.i64(next())?.encode_with(&self.team, ctx)?;
        e.i64(next())?.encode_with(&self.devices, ctx)?;
        e.i64(next())?.u16(self.visits)?;
        e.i64(next())?.encode_with(self.document, ctx)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Permit {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        let mut keys = [ISS, EXP, NBF, IAT, CTI].into_iter().chain((0..).map(|n| FIRST_PRIVATE - n));
        if d.map()? != Some(14) {
            return Err(minicbor::decode::Error::message("a permit has 14 claims"));
        }
        let mut claim = |d: &mut Decoder<'b>| -> Result<(), minicbor::decode::Error> {
            let at = d.position();
            let key = d.i64()?;
            if Some(key) == keys.next() {
                Ok(())
            } else {
                Err(minicbor::decode::Error::message("claims out of order").at(at))
            }
        };
        Ok(Self {
            issuer: {
                claim(d)?;
                let at = d.position();
                let no_name = |_| minicbor::decode::Error::message("the issuer is no server's name").at(at);
                d.str()?.parse().map_err(no_name)?
            },
            expires_s: {
                claim(d)?;
                d.i64()?
            },
            not_before_s: {
                claim(d)?;
                d.i64()?
            },
            issued_s: {
                claim(d)?;
                d.i64()?
            },
            id: {
                claim(d)?;
                d.decode_with(ctx)?
            },
            plan_item: {
                claim(d)?;
                d.decode_with(ctx)?
            },
            body: {
                claim(d)?;
                d.decode_with(ctx)?
            },
            purpose: {
                claim(d)?;
                d.decode_with(ctx)?
            },
            site: {
                claim(d)?;
                d.decode_with(ctx)?
            },
            checklist: {
                claim(d)?;
                d.decode_with(ctx)?
            },
            team: {
                claim(d)?;
                d.decode_with(ctx)?
            },
            devices: {
                claim(d)?;
                d.decode_with(ctx)?
            },
            visits: {
                claim(d)?;
                d.u16()?
            },
            document: {
                claim(d)?;
                d.decode_with(ctx)?
            },
        })
    }
}
