//! What a village said, brought by a phone that cannot read it.

use super::push::Incoming;
use super::records::keep;
use crate::store::{Tx, rows};
use crate::{Error, Keys, village};
use wurao_protocol::envelope::Envelope;
use wurao_protocol::feedback::{Feedback, PURPOSE};
use wurao_protocol::record::Carried;
use wurao_protocol::sync::{Outcome, Status};
use wurao_protocol::{Problem, cbor, seal};

/// The largest sealed message: two hundred words of any script and what stands around them.
const MAX_SEALED: usize = 4 << 10;

pub(super) fn take(
    tx: &Tx<'_>,
    keys: &Keys,
    record: &Incoming,
    envelope: &Envelope,
    now_ms: i64,
) -> Result<Status, Error> {
    // What is here is not opened again.
    if rows::has_record(tx, &envelope.id)? {
        return Ok(Status::plain(Outcome::Have));
    }
    let refused = |problem, detail: &str| Ok(Status::because(Outcome::Refused, problem, detail));
    let Ok(carried) = envelope.body::<Carried>() else { return refused(Problem::Malformed, "payload") };
    if record.author().is_none() {
        return refused(Problem::WrongSignature, envelope.kind.name());
    }
    if carried.sealed.0.len() > MAX_SEALED {
        return refused(Problem::Sealed, "size");
    }
    let Ok(plain) = seal::open(&keys.feedback, PURPOSE, &carried.sealed.0) else {
        return refused(Problem::Sealed, "does not open");
    };
    let Ok(feedback) = cbor::decode::<Feedback>(&plain) else { return refused(Problem::Sealed, "feedback") };
    match village::keep(tx, &feedback, true, now_ms) {
        Ok(_) => keep(tx, record, envelope, None, now_ms),
        Err(Error::Refused { problem, detail }) => refused(problem, &detail),
        Err(error) => Err(error),
    }
}
