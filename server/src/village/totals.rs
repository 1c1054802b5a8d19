//! What villages said, put together for those who supervise.
//!
//! Refusals are an outcome of a visit and are shown as one. Ratings are shown as a body's mean, once there are enough
//! that no single one can be read out of it, and never to the body's own people.

use crate::store::read;
use crate::{Error, Scope};
use rusqlite::{Connection, params};
use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use wurao_protocol::{BodyId, DocumentId, PermitId, Words};

/// The fewest ratings of which a mean is shown.
pub const FEWEST: u32 = 5;

/// Who looks, as far as it changes what is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onlooker {
    /// Somebody of this body: its own ratings are not for them.
    Of(BodyId),
    /// An auditor sees every mean, and what was written.
    Auditor,
}

/// What is known of an area.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    /// The visits that were refused, newest first.
    pub refused: Vec<Refused>,
    /// Bodies by name.
    pub bodies: Vec<BodyTotal>,
    /// Refusals that name no visit: no code was shown, or a false one. Only for who sees every site.
    pub stray: Option<u32>,
    /// What was written, newest first; for auditors. Without the visit, so that it is nobody's.
    pub comments: Vec<Comment>,
}

/// A visit that a village refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The visit.
    pub document: DocumentId,
    /// Its permit.
    pub permit: PermitId,
    /// The site's name, Chinese and English.
    pub site: [String; 2],
    /// The body's name, Chinese and English.
    pub body: [String; 2],
    /// The last day it was refused, days since 1970-01-01.
    pub day: i64,
    /// How many said so.
    pub count: u32,
}

/// One body's visits.
#[derive(Clone, Debug, PartialEq)]
pub struct BodyTotal {
    /// Its name, Chinese and English.
    pub name: [String; 2],
    /// Visits approved in the area.
    pub visits: u32,
    /// Of these, refused.
    pub refused: u32,
    /// How it was rated.
    pub rating: Rating,
}

/// A body's rating, as far as it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rating {
    /// The mean of so many.
    Mean {
        /// Between one and five.
        stars: f64,
        /// How many.
        count: u32,
    },
    /// Fewer than [`FEWEST`].
    TooFew,
    /// The onlooker's own body.
    Own,
}

/// What somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Of which body, Chinese and English.
    pub body: [String; 2],
    /// What was written.
    pub words: String,
}

/// Everything said in an area, as far as this onlooker may see it.
pub fn totals(db: &Connection, scope: &Scope, onlooker: Onlooker) -> Result<Totals, Error> {
    let visits = read::inspections(db, scope)?;
    let mut said: BTreeMap<PermitId, Vec<Row>> = BTreeMap::new();
    let mut strays = 0;
    let mut statement =
        db.prepare_cached("SELECT permit, said, comment, day FROM feedback ORDER BY day DESC, nonce")?;
    let mut rows = statement.query([])?;
    let known: BTreeSet<PermitId> = visits.iter().map(|visit| visit.permit.id).collect();
    while let Some(row) = rows.next()? {
        let permit = row.get::<_, Option<[u8; 16]>>(0)?.map(PermitId);
        let feedback = Row { said: row.get(1)?, comment: row.get(2)?, day: row.get(3)? };
        match permit.filter(|permit| known.contains(permit)) {
            Some(permit) => said.entry(permit).or_default().push(feedback),
            None if feedback.said == 0 => strays += 1,
            None => {}
        }
    }
    let (mut refused, mut comments) = (Vec::new(), Vec::new());
    let mut bodies: BTreeMap<BodyId, Sum> = BTreeMap::new();
    for visit in &visits {
        let about = &visit.permit.visit;
        let said = said.remove(&visit.permit.id).unwrap_or_default();
        // A joint visit counts for the body that leads it, under its own name: the permit says all of them.
        let sum = match bodies.entry(about.body) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new
                .insert(Sum::new(names(&read::body_name(db, &about.body)?.unwrap_or_else(|| about.body_name.clone())))),
        };
        sum.visits += 1;
        let refusals = said.iter().filter(|row| row.said == 0);
        if let Some(day) = refusals.clone().map(|row| row.day).max() {
            sum.refused += 1;
            refused.push(Refused {
                document: visit.document,
                permit: visit.permit.id,
                site: names(&about.site_name),
                body: names(&about.body_name),
                day,
                count: refusals.count() as u32,
            });
        }
        for row in said {
            if row.said > 0 {
                sum.ratings += 1;
                sum.stars += row.said;
            }
            if let Some(words) = row.comment.filter(|_| onlooker == Onlooker::Auditor) {
                comments.push((row.day, Comment { body: names(&about.body_name), words }));
            }
        }
    }
    refused.sort_by_key(|refused| Reverse((refused.day, refused.permit)));
    comments.sort_by_key(|(day, _)| Reverse(*day));
    Ok(Totals {
        refused,
        bodies: bodies.into_iter().map(|(body, sum)| sum.total(onlooker == Onlooker::Of(body))).collect(),
        stray: sees_all(db, scope)?.then_some(strays),
        comments: comments.into_iter().map(|(_, comment)| comment).collect(),
    })
}

/// One feedback as it is stored.
struct Row {
    said: i64,
    comment: Option<String>,
    day: i64,
}

struct Sum {
    name: [String; 2],
    visits: u32,
    refused: u32,
    ratings: u32,
    stars: i64,
}

impl Sum {
    fn new(name: [String; 2]) -> Self {
        Self { name, visits: 0, refused: 0, ratings: 0, stars: 0 }
    }

    fn total(self, own: bool) -> BodyTotal {
        let rating = if own {
            Rating::Own
        } else if self.ratings < FEWEST {
            Rating::TooFew
        } else {
            Rating::Mean { stars: self.stars as f64 / f64::from(self.ratings), count: self.ratings }
        };
        BodyTotal { name: self.name, visits: self.visits, refused: self.refused, rating }
    }
}

fn names(words: &Words) -> [String; 2] {
    [words.zh.clone(), words.en.clone()]
}

/// Whether no site lies outside of the scope.
fn sees_all(db: &Connection, scope: &Scope) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM site WHERE substr(division, 1, length(?1)) <> ?1";
    Ok(!db.prepare_cached(sql)?.exists(params![scope.prefix()])?)
}
