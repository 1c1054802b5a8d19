//! What a colleague's phone lacks, as one file.

use crate::error::{Error, PhoneError};
use crate::fate::{any_on_team, fate};
use crate::people::at_work;
use crate::phone::{Phone, State, device_record, server_key};
use crate::proven::Proven;
use crate::store::{DocumentRow, documents, permits, proofs, records};
use crate::wipe;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use wurao_protocol::cbor::Bytes;
use wurao_protocol::frame::DocumentChanges;
use wurao_protocol::handover::{Ask, Contents, Known};
use wurao_protocol::proof::Proof;
use wurao_protocol::record::{Checklist, Device, Heads, Person, PlanItem, Session, Site};
use wurao_protocol::{DeviceId, Digest, DocumentId, Problem, envelope};
use wurao_record::{Clock, tips};

/// What is handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOver {
    /// The file, for that phone alone; by whatever way it goes there.
    pub file: Vec<u8>,
    /// What people call the phone it is for.
    pub to: String,
    /// Inspections of which it holds changes.
    pub inspections: u32,
    /// Answers and other changes in it.
    pub changes: u64,
    /// Inspections that are left out, for no file may hold that much: the oldest. They are brought to the server by this phone.
    pub left: u32,
}

impl Phone {
    /// Puts together what the phone that asked ([`Phone::ask_hand_over`]) lacks of the inspections that its people are on the
    /// team of: own work and colleagues', each under its author's signature. What the server holds or has refused is left out, and
    /// so is what nobody has signed for yet. Photos' files stay here.
    ///
    /// # Errors
    /// The codes of what cannot be read (`malformed`, `unknown-device`, `wrong-signature`, `too-large`), `other-server`,
    /// `own-hand-over`, `peer-revoked`; `nothing-to-hand-over` when there is no inspection of theirs on this phone.
    pub fn hand_over(&self, asked: &str) -> Result<HandOver, PhoneError> {
        let mut state = self.state()?;
        Ok(self.hand_over_in(&mut state, asked)?)
    }

    fn hand_over_in(&self, state: &mut State, asked: &str) -> Result<HandOver, Error> {
        at_work(state)?;
        let own_record = device_record(state)?;
        wipe::refuse_when_ordered(state)?;
        let server = server_key(state.store.read())?;
        let asked = Ask::from_text(asked, &server).map_err(|problem| super::unreadable("ask", problem))?;
        let own = self.ports.signer.public().device();
        super::peer(state, &own, &asked.body.server, &asked.body.device)?;
        let at = self.stamp(state)?;
        let connection = state.store.read();
        let all = records::all::<Session>(connection)?.into_iter();
        let sessions = all.map(|session| (session.actor, session)).collect();
        let giver = Giver { connection, own, page: server.device(), sessions };
        let mut giving = Vec::new();
        for row in documents::newest_first(connection)? {
            let theirs = any_on_team(connection, &row, &asked.device.persons)?;
            let known = asked.body.known.iter().find(|known| known.document == row.id);
            // What is over is given only to who has begun it and does not know.
            if theirs && (known.is_some() || !fate(connection, &row.id)?.closed) {
                giving.push(giver.inspection(&row, known)?);
            }
        }
        if giving.is_empty() {
            return Err(Error::NotAllowed("nothing-to-hand-over"));
        }
        let trust = permits::trust_record(connection)?;
        let to = (asked.body.server, asked.body.device, at);
        // As much as a file may hold, the newest inspections first.
        let mut most = giving.len();
        let (file, contents) = loop {
            let contents = self.contents(trust.as_deref(), &giving[..most])?;
            match contents.to_file(self.ports.signer.as_ref(), &own_record, to) {
                Err(Problem::TooLarge) if most > 1 => most = most * 3 / 4,
                file => break (file?, contents),
            }
        };
        let changes = contents.documents.iter().map(|entry| entry.changes.len() as u64).sum();
        let left = (giving.len() - most) as u32;
        let inspections = contents.documents.len() as u32;
        Ok(HandOver { file, to: asked.device.name, inspections, changes, left })
    }

    /// What a file says of these inspections; what several of them need is in it once.
    fn contents(&self, trust: Option<&[u8]>, giving: &[Given]) -> Result<Contents, Error> {
        let mut contents = Contents::default();
        contents.records.extend(trust.map(|bytes| Bytes(bytes.to_vec())));
        let mut named = BTreeSet::new();
        for record in giving.iter().flat_map(|given| &given.records) {
            if named.insert(record.0) {
                contents.records.push(Bytes(record.1.clone()));
            }
        }
        contents.proofs = self.own_proofs(giving)?;
        contents.proofs.extend(giving.iter().flat_map(|given| given.proofs.iter().cloned()));
        contents.documents = giving.iter().filter_map(Given::changes).collect();
        Ok(contents)
    }

    /// One signature over all of it; it covers what was written on this phone. Of what is much its heads on the way are named too, so
    /// that who is given it can bring it on piece by piece.
    fn own_proofs(&self, giving: &[Given]) -> Result<Vec<Proof>, Error> {
        let mut pairs: Vec<(DocumentId, Vec<Digest>)> = Vec::new();
        for given in giving.iter().filter(|given| given.own) {
            let mut bytes = 0;
            for (at, change) in given.changes.iter().enumerate() {
                bytes += change.bytes.len();
                if bytes > proofs::APART || at + 1 == given.changes.len() {
                    let heads = tips(given.changes[..=at].iter().map(|change| change.bytes.as_slice()))?;
                    pairs.push((given.document, heads.into_iter().map(Digest).collect()));
                    bytes = 0;
                }
            }
        }
        if pairs.is_empty() {
            return Ok(Vec::new());
        }
        let record = envelope::seal(self.ports.signer.as_ref(), &Heads::over_pairs(&pairs))?;
        Ok(Proof::all(&record, &pairs))
    }
}

/// A record by its name.
type Named = (Digest, Vec<u8>);

/// What is given of one inspection.
struct Given {
    document: DocumentId,
    records: Vec<Named>,
    changes: Vec<documents::Written>,
    /// Colleagues' and the server's.
    proofs: Vec<Proof>,
    /// Whether anything of it was written on this phone.
    own: bool,
}

impl Given {
    fn changes(&self) -> Option<DocumentChanges> {
        let changes: Vec<Bytes> = self.changes.iter().map(|change| Bytes(change.bytes.clone())).collect();
        (!changes.is_empty()).then_some(DocumentChanges { document: self.document, heads: None, changes })
    }
}

struct Giver<'a> {
    connection: &'a Connection,
    own: DeviceId,
    /// The server's own device: what is chosen on its page is signed one by one.
    page: DeviceId,
    /// By actor.
    sessions: BTreeMap<[u8; 16], Session>,
}

impl Giver<'_> {
    fn inspection(&self, row: &DocumentRow, known: Option<&Known>) -> Result<Given, Error> {
        let sessions = &self.sessions;
        let (changes, proofs) = self.proven(row, known)?;
        let about = records::about_inspection(self.connection, &row.id)?;
        let mut actors: BTreeSet<[u8; 16]> = changes.iter().map(|change| change.actor.0).collect();
        actors.extend(about.iter().filter_map(|record| record.actor));
        let mut records = Vec::new();
        let writers: Vec<&Session> = actors.iter().filter_map(|actor| sessions.get(actor)).collect();
        for session in &writers {
            records.extend(self.newest::<Device>(&session.device.0)?);
            records.extend(self.newest::<Person>(&session.person.0)?);
        }
        if known.is_none() {
            records.extend(self.foundation(row)?);
        }
        for session in &writers {
            records.extend(self.newest::<Session>(&session.actor)?);
        }
        for change in changes.iter().filter(|change| self.is_page(change)) {
            let root = crate::sync::page_heads(&row.id, &Digest(change.hash)).root;
            for bytes in records::bytes_about::<Heads>(self.connection, &root.0)? {
                records.push((envelope::open(&bytes)?.id, bytes));
            }
        }
        records.extend(about.into_iter().map(|record| (record.id, record.bytes)));
        let own = changes.iter().any(|change| self.device(change) == Some(self.own));
        Ok(Given { document: row.id, records, changes, proofs, own })
    }

    /// What can be given of the changes that the asker lacks, in causal order, with the proofs for what others wrote: nothing
    /// unproven, and nothing that stands on what is not given.
    fn proven(&self, row: &DocumentRow, known: Option<&Known>) -> Result<(Vec<documents::Written>, Vec<Proof>), Error> {
        let mut theirs = Clock::new();
        for head in known.iter().flat_map(|known| &known.heads) {
            if let Some(clock) = documents::clock(self.connection, &row.id, &head.0)? {
                theirs.merge(&clock);
            }
        }
        let kept = proofs::of(self.connection, &row.id)?;
        let (mut candidates, mut left_out) = (Vec::new(), Vec::new());
        for change in documents::written(self.connection, &row.id)? {
            if theirs.covers(&change.actor, change.seq) {
                continue;
            }
            if change.in_force { candidates.push(change) } else { left_out.push((change.actor, change.seq)) }
        }
        loop {
            candidates.retain(|change| !left_out.iter().any(|(actor, seq)| change.clock.covers(actor, *seq)));
            let mut proven = Proven::default();
            for kept in &kept {
                let changes = candidates.iter().map(|change| change.bytes.as_slice());
                proven.add(&row.id, changes, &kept.proof, kept.signer);
            }
            let unproven = candidates.iter().filter(|change| match self.device(change) {
                Some(device) if device == self.own || device == self.page => false,
                Some(device) => [device, self.page].iter().all(|signer| !proven.by(&row.id, &change.hash, signer)),
                None => true,
            });
            let more: Vec<_> = unproven.map(|change| (change.actor, change.seq)).collect();
            if more.is_empty() {
                break;
            }
            left_out.extend(more);
        }
        let of_use = |kept: &proofs::Kept| {
            let head = |head: &Digest| candidates.iter().any(|change| change.hash == head.0);
            kept.proof.heads.iter().any(head).then(|| kept.proof.clone())
        };
        let proofs = kept.iter().filter_map(of_use).collect();
        Ok((candidates, proofs))
    }

    fn device(&self, change: &documents::Written) -> Option<DeviceId> {
        self.sessions.get(&change.actor.0).map(|session| session.device)
    }

    fn is_page(&self, change: &documents::Written) -> bool {
        self.device(change) == Some(self.page)
    }

    /// What somebody needs who has never heard of this inspection.
    fn foundation(&self, row: &DocumentRow) -> Result<Vec<Named>, Error> {
        let mut found = Vec::new();
        found.extend(self.newest::<Site>(&row.site.0)?);
        found.extend(self.newest::<Checklist>(&row.checklist.0)?);
        if let Some(held) = permits::get(self.connection, &row.permit)? {
            found.extend(self.newest::<PlanItem>(&held.permit.visit.plan_item.0)?);
            found.push((held.envelope.id, held.bytes));
        }
        Ok(found)
    }

    fn newest<T: wurao_protocol::record::RecordBody>(&self, subject: &[u8]) -> Result<Option<Named>, Error> {
        let bytes = records::newest_about(self.connection, T::KIND, subject)?;
        bytes.map(|bytes| Ok((envelope::open(&bytes)?.id, bytes))).transpose()
    }
}
