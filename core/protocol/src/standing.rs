//! How a permit stands: for whom, where, when, under which keys. One judgement for phone, colleague's phone and server;
//! the village's page makes the same one in the browser, held to this by shared cases.

use crate::envelope::Envelope;
use crate::key::{KeyId, PublicKey};
use crate::permit::Permit;
use crate::record::{PermitKey, TrustList};
use crate::{DeviceId, PermitMark, PersonId, SiteId};

/// The end of patience with a list of keys and withdrawals, seconds: older ones cannot rule out a withdrawal.
pub const TRUST_OLD_S: i64 = 30 * 24 * 3600;

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
    /// The clock of who judges cannot be right.
    ClockDoubtful,
    /// Signed with a key that is not on the list, or outside of that key's time.
    UnknownKey,
    /// Withdrawn, or its key was, or the phone that shows it.
    Revoked {
        /// Since when, seconds since 1970 UTC.
        as_of_s: i64,
    },
    /// Shown by a device that is not one of the permit's, or that failed the challenge.
    Copied,
    /// A signature does not hold, or the bytes are no permit.
    Forged,
    /// Shown with a signature of another moment: a wrong clock, or a photo of a code. A challenge settles it.
    Stale,
    /// The list of keys and withdrawals is too old to rule out a withdrawal.
    TrustOld,
}

/// What a reader should feel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Colour {
    /// Let them in.
    Green,
    /// Something is to be compared or settled first.
    Amber,
    /// The visit may be refused.
    Red,
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
            Standing::UnknownKey => "unknown-key",
            Standing::Revoked { .. } => "revoked",
            Standing::Copied => "copied",
            Standing::Forged => "forged",
            Standing::Stale => "stale",
            Standing::TrustOld => "trust-old",
        }
    }

    /// Its colour; never the only sign of it.
    pub fn colour(self) -> Colour {
        match self {
            Standing::Valid => Colour::Green,
            Standing::ClockDoubtful | Standing::Stale | Standing::TrustOld => Colour::Amber,
            _ => Colour::Red,
        }
    }
}

impl Permit {
    /// Where and when alone; whose key signed it is the list's to say.
    pub fn at(&self, site: &SiteId, now_s: i64) -> Standing {
        if self.visit.site != *site {
            Standing::WrongSite
        } else if now_s < self.not_before_s {
            Standing::NotYet
        } else if now_s >= self.expires_s {
            Standing::Expired
        } else {
            Standing::Valid
        }
    }

    /// The same for one person of the team.
    pub fn standing(&self, person: &PersonId, site: &SiteId, now_ms: i64) -> Standing {
        match self.at(site, now_ms.div_euclid(1000)) {
            Standing::WrongSite => Standing::WrongSite,
            _ if !self.names(person) => Standing::NotOnTeam,
            standing => standing,
        }
    }
}

impl TrustList {
    /// What the list says of a permit, whatever the place and the hour: signed with a key of its time, and not
    /// withdrawn. `Valid` when there is nothing against it.
    pub fn says(&self, envelope: &Envelope, permit: &Permit) -> Standing {
        match self.key(envelope.key) {
            Some((_, public)) if envelope.verify(&public).is_err() => Standing::Forged,
            Some((key, _)) => self.says_of_signed(key, permit),
            None => Standing::UnknownKey,
        }
    }

    /// The same of a permit whose signature by this key of the list was checked before: a phone checks each once, when
    /// it comes, and asks again at every glance at its work list.
    pub fn says_of_signed(&self, key: &PermitKey, permit: &Permit) -> Standing {
        if let Some(as_of_s) = key.revoked_s {
            return Standing::Revoked { as_of_s };
        }
        let in_its_time = permit.issued_s >= key.from_s && key.until_s.is_none_or(|until| permit.issued_s < until);
        if !in_its_time {
            return Standing::UnknownKey;
        }
        match self.withdrawn(permit) {
            Some(as_of_s) => Standing::Revoked { as_of_s },
            None => Standing::Valid,
        }
    }

    /// What the list says of a phone that shows a permit which it has nothing against: `Valid`, or `Revoked` when it
    /// shows none any more. A withdrawal of the permit itself is said before, whichever came first: it is true of
    /// everybody who shows it.
    pub fn says_of_phone(&self, device: &DeviceId) -> Standing {
        match self.phones.iter().find(|phone| phone.device == *device) {
            Some(phone) => Standing::Revoked { as_of_s: phone.at_s },
            None => Standing::Valid,
        }
    }

    /// Since when a permit is withdrawn.
    fn withdrawn(&self, permit: &Permit) -> Option<i64> {
        if self.revoked.is_empty() {
            return None;
        }
        let mark = PermitMark::of(&permit.id);
        self.revoked.iter().find(|entry| entry.mark == mark).map(|entry| entry.at_s)
    }

    /// The key of this id. Finding it takes the roots of all before it: who asks often keeps the answer.
    pub fn key(&self, id: KeyId) -> Option<(&PermitKey, PublicKey)> {
        self.keys.iter().find_map(|key| key.public().filter(|public| public.id() == id).map(|public| (key, public)))
    }

    /// Whether it is too old to rule out a withdrawal.
    pub fn is_old(&self, now_s: i64) -> bool {
        now_s >= self.good_until_s || now_s.saturating_sub(self.at_s) > TRUST_OLD_S
    }
}
