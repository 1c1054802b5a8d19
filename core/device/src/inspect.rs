//! The inspector's verbs: start, answer, add and remove rows, choose, leave.
//!
//! Each is one change or one record in one transaction: when the call returns, it is saved.

use crate::checklists::Compiled;
use crate::error::{Error, PhoneError};
use crate::fate::{on_team, open_for};
use crate::people::at_work;
use crate::phone::{Phone, State};
use crate::store::{DocumentRow, Rows, documents, permits, records};
use crate::wipe;
use rusqlite::Transaction;
use wurao_checklist::{Key, ROOT, Value, parse_answer};
use wurao_inspection::{key, remarked, scalar, text};
use wurao_planted::{Bug, is as planted};
use wurao_protocol::record::Leave;
use wurao_protocol::standing::Standing;
use wurao_protocol::{Digest, DocumentId, PermitId, SiteId};
use wurao_record::{
    ActorId, Field, History, Map, OpId, OpRow, Put, RowPart, Scalar, add_row_puts, build, choice_key, choose_puts,
    field, read, removal_puts, row_key,
};

/// One key of a document with all its live values, for comparison with another holder of the same document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RawValue {
    /// The map, `answers` for instance.
    pub map: String,
    /// The key in it.
    pub key: String,
    /// The different live values as text, the one shown first.
    pub values: Vec<String>,
}

impl Phone {
    /// Starts an inspection under a permit: refused without a valid one. Starting again is fine.
    pub fn start(&self, permit: PermitId) -> Result<DocumentId, PhoneError> {
        let mut state = self.state()?;
        Ok(self.start_under(&mut state, permit, None)?)
    }

    /// The same at a site that is known, from a map or a sign: refused (`wrong-site`) when the permit is for another.
    pub fn start_at(&self, permit: PermitId, site: SiteId) -> Result<DocumentId, PhoneError> {
        let mut state = self.state()?;
        Ok(self.start_under(&mut state, permit, Some(site))?)
    }

    /// Saves one answer. `raw` is what the person entered or picked, empty to clear. A note to a failed answer goes to
    /// the question named `<question>#note`.
    pub fn answer(&self, document: DocumentId, question: &str, instance: &str, raw: &str) -> Result<(), PhoneError> {
        let mut state = self.state()?;
        let row = state.cleared(&document)?;
        let compiled = state.checklist(&row.checklist)?;
        let value = parse(&compiled, question, raw)?;
        self.check_place(&state, &row, &compiled, compiled.repeat_of(base(question)), instance)?;
        let put = Put::new(Map::Answers, key(question, instance), value);
        Ok(self.write(&mut state, &row, &[put])?)
    }

    /// Adds a row to a repeated group (by its uid) below an instance (`-` at the top); returns the row's instance id.
    pub fn add_row(&self, document: DocumentId, kind: &str, parent: &str) -> Result<String, PhoneError> {
        let mut state = self.state()?;
        let row = state.cleared(&document)?;
        let compiled = state.checklist(&row.checklist)?;
        compiled.repeat(kind)?;
        self.check_place(&state, &row, &compiled, compiled.repeat_of(kind), parent)?;
        let mut random = [0; 8];
        self.ports.random.fill(&mut random).map_err(Error::Random)?;
        let instance = hex::encode(random);
        // Rows sort by when they were added; rows added at once on two phones, by their ids.
        let order = format!("{:013}", self.ports.clock.wall_ms().max(0));
        let parent = (parent != ROOT).then_some(parent);
        self.write(&mut state, &row, &add_row_puts(&instance, kind, parent, &order))?;
        Ok(instance)
    }

    /// Removes a row with its answers. An answer that a colleague writes unseen brings it back.
    pub fn remove_row(&self, document: DocumentId, instance: &str) -> Result<(), PhoneError> {
        let mut state = self.state()?;
        let row = state.cleared(&document)?;
        let ops: Vec<OpRow> = documents::live(state.store.read(), &document)?
            .into_iter()
            .filter(|op| op.map == Map::Answers && wurao_record::instance_of_answer(&op.key) == Some(instance))
            .collect();
        Ok(self.write(&mut state, &row, &removal_puts(instance, &ops))?)
    }

    /// Settles a conflict by one of the values that are in it now. A screen has shown them before, and a sync may have brought
    /// another since: it calls [`Phone::choose_among`].
    pub fn choose(&self, document: DocumentId, question: &str, instance: &str, raw: &str) -> Result<(), PhoneError> {
        Ok(self.choose_of(document, question, instance, raw, None)?)
    }

    /// Settles a conflict by one of the values that a form showed, of which `among` is the field's. Refused (`stale-choice`)
    /// when another value has come since: nobody chooses among what they have not seen.
    pub fn choose_among(
        &self,
        document: DocumentId,
        question: &str,
        instance: &str,
        raw: &str,
        among: &str,
    ) -> Result<(), PhoneError> {
        Ok(self.choose_of(document, question, instance, raw, Some(among))?)
    }

    fn choose_of(
        &self,
        document: DocumentId,
        question: &str,
        instance: &str,
        raw: &str,
        among: Option<&str>,
    ) -> Result<(), Error> {
        let mut state = self.state()?;
        let row = state.cleared(&document)?;
        let compiled = state.checklist(&row.checklist)?;
        let chosen = parse(&compiled, question, raw)?;
        let key = key(question, instance);
        let rows = Rows { connection: state.store.read(), document };
        let found = field(&rows.live(Map::Answers, &key)?, &rows.live(Map::Choices, &choice_key(Map::Answers, &key))?);
        if found.standing != wurao_record::Standing::Conflict || !found.values.iter().any(|held| held.value == chosen) {
            return Err(Error::BadInput { code: "bad-choice", detail: format!("{key}: not among its values") });
        }
        if among.is_some_and(|among| among != choosable(&found)) {
            return Err(Error::BadInput {
                code: "stale-choice",
                detail: format!("{key}: another value has come since"),
            });
        }
        let puts = choose_puts(&found, Map::Answers, &key, &chosen);
        let puts = if planted(Bug::ChoiceAlone) { &puts[1..] } else { &puts[..] };
        self.write(&mut state, &row, puts)
    }

    /// Signs that the person at work is done here. What they wrote until now is never late.
    pub fn leave(&self, document: DocumentId) -> Result<(), PhoneError> {
        let mut state = self.state()?;
        let row = state.cleared(&document)?;
        let session = self.session(&mut state)?;
        let at = self.stamp(&state)?;
        let rows = Rows { connection: state.store.read(), document };
        let mut heads: Vec<Digest> = rows.heads()?.into_iter().map(Digest).collect();
        if heads.is_empty() {
            heads.push(Digest(row.genesis().hash()));
        }
        heads.sort_unstable();
        let leave = Leave { document, person: session.person, actor: session.actor, heads, at };
        let record = self.seal(&leave, document.0.to_vec())?;
        Ok(state.store.write(|tx| records::keep_own(tx, &record))?)
    }

    /// Every key of a document that holds a value, with all live ones.
    pub fn values(&self, document: DocumentId) -> Result<Vec<RawValue>, PhoneError> {
        let state = self.state()?;
        may_see(&state, &document)?;
        let live = documents::live(state.store.read(), &document)?;
        let mut values = Vec::new();
        for ops in live.chunk_by(|a, b| (a.map, &a.key) == (b.map, &b.key)) {
            let found = field(ops, &[]);
            values.push(RawValue {
                map: ops[0].map.name().to_owned(),
                key: ops[0].key.clone(),
                values: found.values.iter().map(|held| text(&held.value)).collect(),
            });
        }
        Ok(values)
    }

    /// That an instance is a row of this repeat, or the top outside of repeats.
    pub(crate) fn check_place(
        &self,
        state: &State,
        row: &DocumentRow,
        compiled: &Compiled,
        repeat: Option<&str>,
        instance: &str,
    ) -> Result<(), Error> {
        let fits = match repeat {
            None => instance == ROOT,
            Some(_) if instance == ROOT => false,
            Some(kind) if is_made_row(state, row, kind, instance)? => true,
            Some(kind) => {
                let answers = compiled.answers(&documents::live(state.store.read(), &row.id)?, &self.moment());
                answers.rows.iter().any(|row| row.instance == instance && row.kind == kind)
            }
        };
        if fits { Ok(()) } else { Err(Error::NotFound { what: "row", id: instance.to_owned() }) }
    }

    fn start_under(&self, state: &mut State, permit: PermitId, site: Option<SiteId>) -> Result<DocumentId, Error> {
        let person = at_work(state)?;
        let held = permits::get(state.store.read(), &permit)?
            .ok_or(Error::NotFound { what: "permit", id: permit.to_string() })?;
        let visit = &held.permit.visit;
        let standing = self.standing(state, &held, &person, &site.unwrap_or(visit.site))?;
        if standing != Standing::Valid {
            return Err(Error::NotAllowed(standing.code()));
        }
        open_for(state, &visit.document, &person)?;
        wipe::refuse_when_ordered(state)?;
        let row = self.row_of(visit.document, permit, visit.site, visit.checklist);
        state.checklist(&row.checklist)?;
        self.begin(state, &row, |_| Ok(()))?;
        Ok(row.id)
    }

    /// Builds one change from rows and keeps it.
    pub(crate) fn write(&self, state: &mut State, row: &DocumentRow, puts: &[Put]) -> Result<(), Error> {
        let session = self.session_in(state, row)?;
        let time_ms = self.time_in(&session);
        let genesis = row.genesis();
        state.store.write(|tx| {
            let rows = Rows { connection: tx, document: row.id };
            let change = build(&genesis, &rows, &ActorId(session.actor), time_ms, puts)?;
            documents::add(tx, &row.id, &change, "unsent")
        })
    }
}

/// Whether a row stands that somebody made, as far as its own keys say; not asking about all rows keeps a tap in one as quick
/// as any. One that was removed, or is there by itself, is not told of by these.
fn is_made_row(state: &State, row: &DocumentRow, kind: &str, instance: &str) -> Result<bool, Error> {
    let rows = Rows { connection: state.store.read(), document: row.id };
    let mut ops = Vec::new();
    for part in RowPart::ALL {
        ops.extend(rows.live(Map::Repeats, &row_key(instance, part))?);
    }
    Ok(read(&ops).rows.iter().any(|row| row.kind == kind))
}

/// Refuses to show an inspection to who is not of its team: people who share a phone do not share their work.
pub(crate) fn may_see(state: &State, document: &DocumentId) -> Result<DocumentRow, Error> {
    let person = at_work(state)?;
    let row = documents::get(state.store.read(), document)?
        .ok_or(Error::NotFound { what: "inspection", id: document.to_string() })?;
    if on_team(state.store.read(), &row, &person)? { Ok(row) } else { Err(Error::NotAllowed("not-on-team")) }
}

/// The puts between which somebody may choose, as a form names them; empty when there is nothing to choose.
pub(crate) fn choosable(field: &Field) -> String {
    if field.standing != wurao_record::Standing::Conflict {
        return String::new();
    }
    let mut among: Vec<OpId> = field.values.iter().flat_map(|held| &held.stamps).map(|stamp| stamp.id).collect();
    among.sort_unstable();
    among.iter().map(OpId::to_string).collect::<Vec<_>>().join(" ")
}

/// The question that a note belongs to, or the question itself.
fn base(question: &str) -> &str {
    remarked(question).unwrap_or(question)
}

/// What a person entered, as the question's kind of value.
fn parse(compiled: &Compiled, question: &str, raw: &str) -> Result<Scalar, Error> {
    if base(question) != question {
        compiled.question(base(question))?;
        return Ok(scalar(&Value::Text(raw.trim().to_owned())));
    }
    let question = compiled.question(question)?;
    Ok(scalar(&parse_answer(question, compiled.template().choices_of(question), raw)?))
}

impl Phone {
    /// Notes that an inspection is begun here, with what is computed once at its first start (metadata of the device,
    /// defaults that read the clock) and whatever goes with it, in one transaction: begun by half it would stay so.
    pub(crate) fn begin(
        &self,
        state: &mut State,
        row: &DocumentRow,
        with: impl FnOnce(&Transaction<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let first = documents::get(state.store.read(), &row.id)?.is_none_or(|known| known.started_ms.is_none());
        let puts = if first { self.computed(state, row)? } else { Vec::new() };
        let session = if puts.is_empty() { None } else { Some(self.session_in(state, row)?) };
        let genesis = row.genesis();
        state.store.write(|tx| {
            documents::keep(tx, row)?;
            with(tx)?;
            let Some(session) = &session else { return Ok(()) };
            let rows = Rows { connection: tx, document: row.id };
            let change = build(&genesis, &rows, &ActorId(session.actor), self.time_in(session), &puts)?;
            documents::add(tx, &row.id, &change, "unsent")
        })
    }

    /// Puts what an evaluation says is to be stored, if anything, as one change.
    pub(crate) fn compute_anew(&self, state: &mut State, row: &DocumentRow) -> Result<(), Error> {
        let puts = self.computed(state, row)?;
        if puts.is_empty() { Ok(()) } else { self.write(state, row, &puts) }
    }

    /// What an evaluation says is to be stored.
    fn computed(&self, state: &mut State, row: &DocumentRow) -> Result<Vec<Put>, Error> {
        let compiled = state.checklist(&row.checklist)?;
        let moment = self.moment();
        let answers = compiled.answers(&documents::live(state.store.read(), &row.id)?, &moment);
        let computed = compiled.program().evaluate(&answers, &moment).to_store;
        let put =
            |Key { question, instance }: &Key, value| Put::new(Map::Answers, key(question, instance), scalar(value));
        Ok(computed.iter().map(|computed| put(&computed.key, &computed.value)).collect())
    }

    /// The moment an evaluation is pinned to.
    pub(crate) fn moment(&self) -> wurao_checklist::Moment {
        wurao_checklist::Moment::new(self.ports.clock.wall_ms(), self.ports.clock.offset_minutes())
    }
}
