//! What has become of an inspection: closed, voided, withdrawn, registered late; read from the records about it.

use crate::error::Error;
use crate::phone::State;
use crate::store::{documents, permits, records};
use rusqlite::Connection;
use wurao_protocol::record::{Decision, Late, Leave, Person, Verdict, Void};
use wurao_protocol::{DocumentId, PersonId};

/// A late registration, as the screen shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateView {
    /// How far it is.
    pub state: LateState,
    /// The cause's code: `network`, `urgent`, `clock`.
    pub cause: &'static str,
    /// The reason in the inspector's words.
    pub reason: String,
    /// How the permit stood then: `expired`, `no-permit`, ...
    pub standing: String,
    /// Who registered, by name.
    pub by: String,
    /// What the approver said, when they said something.
    pub answer: Option<String>,
}

/// How far a late registration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateState {
    /// Not decided yet.
    Waiting,
    /// Approved: the inspection counts.
    Registered,
    /// Turned down.
    NotRegistered,
}

/// What has become of an inspection.
#[derive(Default)]
pub(crate) struct Fate {
    /// The whole team has left, or its time is over.
    pub(crate) closed: bool,
    /// It shall not count; why.
    pub(crate) voided: Option<String>,
    /// Its permit was withdrawn; why.
    pub(crate) withdrawn: Option<String>,
    /// It was begun without a valid permit.
    pub(crate) late: Option<LateView>,
}

/// Reads it.
pub(crate) fn fate(connection: &Connection, document: &DocumentId) -> Result<Fate, Error> {
    let subject = &document.0;
    let mut fate = Fate::default();
    if let Some(void) = records::undeclined_about::<Void>(connection, subject)?.pop() {
        fate.voided = Some(void.reason);
    }
    // Of several the first: a colleague's own is theirs.
    let mut registration = None;
    if let Some((id, late)) = records::named_about::<Late>(connection, subject)?.into_iter().next() {
        registration = Some(id);
        fate.late = Some(LateView {
            state: LateState::Waiting,
            cause: late.cause.code(),
            reason: late.reason,
            standing: late.standing,
            by: name(connection, &late.person)?,
            answer: None,
        });
    }
    for decision in records::all_about::<Decision>(connection, subject)? {
        let said = decision.reason.unwrap_or_default();
        let is_of_it = registration.is_some_and(|id| decision.heads.contains(&id));
        match decision.verdict {
            Verdict::Closed => fate.closed = true,
            Verdict::Voided => fate.voided = Some(said),
            Verdict::Withdrawn => fate.withdrawn = Some(said),
            Verdict::Registered if is_of_it => decided(&mut fate, LateState::Registered, said),
            Verdict::NotRegistered if is_of_it => decided(&mut fate, LateState::NotRegistered, said),
            Verdict::Registered | Verdict::NotRegistered | Verdict::Accepted | Verdict::Declined => {}
        }
    }
    Ok(fate)
}

fn decided(fate: &mut Fate, state: LateState, said: String) {
    if let Some(late) = &mut fate.late {
        late.state = state;
        late.answer = Some(said).filter(|said| !said.is_empty());
    }
}

fn name(connection: &Connection, person: &PersonId) -> Result<String, Error> {
    let known: Option<Person> = records::about(connection, &person.0)?;
    Ok(known.map_or_else(|| person.to_string(), |person| person.name))
}

/// Whether this person is one of an inspection's team: named by its permit, or one who registered it late.
pub(crate) fn on_team(connection: &Connection, row: &documents::DocumentRow, person: &PersonId) -> Result<bool, Error> {
    if permits::get(connection, &row.permit)?.is_some_and(|held| held.permit.names(person)) {
        return Ok(true);
    }
    // Also when the server has refused the registration: what was written is still theirs to see.
    let lates: Vec<Late> = records::ever_about(connection, &row.id.0)?;
    Ok(lates.iter().any(|late| late.person == *person))
}

/// Whether any of these people is.
pub(crate) fn any_on_team(
    connection: &Connection,
    row: &documents::DocumentRow,
    persons: &[PersonId],
) -> Result<bool, Error> {
    for person in persons {
        if on_team(connection, row, person)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether this person has left. Whose leave was declined is still there.
pub(crate) fn has_left(connection: &Connection, document: &DocumentId, person: &PersonId) -> Result<bool, Error> {
    let leaves: Vec<Leave> = records::undeclined_about(connection, &document.0)?;
    Ok(leaves.iter().any(|leave| leave.person == *person))
}

/// Refuses an inspection in which nobody writes any more, and one that this person has left.
pub(crate) fn open_for(state: &State, document: &DocumentId, person: &PersonId) -> Result<(), Error> {
    let connection = state.store.read();
    let fate = fate(connection, document)?;
    if fate.voided.is_some() {
        return Err(Error::NotAllowed("voided"));
    }
    if fate.closed {
        return Err(Error::NotAllowed("closed"));
    }
    if has_left(connection, document, person)? {
        return Err(Error::NotAllowed("has-left"));
    }
    Ok(())
}
