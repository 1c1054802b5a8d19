//! The self-check: every phone against the server, every photo against its hashes.

use crate::report::Report;
use crate::stage::{Cast, Stage};
use crate::tell::tell;
use std::collections::{BTreeMap, BTreeSet};
use wurao_device::WorkState;
use wurao_protocol::DocumentId;
use wurao_tests::compare::Comparison;
use wurao_tests::{Doing, Trouble};

/// Compares everything and counts what there is.
pub(crate) fn everything(stage: &Stage, cast: &Cast, report: &mut Report) -> Result<(), Trouble> {
    let supervisor = stage.world.supervisor()?;
    let mut compared = Comparison::default();
    let mut shared = BTreeSet::new();
    let mut expected: BTreeMap<DocumentId, u32> = BTreeMap::new();
    for (person, phone) in cast.all() {
        for item in phone.phone.work().doing("list work")? {
            if item.state == WorkState::Planned && phone.phone.values(item.document).doing("read values")?.is_empty() {
                continue;
            }
            shared.insert(item.document);
            compared.inspection(person, &phone.phone, item.document, &supervisor)?;
            let form = phone.phone.form(item.document, "zh").doing("show a form")?;
            expected.insert(item.document, form.conflicts);
        }
        let outbox = phone.phone.outbox().doing("look at the outbox")?;
        if !outbox.changes.is_empty() || outbox.records + outbox.thumbnails + outbox.renditions > 0 {
            compared.differ(format!("{person}: not everything has gone: {outbox:?}"));
        }
    }
    for document in &shared {
        let export = supervisor.inspection(*document)?;
        let list = |name: &str| export[name].as_array().map_or(0, |entries| entries.len() as u64);
        let answers = export["values"].as_array().into_iter().flatten().filter(|value| value["map"] == "answers");
        let conflicts = export["conflicts"].as_u64().unwrap_or_default();
        if expected.get(document).is_none_or(|on_phone| u64::from(*on_phone) != conflicts) {
            compared.differ(format!("{document}: {conflicts} conflicts at the server, {expected:?} on phones"));
        }
        report.inspections += 1;
        report.answers += answers.count() as u64;
        report.conflicts += conflicts;
        report.chosen += export["chosen"].as_u64().unwrap_or_default();
        report.findings += list("findings");
        report.photos += list("photos");
    }
    if report.photos != compared.photos {
        compared.differ(format!("{} photos at the server, {} on phones", report.photos, compared.photos));
    }
    tell!(
        "4  Compared {} values and {} photos on three phones with the server: {} differ",
        compared.values,
        compared.photos,
        compared.differences.len(),
    );
    tell!(
        "   {} inspections, {} answers, {} conflict(s) kept, {} settled, {} findings, {} photos; at most {} request(s) a sync (the second offers again what was held until then)",
        report.inspections,
        report.answers,
        report.conflicts,
        report.chosen,
        report.findings,
        report.photos,
        report.requests_per_sync,
    );
    report.differences = compared.differences;
    Ok(())
}
