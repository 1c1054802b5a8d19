//! Who is honest: keys, a permit, the list of keys; drawn by the seed.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use wurao_protocol::envelope;
use wurao_protocol::key::{Signer, SoftwareKey};
use wurao_protocol::permit::{Member, Permit, Visit};
use wurao_protocol::present::{self, Question, judge};
use wurao_protocol::record::{PermitKey, Revocation, RevokedPhone, TrustList};
use wurao_protocol::{BodyId, DeviceId, Digest, DocumentId, PermitId, PersonId, PlanItemId, SiteId, Words};

const DAY_S: i64 = 24 * 3600;

/// An office with its keys, one visit that it approved, and a villager who asks.
pub(super) struct Office {
    pub(super) chance: StdRng,
    /// Signs lists and records.
    pub(super) records: SoftwareKey,
    /// Signs permits now.
    pub(super) permits: SoftwareKey,
    /// Signed permits until it was rotated out, long ago.
    pub(super) former: SoftwareKey,
    /// The phone of the visit.
    pub(super) phone: SoftwareKey,
    /// Whoever forges: a phone of a colleague, or of nobody.
    pub(super) forger: SoftwareKey,
    pub(super) permit: Permit,
    pub(super) trust: TrustList,
    pub(super) question: Question,
}

impl Office {
    pub(super) fn new(seed: u64) -> Self {
        let mut chance = StdRng::seed_from_u64(seed);
        let [records, permits, former, phone, forger] = std::array::from_fn(|_| key(&mut chance));
        let now_s = chance.random_range(1_700_000_000..1_900_000_000);
        let team = chance.random_range(1..=4usize);
        let permit = Permit {
            expires_s: now_s + chance.random_range(1..5 * DAY_S),
            not_before_s: now_s - chance.random_range(1..5 * DAY_S),
            issued_s: now_s - chance.random_range(6 * DAY_S..20 * DAY_S),
            id: PermitId(chance.random()),
            visit: Visit {
                plan_item: PlanItemId(chance.random()),
                number: format!("2026-{:03}", chance.random_range(1..1000)),
                ad_hoc: chance.random(),
                body: BodyId(chance.random()),
                body_name: Words::new("应急管理局", "Emergency Bureau"),
                purpose: Words::new("汛期避险物资", "Flood shelter stocks"),
                site: SiteId(chance.random()),
                site_name: Words::new("柳溪镇上河村", "Shanghe, Liuxi"),
                checklist: Digest(chance.random()),
                team: (0..team)
                    .map(|_| Member { person: PersonId(chance.random()), name: "王芳".to_owned() })
                    .collect(),
                devices: vec![phone.public().device()],
                visits: chance.random_range(0..9),
                document: DocumentId(chance.random()),
            },
        };
        let listed = |key: &SoftwareKey, from_s, until_s| PermitKey {
            key: key.public().to_bytes(),
            from_s,
            until_s,
            revoked_s: None,
        };
        let rotated_s = now_s - 60 * DAY_S;
        let trust = TrustList {
            sequence: chance.random_range(1..1000),
            at_s: now_s - chance.random_range(0..10 * DAY_S),
            good_until_s: now_s + 80 * DAY_S,
            keys: vec![listed(&former, 0, Some(rotated_s)), listed(&permits, rotated_s, None)],
            revoked: vec![Revocation::of(&PermitId(chance.random()), now_s - DAY_S)],
            feedback_key: key(&mut chance).public().to_bytes(),
            drain_key: key(&mut chance).public().to_bytes(),
            phones: vec![RevokedPhone { device: DeviceId(chance.random()), at_s: now_s - DAY_S }],
        };
        let question = Question { site: Some(permit.visit.site), now_s, clock_doubtful: false, challenge: None };
        Self { chance, records, permits, former, phone, forger, permit, trust, question }
    }

    pub(super) fn now_s(&self) -> i64 {
        self.question.now_s
    }

    /// The permit's record, signed by the key for it.
    pub(super) fn record(&self) -> Vec<u8> {
        sealed(&self.permits, &self.permit)
    }

    /// Shown by the visit's phone, now.
    pub(super) fn shown(&self) -> Vec<u8> {
        self.show(&self.phone, &self.record(), self.now_s(), None)
    }

    /// A permit's record shown by a phone.
    pub(super) fn show(&self, by: &SoftwareKey, record: &[u8], now_s: i64, challenge: Option<u32>) -> Vec<u8> {
        present::seal(by, record, now_s, challenge).unwrap_or_default()
    }

    /// What a reader says of a presentation.
    pub(super) fn judged(&self, shown: &[u8]) -> String {
        judge(shown, &self.trust, &self.question).standing.code().to_owned()
    }

    /// What a reader says of a permit's record that the visit's own phone shows.
    pub(super) fn judged_record(&self, record: &[u8]) -> String {
        use wurao_protocol::cbor::{self, Bytes};
        use wurao_protocol::record::{Kind, Presentation};
        // By hand: an honest phone shows nothing that it cannot read.
        let body = Presentation {
            permit: Bytes(record.to_vec()),
            key: self.phone.public().to_bytes(),
            half_minute: self.now_s() as u64 / 30,
            challenge: None,
        };
        let parts = super::cose::Parts::honest(Kind::Presentation, self.phone.public().id(), cbor::encode(&body));
        self.judged(&parts.by(&self.phone))
    }

    /// The permit with something else written in under the old signature, shown by the visit's own phone.
    pub(super) fn judged_with(&self, change: impl FnOnce(&mut Permit)) -> String {
        use wurao_protocol::cbor;
        use wurao_protocol::record::Kind;
        let record = self.record();
        let mut permit = self.permit.clone();
        change(&mut permit);
        let parts = super::cose::Parts::honest(Kind::Permit, self.permits.public().id(), cbor::encode(&permit));
        self.judged_record(&parts.with(&record[record.len() - 64..]))
    }

    pub(super) fn other_site(&mut self) -> SiteId {
        SiteId(self.chance.random())
    }
}

pub(super) fn key(chance: &mut StdRng) -> SoftwareKey {
    loop {
        // One scalar in 2^32 is none.
        if let Ok(key) = SoftwareKey::from_bytes(&chance.random::<[u8; 32]>()) {
            return key;
        }
    }
}

/// A record; empty, which no door takes, when it cannot be sealed.
pub(super) fn sealed<T: wurao_protocol::record::RecordBody>(by: &SoftwareKey, body: &T) -> Vec<u8> {
    envelope::seal(by, body).unwrap_or_default()
}
