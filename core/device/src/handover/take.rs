//! Taking in what a colleague's phone has handed over.

use crate::error::{Error, PhoneError};
use crate::phone::{Phone, State, server_key};
use crate::proven::Proven;
use crate::store::proofs;
use crate::sync::{SyncReport, taker};
use crate::wipe;
use wurao_protocol::handover::Contents;
use wurao_protocol::sync::Feed;

/// What came of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedOver {
    /// What people call the phone it is from.
    pub from: String,
    /// Answers and other changes that were new here.
    pub changes: u64,
    /// Records that were new here: sessions, leaves, photos' entries and what else belongs to an inspection.
    pub records: u64,
    /// Items that did not pass and were set aside.
    pub set_aside: u64,
}

impl Phone {
    /// Takes in a file that a colleague's phone made for this one ([`Phone::hand_over`]). Each thing in it passes the same checks
    /// as what comes from the server, and the signature of who wrote it; what is new is shown at once and brought to the server with the
    /// next sync, under its author's name. Taking the same twice is taking it once.
    ///
    /// # Errors
    /// The codes of what cannot be read (`empty-body`, `malformed`, `unknown-version`, `unknown-device`, `wrong-signature`,
    /// `frame-hash`, `too-large`), `other-server`, `other-device` when it is for another phone, `own-hand-over`, `peer-revoked`. Nothing of it
    /// is taken then.
    pub fn take_hand_over(&self, file: &[u8]) -> Result<HandedOver, PhoneError> {
        let mut state = self.state()?;
        Ok(self.take_in(&mut state, file)?)
    }

    fn take_in(&self, state: &mut State, file: &[u8]) -> Result<HandedOver, Error> {
        let server = server_key(state.store.read())?;
        wipe::refuse_when_ordered(state)?;
        let (giver, contents) =
            Contents::from_file(file, &server).map_err(|problem| super::unreadable("hand-over file", problem))?;
        let own = self.ports.signer.public().device();
        super::peer(state, &own, &giver.body.server, &giver.body.from)?;
        if giver.body.to != own {
            return Err(Error::NotAllowed("other-device"));
        }
        let taker = taker(self, state)?.of_a_colleague(super::own_persons(state)?);
        let Contents { records, documents, proofs: brought } = contents;
        let mut report = SyncReport::default();
        state.store.write(|tx| {
            taker.take(tx, &Feed { records, ..Feed::default() }, &mut report)?;
            // Who may have signed is known once their phones' records are here.
            let (proven, held) = Proven::of(tx, &server, &documents, &brought)?;
            let feed = Feed { documents, ..Feed::default() };
            taker.with(proven).take(tx, &feed, &mut report)?;
            held.iter().try_for_each(|kept| proofs::keep(tx, &kept.signer, &kept.proof))
        })?;
        state.forget_trust();
        Ok(HandedOver {
            from: giver.device.name,
            changes: report.changes_received,
            records: report.records_received,
            set_aside: report.quarantined,
        })
    }
}
