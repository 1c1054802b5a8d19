//! At the envelope: records of phones and of the office.

use super::cose::{Parts, algorithm, content, key_id, twin};
use super::office::{Office, sealed};
use rand::Rng as _;
use wurao_protocol::cbor;
use wurao_protocol::envelope::{EnvelopeError, open_as};
use wurao_protocol::key::{PublicKey, Signer as _};
use wurao_protocol::record::{Decision, Deed, Kind, Leave, Order, RecordBody, Session, Stamp, Verdict, Void};
use wurao_protocol::{Digest, DocumentId, PersonId};

super::kinds! { "envelope":
    "(honest) a leave of the phone" => "taken", |o| taken::<Leave>(&o.phone.public(), &sealed(&o.phone, &leave(o)));
    "a leave of one inspection used in another" => "wrong-signature", |o| { let other = DocumentId(o.chance.random()); moved(o, |leave| leave.document = other) };
    "a leave for somebody else" => "wrong-signature", |o| { let other = PersonId(o.chance.random()); moved(o, |leave| leave.person = other) };
    "a leave over other heads" => "wrong-signature", |o| { let other = Digest(o.chance.random()); moved(o, |leave| leave.heads.push(other)) };
    "a leave at another time" => "wrong-signature", |o| moved(o, |leave| leave.at.wall_ms += 1);
    "a leave signed by another phone" => "wrong-signature", |o| taken::<Leave>(&o.phone.public(), &sealed(&o.forger, &leave(o)));
    "a leave by another phone in this one's name" => "wrong-signature", |o| taken::<Leave>(&o.phone.public(), &parts(o).by(&o.forger));
    "a leave signed in another lane" => "wrong-signature", |o| { let mut parts = parts(o); parts.lane = b"wurao-upload-1"; taken::<Leave>(&o.phone.public(), &parts.by(&o.phone)) };
    "the high twin of a leave's signature" => "wrong-signature", |o| taken::<Leave>(&o.phone.public(), &twin(&sealed(&o.phone, &leave(o))));
    "a decision signed by a phone" => "wrong-signature", |o| { let body = decision(o); taken::<Decision>(&o.records.public(), &sealed(&o.phone, &body)) };
    "a decision signed by a permit key" => "wrong-signature", |o| { let body = decision(o); taken::<Decision>(&o.records.public(), &sealed(&o.permits, &body)) };
    "an order to another phone used on this one" => "wrong-signature", |o| order_moved(o);
    "an order signed by a phone" => "wrong-signature", |o| taken::<Order>(&o.records.public(), &sealed(&o.forger, &order(o)));
    "a leave read as a voiding" => "other-kind", |o| taken::<Void>(&o.phone.public(), &sealed(&o.phone, &leave(o)));
    "a leave's words under a session's name" => "payload", |o| { let mut parts = parts(o); parts.protected[1] = content("wurao/session"); taken::<Session>(&o.phone.public(), &parts.by(&o.phone)) };
    "a kind that there is not" => "unknown-kind", |o| { let mut parts = parts(o); parts.protected[1] = content("wurao/amnesty"); taken::<Leave>(&o.phone.public(), &parts.by(&o.phone)) };
    "an algorithm not taken" => "algorithm", |o| { let other = [-8, -35, -36, -37, -257, 5, 0][o.chance.random_range(0..7)]; let mut parts = parts(o); parts.protected[0] = algorithm(other); taken::<Leave>(&o.phone.public(), &parts.by(&o.phone)) };
    "no algorithm" => "algorithm", |o| { let mut parts = parts(o); parts.protected.remove(0); taken::<Leave>(&o.phone.public(), &parts.by(&o.phone)) };
    "the algorithm outside of what is signed" => "algorithm", |o| { let mut parts = parts(o); let entry = parts.protected.remove(0); parts.unprotected = [vec![0xa1], entry].concat(); taken::<Leave>(&o.phone.public(), &parts.by(&o.phone)) };
    "a second key id outside of what is signed" => "spelling", |o| { let mut parts = parts(o); parts.unprotected = [vec![0xa1], key_id(&o.forger.public().id().0)].concat(); taken::<Leave>(&o.phone.public(), &parts.by(&o.phone)) };
    "header entries out of order" => "spelling", |o| { let mut parts = parts(o); parts.protected.swap(0, 2); taken::<Leave>(&o.phone.public(), &parts.by(&o.phone)) };
    "a header entry written twice" => "malformed", |o| { let mut parts = parts(o); parts.protected.insert(0, algorithm(-7)); taken::<Leave>(&o.phone.public(), &parts.by(&o.phone)) };
    "a signature of another length" => "spelling", |o| { let length = [0, 32, 63, 65, 96, 72][o.chance.random_range(0..6)]; taken::<Leave>(&o.phone.public(), &parts(o).with(&vec![1; length])) };
    "a signature of zeros" => "wrong-signature", |o| taken::<Leave>(&o.phone.public(), &parts(o).with(&[0; 64]));
    "words in another spelling" => "payload", |o| { let mut parts = parts(o); parts.payload = [&[0xbf][..], &parts.payload[1..], &[0xff]].concat(); taken::<Leave>(&o.phone.public(), &parts.by(&o.phone)) };
    "a word more" => "payload", |o| { let mut parts = parts(o); parts.payload[0] += 1; parts.payload.extend([0x05, 0x00]); taken::<Leave>(&o.phone.public(), &parts.by(&o.phone)) };
    "bytes after the record" => "malformed", |o| { let record = [sealed(&o.phone, &leave(o)), vec![0]].concat(); taken::<Leave>(&o.phone.public(), &record) };
    "a record without its tag" => "malformed", |o| taken::<Leave>(&o.phone.public(), &sealed(&o.phone, &leave(o))[1..]);
    "a record too large to look at" => "too-large", |o| taken::<Leave>(&o.phone.public(), &[sealed(&o.phone, &leave(o)), vec![0; 1 << 20]].concat());
}

/// What a reader who expects this kind from this key says.
fn taken<T: RecordBody>(from: &PublicKey, record: &[u8]) -> String {
    match open_as::<T>(record).and_then(|opened| opened.verified(from)) {
        Ok(_) => "taken".to_owned(),
        Err(error) => code(&error).to_owned(),
    }
}

pub(super) fn code(error: &EnvelopeError) -> &'static str {
    match error {
        EnvelopeError::TooLarge(_) => "too-large",
        EnvelopeError::NotCose(_) => "malformed",
        EnvelopeError::Spelling => "spelling",
        EnvelopeError::Algorithm => "algorithm",
        EnvelopeError::UnknownKind(_) => "unknown-kind",
        EnvelopeError::OtherKind { .. } => "other-kind",
        EnvelopeError::Payload(_) => "payload",
        EnvelopeError::Key(_) => "wrong-signature",
    }
}

fn stamp(o: &Office) -> Stamp {
    Stamp { wall_ms: o.now_s() * 1000, mono_ms: 0, server_ms: None }
}

fn leave(o: &Office) -> Leave {
    let visit = &o.permit.visit;
    Leave {
        document: visit.document,
        person: visit.team[0].person,
        actor: session(o).actor,
        heads: vec![visit.checklist],
        at: stamp(o),
    }
}

fn session(o: &Office) -> Session {
    let nonce = o.permit.id.0;
    Session {
        actor: Session::actor_of(&o.phone.public(), &nonce),
        nonce,
        person: o.permit.visit.team[0].person,
        device: o.phone.public().device(),
        began: stamp(o),
        engine: "forge".to_owned(),
    }
}

fn decision(o: &mut Office) -> Decision {
    let verdict =
        [Verdict::Accepted, Verdict::Registered, Verdict::Closed, Verdict::Voided][o.chance.random_range(0..4)];
    Decision {
        document: o.permit.visit.document,
        verdict,
        heads: vec![Digest(o.chance.random())],
        at_ms: o.now_s() * 1000,
        by: Some(PersonId(o.chance.random())),
        reason: None,
    }
}

fn order(o: &Office) -> Order {
    Order { device: o.phone.public().device(), what: Deed::Wipe, at_ms: o.now_s() * 1000 }
}

fn order_moved(o: &Office) -> String {
    let honest = sealed(&o.records, &order(o));
    let moved = Order { device: o.forger.public().device(), ..order(o) };
    let parts = Parts::honest(Kind::Order, o.records.public().id(), cbor::encode(&moved));
    taken::<Order>(&o.records.public(), &parts.with(&honest[honest.len() - 64..]))
}

fn parts(o: &Office) -> Parts {
    Parts::honest(Kind::Leave, o.phone.public().id(), cbor::encode(&leave(o)))
}

/// A leave with something else written in under the old signature.
fn moved(o: &Office, change: impl FnOnce(&mut Leave)) -> String {
    let honest = sealed(&o.phone, &leave(o));
    let mut body = leave(o);
    change(&mut body);
    let parts = Parts::honest(Kind::Leave, o.phone.public().id(), cbor::encode(&body));
    taken::<Leave>(&o.phone.public(), &parts.with(&honest[honest.len() - 64..]))
}
