//! Starting without a valid permit, marked as such; and taking back what was begun by mistake.

use crate::cleared::begun;
use crate::error::{Error, PhoneError};
use crate::fate::fate;
use crate::people::at_work;
use crate::phone::{Phone, State};
use crate::store::{DocumentRow, permits, records};
use wurao_protocol::record::{Cause, Checklist, Late, Site, Void};
use wurao_protocol::standing::Standing;
use wurao_protocol::words::is_plain;
use wurao_protocol::{Digest, DocumentId, PermitId, PersonId, SiteId, Words};
use wurao_record::{Genesis, GenesisSeed};

/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;
/// How a permit stands that there is not.
pub(crate) const NO_PERMIT: &str = "no-permit";

/// What is registered late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateStart {
    /// The permit on this phone that is not valid now; none when there is none for the visit.
    pub permit: Option<PermitId>,
    /// Where; needed when there is no permit.
    pub site: Option<SiteId>,
    /// By which checklist; needed when there is no permit.
    pub checklist: Option<Digest>,
    /// Which of the reasons that there are.
    pub cause: Cause,
    /// The reason in words: not empty, at most 500 characters.
    pub reason: String,
}

/// A site that this phone knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteView {
    /// Which.
    pub id: SiteId,
    /// Its name.
    pub name: Words,
    /// Its twelve-digit division code.
    pub division: String,
}

/// A checklist that this phone knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChecklistView {
    /// Which version, by the hash of its meaning.
    pub hash: Digest,
    /// Its title.
    pub title: Words,
    /// The version as people say it.
    pub version: String,
}

impl Phone {
    /// Starts an inspection without a permit that is valid here and now, as a late registration: it is held until an
    /// approver decides. Refused (`permit-valid`) when the permit is good after all. Starting again is fine.
    pub fn start_late(&self, late: &LateStart) -> Result<DocumentId, PhoneError> {
        let mut state = self.state()?;
        Ok(self.start_late_in(&mut state, late)?)
    }

    /// Says that an inspection was begun by mistake and shall not count. What was answered stays; nobody writes there
    /// any more.
    pub fn void(&self, document: DocumentId, reason: &str) -> Result<(), PhoneError> {
        let mut state = self.state()?;
        Ok(self.void_in(&mut state, document, reason)?)
    }

    /// The sites that this phone knows, by division code.
    pub fn sites(&self) -> Result<Vec<SiteView>, PhoneError> {
        let state = self.state()?;
        let mut sites: Vec<SiteView> = Vec::new();
        for Site { id, name, division, .. } in records::all::<Site>(state.store.read())? {
            sites.retain(|known| known.id != id);
            sites.push(SiteView { id, name, division });
        }
        sites.sort_by(|a, b| (&a.division, a.id).cmp(&(&b.division, b.id)));
        Ok(sites)
    }

    /// The checklists that this phone knows, in the order they came.
    pub fn checklists(&self) -> Result<Vec<ChecklistView>, PhoneError> {
        let state = self.state()?;
        let all = records::all::<Checklist>(state.store.read())?;
        Ok(all.into_iter().map(|c| ChecklistView { hash: c.hash, title: c.title, version: c.version }).collect())
    }

    fn start_late_in(&self, state: &mut State, late: &LateStart) -> Result<DocumentId, Error> {
        let person = at_work(state)?;
        let reason = reason(&late.reason)?;
        let (row, standing) = match late.permit {
            Some(permit) => self.held_permit(state, permit, late, &person)?,
            None => (self.drawn_permit(state, late)?, NO_PERMIT),
        };
        crate::fate::open_for(state, &row.id, &person)?;
        let registered: Vec<Late> = records::all_about(state.store.read(), &row.id.0)?;
        if registered.iter().any(|known| known.person == person) {
            return Ok(row.id);
        }
        // Before anything is signed: without its checklist the phone could show nothing.
        state.checklist(&row.checklist)?;
        let session = self.session(state)?;
        let body = Late {
            document: row.id,
            permit: row.permit,
            site: row.site,
            checklist: row.checklist,
            person,
            actor: session.actor,
            cause: late.cause,
            reason,
            standing: standing.to_owned(),
            at: self.stamp(state)?,
        };
        let record = self.seal(&body, row.id.0.to_vec())?;
        self.begin(state, &row, |tx| records::keep_own(tx, &record))?;
        Ok(row.id)
    }

    /// The inspection of a permit on this phone, and how that stands.
    fn held_permit(
        &self,
        state: &mut State,
        permit: PermitId,
        late: &LateStart,
        person: &PersonId,
    ) -> Result<(DocumentRow, &'static str), Error> {
        let held = permits::get(state.store.read(), &permit)?
            .ok_or(Error::NotFound { what: "permit", id: permit.to_string() })?;
        let visit = &held.permit.visit;
        if late.site.is_some_and(|site| site != visit.site) {
            return Err(Error::NotAllowed("wrong-site"));
        }
        if late.checklist.is_some_and(|checklist| checklist != visit.checklist) {
            return Err(Error::NotAllowed("wrong-checklist"));
        }
        match self.standing(state, &held, person, &visit.site)? {
            Standing::Valid => Err(Error::NotAllowed("permit-valid")),
            Standing::NotOnTeam => Err(Error::NotAllowed("not-on-team")),
            standing => {
                let row = self.row_of(visit.document, permit, visit.site, visit.checklist);
                Ok((row, standing.code()))
            }
        }
    }

    /// An inspection of its own, under a name that is drawn.
    fn drawn_permit(&self, state: &State, late: &LateStart) -> Result<DocumentRow, Error> {
        let missing =
            |what: &str| Error::BadInput { code: "late-incomplete", detail: format!("without a permit, {what}") };
        let site = late.site.ok_or_else(|| missing("a site is needed"))?;
        let checklist = late.checklist.ok_or_else(|| missing("a checklist is needed"))?;
        if records::about::<Site>(state.store.read(), &site.0)?.is_none() {
            return Err(Error::NotFound { what: "site", id: site.to_string() });
        }
        let mut permit = [0; 16];
        self.ports.random.fill(&mut permit).map_err(Error::Random)?;
        let document = Genesis::new(&GenesisSeed { permit, site: site.0, checklist: checklist.0 }).document();
        Ok(self.row_of(DocumentId(document.0), PermitId(permit), site, checklist))
    }

    /// An inspection that starts now.
    pub(crate) fn row_of(&self, id: DocumentId, permit: PermitId, site: SiteId, checklist: Digest) -> DocumentRow {
        DocumentRow { id, permit, site, checklist, started_ms: Some(self.ports.clock.wall_ms()) }
    }

    fn void_in(&self, state: &mut State, document: DocumentId, why: &str) -> Result<(), Error> {
        let person = at_work(state)?;
        let reason = reason(why)?;
        let row = begun(state.store.read(), &document)?;
        if !crate::fate::on_team(state.store.read(), &row, &person)? {
            return Err(Error::NotAllowed("not-on-team"));
        }
        let fate = fate(state.store.read(), &document)?;
        if fate.voided.is_some() {
            return Err(Error::NotAllowed("voided"));
        }
        if fate.closed {
            return Err(Error::NotAllowed("closed"));
        }
        let session = self.session(state)?;
        let void = Void { document, person, actor: session.actor, reason, at: self.stamp(state)? };
        let record = self.seal(&void, document.0.to_vec())?;
        state.store.write(|tx| records::keep_own(tx, &record))
    }
}

/// A reason that can be read.
fn reason(given: &str) -> Result<String, Error> {
    let reason = given.trim();
    if reason.is_empty() {
        return Err(Error::BadInput { code: "reason-missing", detail: "a reason in words is needed".to_owned() });
    }
    if !is_plain(reason) {
        let detail = "it holds a control character or one that turns the direction of what is read".to_owned();
        return Err(Error::BadInput { code: "reason-not-plain", detail });
    }
    let length = reason.chars().count();
    if length > LONGEST_REASON {
        return Err(Error::BadInput { code: "reason-too-long", detail: format!("{length} of 500 characters") });
    }
    Ok(reason.to_owned())
}
