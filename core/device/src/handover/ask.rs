//! What this phone has, so that a colleague's can give it the rest.

use crate::error::{Error, PhoneError};
use crate::fate::{any_on_team, fate};
use crate::phone::{Phone, State, device_record, server_id};
use crate::store::{Rows, documents};
use crate::wipe;
use wurao_protocol::Digest;
use wurao_protocol::handover::{Ask, Known};
use wurao_record::History;

/// The most inspections named, the newest first: an ask is shown as a code. Of one that is not named all is given.
const MOST_NAMED: usize = 12;
/// The most heads named of one.
const MOST_HEADS: usize = 4;

impl Phone {
    /// A text to be shown as a QR code, or sent, to a colleague's phone that shall hand over what this one lacks
    /// ([`Phone::hand_over`]). It says which phone this is and how far it knows which inspections. No network is needed.
    ///
    /// # Errors
    /// `not-enrolled`, `wiped`, `device-revoked`.
    pub fn ask_hand_over(&self) -> Result<String, PhoneError> {
        let state = self.state()?;
        Ok(self.ask_in(&state)?)
    }

    fn ask_in(&self, state: &State) -> Result<String, Error> {
        let device = device_record(state)?;
        wipe::refuse_when_ordered(state)?;
        let connection = state.store.read();
        let server = server_id(connection)?;
        let persons = super::own_persons(state)?;
        let mut known = Vec::new();
        for row in documents::newest_first(connection)? {
            if !any_on_team(connection, &row, &persons)? || fate(connection, &row.id)?.closed {
                continue;
            }
            let heads = Rows { connection, document: row.id }.heads()?;
            if heads.len() <= MOST_HEADS && known.len() < MOST_NAMED {
                known.push(Known { document: row.id, heads: heads.into_iter().map(Digest).collect() });
            }
        }
        let ask = Ask { server, device: self.ports.signer.public().device(), known, at: self.stamp(state)? };
        Ok(ask.to_text(self.ports.signer.as_ref(), &device)?)
    }
}
