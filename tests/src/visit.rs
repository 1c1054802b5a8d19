//! What an inspector finds in a village: a value for every question of the demo's checklist.

use crate::{Doing, Trouble};
use wurao_device::{Cause, LateStart, Phone};
use wurao_protocol::{DocumentId, SiteId};

/// A visit that no permit is for, by the first checklist that the phone knows: of this site, or of the first one.
///
/// # Errors
/// When the phone cannot say what it knows.
pub fn unplanned(phone: &Phone, site: Option<SiteId>, reason: &str) -> Result<LateStart, Trouble> {
    let checklist = phone.checklists().doing("list checklists")?.first().map(|list| list.hash);
    let first = phone.sites().doing("list sites")?.first().map(|site| site.id);
    let site = site.or(first);
    Ok(LateStart { permit: None, site, checklist, cause: Cause::Urgent, reason: reason.to_owned() })
}

/// One answer to give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The question.
    pub question: &'static str,
    /// What is entered.
    pub value: String,
}

/// Where nothing is wrong, first half of the rooms: food and water to communication.
pub fn stores(today: jiff::civil::Date) -> Result<Vec<Entry>, Trouble> {
    let tried = day(today, -12)?;
    Ok(entries(&[
        ("water", "180"),
        ("water_sealed", "yes"),
        ("rations", "480"),
        ("rations_sound", "yes"),
        ("beds", "52"),
        ("quilts", "60"),
        ("bedding_clean", "yes"),
        ("torches", "12"),
        ("torches_on", "pass"),
        ("lamps", "6"),
        ("lamps_on", "pass"),
        ("generators", "1"),
        ("generator_starts", "pass"),
        ("generator_tried", &tried),
        ("fuel", "20.5"),
        ("sirens", "1"),
        ("gongs", "2"),
        ("loudhailers", "3"),
        ("warning_sounds", "pass"),
        ("radios", "4"),
        ("call_test", "pass"),
    ]))
}

/// Where nothing is wrong, second half: flood to place and people.
pub fn equipment(today: jiff::civil::Date) -> Result<Vec<Entry>, Trouble> {
    let expiry = day(today, 210)?;
    Ok(entries(&[
        ("river", "yes"),
        ("life_jackets", "24"),
        ("ring_buoys", "4"),
        ("ropes", "3"),
        ("woven_bags", "600"),
        ("spades", "25"),
        ("pump_runs", "pass"),
        ("extinguishers", "9"),
        ("gauges_green", "yes"),
        ("oldest_made", "2021-05-12"),
        ("fire_blankets", "2"),
        ("fire_swatters", "12"),
        ("first_aid_kits", "2"),
        ("stretchers", "1"),
        ("kit_expiry", &expiry),
        ("store_dry", "yes"),
        ("key_holder", "holder"),
        ("stock_matches", "yes"),
    ]))
}

/// Another value for some questions: what is wrong in this village.
pub fn but(mut entries: Vec<Entry>, different: &[(&'static str, &str)]) -> Vec<Entry> {
    for (question, value) in different {
        match entries.iter_mut().find(|entry| entry.question == *question) {
            Some(entry) => (*value).clone_into(&mut entry.value),
            None => entries.push(Entry { question, value: (*value).to_owned() }),
        }
    }
    entries
}

/// Answers all of them on a phone.
pub fn answer(phone: &Phone, document: DocumentId, entries: &[Entry]) -> Result<(), Trouble> {
    for entry in entries {
        phone.answer(document, entry.question, "-", &entry.value).doing(format!("answer {}", entry.question))?;
    }
    Ok(())
}

/// A lot with its expiry date on the shelf.
pub fn lot(phone: &Phone, document: DocumentId, item: &str, count: &str, expiry: &str) -> Result<(), Trouble> {
    let row = phone.add_row(document, "lot", "-").doing("add a lot")?;
    for (question, value) in [("lot/lot_item", item), ("lot/lot_count", count), ("lot/expiry", expiry)] {
        phone.answer(document, question, &row, value).doing(format!("answer {question}"))?;
    }
    Ok(())
}

/// A day so many days from this one, as it is entered.
pub fn day(today: jiff::civil::Date, after: i64) -> Result<String, Trouble> {
    let span = jiff::Span::new().try_days(after).doing("count days")?;
    Ok(today.checked_add(span).doing("count days")?.to_string())
}

fn entries(pairs: &[(&'static str, &str)]) -> Vec<Entry> {
    pairs.iter().map(|(question, value)| Entry { question, value: (*value).to_owned() }).collect()
}
