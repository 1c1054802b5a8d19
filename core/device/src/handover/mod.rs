//! Handing over without a server: [`ask`] says what this phone has, [`give`] puts together what a colleague's lacks,
//! [`take`] takes in what was given. Who has signed for which changes is known by [`crate::proven`].
//!
//! Nothing is believed because of who brings it: what is in a file passes what comes from a server passes, and the
//! signature of its author's device beside that.

mod ask;
mod give;
mod take;

pub use give::HandOver;
pub use take::HandedOver;

use crate::error::Error;
use crate::phone::{State, device_record, server_id};
use wurao_protocol::record::Device;
use wurao_protocol::{DeviceId, PersonId, Problem, ServerId, envelope};

/// What both sides ask of each other's phone.
fn peer(state: &mut State, own: &DeviceId, server: &ServerId, device: &DeviceId) -> Result<(), Error> {
    if server_id(state.store.read())? != *server {
        return Err(Error::NotAllowed("other-server"));
    }
    if device == own {
        return Err(Error::NotAllowed("own-hand-over"));
    }
    let revoked = state.trust_list()?.is_some_and(|list| list.phones.iter().any(|phone| phone.device == *device));
    if revoked { Err(Error::NotAllowed("peer-revoked")) } else { Ok(()) }
}

/// Who may work on this phone.
fn own_persons(state: &State) -> Result<Vec<PersonId>, Error> {
    Ok(envelope::open_as::<Device>(&device_record(state)?)?.body.persons)
}

/// What is wrong with what was scanned or opened.
fn unreadable(what: &str, problem: Problem) -> Error {
    let why = match problem {
        Problem::Empty => "is empty",
        Problem::TooLarge => "is larger than any that a phone makes",
        Problem::Version => "is of a newer version: the app needs an update",
        Problem::UnknownDevice => "is not from a phone that this server has let in",
        Problem::WrongSignature | Problem::FrameHash => "was altered, or is not signed by the phone it names",
        _ => "is none, or did not arrive whole",
    };
    Error::BadInput { code: problem.code(), detail: format!("the {what} {why}") }
}
