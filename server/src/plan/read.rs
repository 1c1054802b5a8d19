//! What the plan's pages and rules read. What starts from the whole takes a [`Sight`].

use super::item::{Content, Deed, Item, ItemKind, ItemPerson, ItemSite, ItemState, Joint, Step, Voided};
use super::level::{Level, LevelRules, NoLevel};
use super::period::Period;
use crate::store::read;
use crate::{Error, Scope};
use rusqlite::{Connection, OptionalExtension, Row, params};
use wurao_protocol::record::Site;
use wurao_protocol::{BodyId, Digest, DocumentId, PermitId, PersonId, PlanItemId, SiteId, Words};

/// What somebody sees of the plan: items of bodies in their scope for areas or sites in it, and drafts only where they
/// plan themselves.
#[derive(Clone, Debug)]
pub struct Sight {
    /// Where they read.
    pub reads: Scope,
    /// Where they plan.
    pub plans: Option<Scope>,
}

/// Which items of a year.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The year.
    pub year: Option<u16>,
    /// One item.
    pub id: Option<PlanItemId>,
}

/// The body (`?2`) and the area (`?1`) of who reads; drafts by where they plan (`?3`, `?4`, `?5`).
const SEEN: &str = "(?2 IS NULL OR i.body = ?2 OR EXISTS (SELECT 1 FROM plan_joint j JOIN plan_item o ON o.id = j.other \
                    WHERE j.item = i.id AND o.body = ?2)) \
                    AND (substr(i.division, 1, length(?1)) = ?1 OR (i.state <> 'draft' AND EXISTS (SELECT 1 \
                    FROM plan_site ps JOIN site s ON s.id = ps.site WHERE ps.item = i.id \
                    AND substr(s.division, 1, length(?1)) = ?1))) \
                    AND (i.state <> 'draft' OR (?3 = 1 AND substr(i.division, 1, length(?4)) = ?4 \
                    AND (?5 IS NULL OR i.body = ?5)))";

const COLUMNS: &str = "i.id, i.number, i.body, b.zh, b.en, i.year, i.kind, i.reason, i.level, i.zh, i.en, i.from_day, \
                       i.to_day, i.checklist, i.minutes, i.state, i.merged_into, i.override_reason, i.division, \
                       i.submitted_by, i.version";

/// The items somebody sees, by number. Of their sites only those in the scope.
pub fn items(db: &Connection, sight: &Sight, filter: &Filter) -> Result<Vec<Item>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM plan_item i JOIN body b ON b.id = i.body WHERE {SEEN} \
         AND (?6 IS NULL OR i.year = ?6) AND (?7 IS NULL OR i.id = ?7) ORDER BY i.number IS NULL, i.number, i.id"
    );
    let plans = sight.plans.as_ref();
    let values = params![
        sight.reads.prefix(),
        sight.reads.body_bytes(),
        i64::from(plans.is_some()),
        plans.map_or("", Scope::prefix),
        plans.and_then(Scope::body_bytes),
        filter.year,
        filter.id.map(|id| id.0),
    ];
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(row_item(row)?);
    }
    for item in &mut found {
        fill(db, item)?;
        item.sites.retain(|site| sight.reads.sees(&site.division));
    }
    Ok(found)
}

/// One item, when it is seen.
pub fn item(db: &Connection, sight: &Sight, id: &PlanItemId) -> Result<Option<Item>, Error> {
    Ok(items(db, sight, &Filter { id: Some(*id), year: None })?.pop())
}

/// One item with all its sites, for the rules; whoever asks has seen it before.
pub(super) fn whole(db: &Connection, id: &PlanItemId) -> Result<Item, Error> {
    let sql = format!("SELECT {COLUMNS} FROM plan_item i JOIN body b ON b.id = i.body WHERE i.id = ?1");
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![id.0])?;
    let row = rows.next()?.ok_or(Error::Missing("a plan item"))?;
    let mut item = row_item(row)?;
    fill(db, &mut item)?;
    Ok(item)
}

fn row_item(row: &Row<'_>) -> Result<Item, Error> {
    let named = |()| Error::Missing("a plan item's column");
    let (from, to): (Option<i32>, Option<i32>) = (row.get(11)?, row.get(12)?);
    Ok(Item {
        id: PlanItemId(row.get(0)?),
        number: row.get(1)?,
        body: BodyId(row.get(2)?),
        body_name: Words { zh: row.get(3)?, en: row.get(4)? },
        content: Content {
            year: row.get(5)?,
            kind: row.get::<_, String>(6)?.parse().map_err(named)?,
            reason: row.get(7)?,
            level: row.get::<_, String>(8)?.parse().map_err(|NoLevel| named(()))?,
            purpose: Words { zh: row.get(9)?, en: row.get(10)? },
            sites: Vec::new(),
            period: from.zip(to).map(|(from, to)| Period { from, to }),
            checklist: row.get::<_, Option<[u8; 32]>>(13)?.map(Digest),
            team: Vec::new(),
            minutes: row.get(14)?,
        },
        sites: Vec::new(),
        team: Vec::new(),
        joint: Vec::new(),
        state: row.get::<_, String>(15)?.parse().map_err(named)?,
        merged_into: row.get::<_, Option<[u8; 16]>>(16)?.map(PlanItemId),
        override_reason: row.get(17)?,
        division: row.get(18)?,
        submitted_by: row.get::<_, Option<[u8; 16]>>(19)?.map(PersonId),
        version: row.get(20)?,
    })
}

/// Sites, team and joint visits, and the state that follows from the visits.
fn fill(db: &Connection, item: &mut Item) -> Result<(), Error> {
    item.sites = sites(db, &item.id)?;
    item.content.sites = item.sites.iter().map(|site| site.id).collect();
    item.joint = joint(db, &item.id)?;
    item.team = team(db, &item.id)?;
    item.content.team = item.team.iter().map(|person| person.id).collect();
    for other in others(&item.joint) {
        for person in team(db, &other)? {
            if !item.team.contains(&person) {
                item.team.push(person);
            }
        }
    }
    if item.state == ItemState::Approved {
        item.state = ItemState::of_visits(&item.sites);
    }
    Ok(())
}

fn others(joint: &[Joint]) -> Vec<PlanItemId> {
    let mut others: Vec<_> = joint.iter().map(|joint| joint.other).collect();
    others.sort_unstable();
    others.dedup();
    others
}

fn sites(db: &Connection, item: &PlanItemId) -> Result<Vec<ItemSite>, Error> {
    let sql = "SELECT s.id, s.zh, s.en, s.division, ps.permit, n.document, n.withdrawn_ms, n.closed_ms, \
               EXISTS (SELECT 1 FROM change c WHERE c.document = n.document) \
               OR EXISTS (SELECT 1 FROM evidence e WHERE e.document = n.document), \
               n.voided_ms, COALESCE(n.voided_reason, ''), \
               COALESCE((SELECT p.name FROM decision d JOIN person p ON p.id = d.person \
                         WHERE d.document = n.document AND d.verdict = 'voided' LIMIT 1), '') \
               , {MADE} FROM plan_site ps JOIN site s ON s.id = ps.site \
               LEFT JOIN inspection n ON n.permit = ps.permit WHERE ps.item = ?1 ORDER BY s.division, s.id";
    let mut statement = db.prepare_cached(&sql.replace("{MADE}", MADE))?;
    let rows = statement.query_map(params![item.0], |row| {
        Ok(ItemSite {
            id: SiteId(row.get(0)?),
            name: Words { zh: row.get(1)?, en: row.get(2)? },
            division: row.get(3)?,
            permit: row.get::<_, Option<[u8; 16]>>(4)?.map(PermitId),
            document: row.get::<_, Option<[u8; 16]>>(5)?.map(DocumentId),
            withdrawn_ms: row.get(6)?,
            closed_ms: row.get(7)?,
            begun: row.get(8)?,
            made: row.get(12)?,
            voided: match row.get(9)? {
                Some(at_ms) => Some(Voided { at_ms, reason: row.get(10)?, by: row.get(11)? }),
                None => None,
            },
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The team of an item.
pub(super) fn team(db: &Connection, item: &PlanItemId) -> Result<Vec<ItemPerson>, Error> {
    let sql = "SELECT p.id, p.name, b.zh, b.en FROM plan_team t JOIN person p ON p.id = t.person \
               JOIN body b ON b.id = p.body WHERE t.item = ?1 ORDER BY p.name, p.id";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![item.0], person)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn person(row: &Row<'_>) -> rusqlite::Result<ItemPerson> {
    let body_name = Words { zh: row.get(2)?, en: row.get(3)? };
    Ok(ItemPerson { id: PersonId(row.get(0)?), name: row.get(1)?, body_name })
}

fn joint(db: &Connection, item: &PlanItemId) -> Result<Vec<Joint>, Error> {
    let sql = "SELECT j.site, o.id, o.number, o.body, b.zh, b.en, o.zh, o.en FROM plan_joint j \
               JOIN plan_item o ON o.id = j.other JOIN body b ON b.id = o.body JOIN site s ON s.id = j.site \
               WHERE j.item = ?1 ORDER BY o.number, s.division, s.id";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![item.0], |row| {
        Ok(Joint {
            site: SiteId(row.get(0)?),
            other: PlanItemId(row.get(1)?),
            number: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
            body: BodyId(row.get(3)?),
            body_name: Words { zh: row.get(4)?, en: row.get(5)? },
            purpose: Words { zh: row.get(6)?, en: row.get(7)? },
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The history of an item that was seen, the oldest first.
pub fn steps(db: &Connection, item: &PlanItemId) -> Result<Vec<Step>, Error> {
    let sql = "SELECT t.at_ms, COALESCE(p.name, a.name), t.deed, t.comment FROM plan_step t \
               LEFT JOIN person p ON p.id = t.person LEFT JOIN service_account a ON a.id = t.person \
               WHERE t.item = ?1 ORDER BY t.position";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement
        .query_map(params![item.0], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get(3)?)))?;
    let mut steps = Vec::new();
    for row in rows {
        let (at_ms, by, deed, comment) = row?;
        let deed = deed.parse::<Deed>().map_err(|()| Error::Missing("a deed of that name"))?;
        steps.push(Step { at_ms, by, deed, comment });
    }
    Ok(steps)
}

/// The number of an item, whoever may see it: an item that was merged says into which.
pub(crate) fn number(db: &Connection, item: &PlanItemId) -> Result<String, Error> {
    let sql = "SELECT COALESCE(number, '') FROM plan_item WHERE id = ?1";
    Ok(db.prepare_cached(sql)?.query_row(params![item.0], |row| row.get(0)).optional()?.unwrap_or_default())
}

/// Whether something of a visit is in force: then somebody was there, whatever became of the permit.
const MADE: &str = "(EXISTS (SELECT 1 FROM change c WHERE c.document = n.document AND c.state = 'accepted') \
                    OR EXISTS (SELECT 1 FROM evidence e WHERE e.document = n.document AND e.held = 0))";

/// Visits of a body at a level that a year's plan has approved: sites of items in force, ad-hoc items apart. One that was
/// withdrawn or voided counts when it was made.
pub(super) fn approved(db: &Connection, body: &BodyId, level: Level, year: u16, kind: ItemKind) -> Result<u32, Error> {
    let sql = "SELECT COUNT(*) FROM plan_site ps JOIN plan_item i ON i.id = ps.item \
               LEFT JOIN inspection n ON n.permit = ps.permit WHERE i.body = ?1 AND i.level = ?2 AND i.year = ?3 \
               AND i.kind = ?4 AND (i.state = 'approved' AND n.withdrawn_ms IS NULL AND n.voided_ms IS NULL \
               OR i.state IN ('approved', 'withdrawn') AND {MADE})";
    let mut statement = db.prepare_cached(&sql.replace("{MADE}", MADE))?;
    Ok(statement.query_row(params![body.0, level.name(), year, kind.name()], |row| row.get(0))?)
}

/// The rule table.
pub fn rules(db: &Connection) -> Result<LevelRules, Error> {
    let mut statement = db.prepare_cached("SELECT level, site_level FROM plan_level")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut rules = Vec::new();
    for row in rows {
        let (body, site) = row?;
        let level = |name: &str| name.parse().map_err(|NoLevel| Error::Missing("a level of that name"));
        rules.push((level(&body)?, level(&site)?));
    }
    rules.sort_unstable();
    Ok(LevelRules(rules))
}

/// Those who may be put on a team by who plans in a scope: the inspectors of a body who still inspect somewhere in it,
/// be their area a part of it or the other way round.
pub(super) fn inspectors(db: &Connection, scope: &Scope, body: &BodyId) -> Result<Vec<ItemPerson>, Error> {
    let sql = "SELECT p.id, p.name, b.zh, b.en FROM person p JOIN body b ON b.id = p.body \
               WHERE p.body = ?2 AND (?3 IS NULL OR p.body = ?3) AND p.disabled_ms IS NULL \
               AND EXISTS (SELECT 1 FROM role_grant g WHERE g.person = p.id AND g.role = 'inspector' \
               AND (g.body IS NULL OR g.body = ?2) \
               AND (substr(g.prefix, 1, length(?1)) = ?1 OR substr(?1, 1, length(g.prefix)) = g.prefix)) \
               ORDER BY p.name, p.id";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![scope.prefix(), body.0, scope.body_bytes()], person)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whom of an item's team one of its visits would take where they do not inspect, or do so no more: those of joint
/// visits where they join. By name.
pub(super) fn out_of_place(db: &Connection, item: &PlanItemId) -> Result<Vec<String>, Error> {
    let sql = "WITH comes (person, body, division) AS ( \
               SELECT t.person, i.body, s.division FROM plan_item i JOIN plan_team t ON t.item = i.id \
               JOIN plan_site ps ON ps.item = i.id JOIN site s ON s.id = ps.site WHERE i.id = ?1 \
               UNION SELECT t.person, o.body, s.division FROM plan_joint j JOIN plan_item o ON o.id = j.other \
               JOIN plan_team t ON t.item = o.id JOIN site s ON s.id = j.site WHERE j.item = ?1) \
               SELECT DISTINCT p.name FROM comes c JOIN person p ON p.id = c.person \
               WHERE p.disabled_ms IS NOT NULL OR NOT EXISTS (SELECT 1 FROM role_grant g WHERE g.person = p.id \
               AND g.role = 'inspector' AND (g.body IS NULL OR g.body = c.body) \
               AND substr(c.division, 1, length(g.prefix)) = g.prefix) ORDER BY p.name";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![item.0], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The sites a scope may plan for whose name, or that of a division above, holds the words searched for; and, whatever
/// is searched for, those already chosen.
pub(super) fn choice_of_sites(
    db: &Connection,
    scope: &Scope,
    search: &str,
    chosen: &[SiteId],
) -> Result<Vec<Site>, Error> {
    let search = search.trim().to_lowercase();
    let says = |site: &Site| {
        let words = std::iter::once(&site.name).chain(&site.above);
        let mut texts = words.flat_map(|words| [&words.zh, &words.en]).chain([&site.division]);
        texts.any(|text| text.to_lowercase().contains(&search))
    };
    let (mut first, rest): (Vec<_>, Vec<_>) =
        read::sites(db, scope)?.into_iter().partition(|site| chosen.contains(&site.id));
    first.extend(rest.into_iter().filter(says));
    Ok(first)
}

/// All checklists: hash, title, version.
pub(super) fn checklists(db: &Connection) -> Result<Vec<(Digest, Words, String)>, Error> {
    let mut statement = db.prepare_cached("SELECT hash FROM checklist ORDER BY hash")?;
    let hashes: Vec<Digest> = statement.query_map([], |row| Ok(Digest(row.get(0)?)))?.collect::<Result<_, _>>()?;
    let mut lists = Vec::new();
    for hash in hashes {
        let list = read::checklist(db, &hash)?.ok_or(Error::Missing("a checklist"))?;
        lists.push((hash, list.title, list.version));
    }
    lists.sort_by(|a, b| (&a.1.zh, &a.1.en, &a.2).cmp(&(&b.1.zh, &b.1.en, &b.2)));
    Ok(lists)
}

/// Another item that goes to some of the same sites in the same weeks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Which.
    pub other: PlanItemId,
    /// Its number.
    pub number: String,
    /// Its body's name.
    pub body_name: Words,
    /// What for.
    pub purpose: Words,
    /// When.
    pub period: Period,
    /// Where both go.
    pub sites: Vec<(SiteId, Words)>,
    /// Whether it waits for an approver too, so that the two can be merged.
    pub waits: bool,
}

/// The items handed in or in force that go where this one goes in weeks it has too. Found whoever may see them: what
/// would disturb a village twice is said to both planners.
pub fn overlaps(db: &Connection, item: &Item) -> Result<Vec<Overlap>, Error> {
    let Some(period) = item.content.period else { return Ok(Vec::new()) };
    let sql = "SELECT o.id, o.number, b.zh, b.en, o.zh, o.en, o.from_day, o.to_day, s.id, s.zh, s.en, o.state \
               FROM plan_site mine JOIN plan_site theirs ON theirs.site = mine.site AND theirs.item <> mine.item \
               JOIN plan_item o ON o.id = theirs.item JOIN body b ON b.id = o.body JOIN site s ON s.id = theirs.site \
               LEFT JOIN inspection n ON n.permit = theirs.permit WHERE mine.item = ?1 AND o.state IN ('submitted', 'approved') AND o.from_day IS NOT NULL \
               AND o.to_day IS NOT NULL AND n.withdrawn_ms IS NULL AND n.voided_ms IS NULL \
               ORDER BY o.number, s.division, s.id";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![item.id.0])?;
    let mut found: Vec<Overlap> = Vec::new();
    while let Some(row) = rows.next()? {
        let theirs = Period { from: row.get(6)?, to: row.get(7)? };
        if !period.shares_a_week(&theirs) {
            continue;
        }
        let other = PlanItemId(row.get(0)?);
        let site = (SiteId(row.get(8)?), Words { zh: row.get(9)?, en: row.get(10)? });
        match found.iter_mut().find(|overlap| overlap.other == other) {
            Some(overlap) => overlap.sites.push(site),
            None => found.push(Overlap {
                other,
                number: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
                body_name: Words { zh: row.get(2)?, en: row.get(3)? },
                purpose: Words { zh: row.get(4)?, en: row.get(5)? },
                period: theirs,
                sites: vec![site],
                waits: row.get::<_, String>(11)? == "submitted",
            }),
        }
    }
    Ok(found)
}

/// Visits avoided by merging, by site and year: what the burden ledger counts. Only of items in force.
pub fn avoided(db: &Connection, scope: &Scope, site: &SiteId, year: u16) -> Result<u32, Error> {
    let sql = "SELECT COUNT(*) FROM plan_joint j JOIN plan_item i ON i.id = j.item \
               JOIN plan_site ps ON ps.item = j.item AND ps.site = j.site JOIN inspection n ON n.permit = ps.permit \
               WHERE j.site = ?1 AND i.year = ?2 AND i.state = 'approved' AND n.withdrawn_ms IS NULL \
               AND n.voided_ms IS NULL AND (?3 IS NULL OR n.body = ?3)";
    Ok(db.prepare_cached(sql)?.query_row(params![site.0, year, scope.body_bytes()], |row| row.get(0))?)
}
