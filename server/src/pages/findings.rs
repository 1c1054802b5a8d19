//! What is wrong at a site, as the answers imply it.

use super::case::{Case, severity};
use super::photos::Photos;
use super::words::{label, scalar_text, shown, text, words};
use crate::page::Lang;
use crate::page::view::{FindingRow, FindingView, Text};
use std::cmp::Reverse;
use wurao_checklist::ImpliedFinding;
use wurao_inspection::{key, remark};
use wurao_record::Standing;

/// The findings of an inspection, the worst first.
pub(super) fn of(case: &Case, photos: &Photos) -> Vec<FindingView> {
    let mut findings: Vec<FindingView> =
        case.evaluation.findings.iter().map(|finding| view(case, photos, finding)).collect();
    findings.sort_by_key(|finding| Reverse(finding.severity));
    findings
}

/// The findings of an inspection for the county's list; a voided one has none to look after.
pub(super) fn rows(case: &Case) -> Vec<FindingRow> {
    if case.inspection.voided_ms.is_some() {
        return Vec::new();
    }
    let photos = Photos::of(case);
    let findings = case.evaluation.findings.iter();
    let row = |finding: &ImpliedFinding| FindingRow {
        inspection: case.inspection.document.to_string(),
        village: words(&case.inspection.site.name),
        body: words(&case.inspection.permit.visit.body_name),
        at_ms: found_ms(case, finding),
        finding: view(case, &photos, finding),
    };
    findings.map(row).collect()
}

fn view(case: &Case, photos: &Photos, finding: &ImpliedFinding) -> FindingView {
    FindingView {
        key: key(&finding.question, &finding.instance),
        severity: severity(finding.severity),
        title: text(&finding.title),
        detail: detail(case, finding),
        question: label(&case.checklist, &finding.question),
        photos: photos.at(&finding.question, &finding.instance),
    }
}

/// What was answered, and the inspector's remark on it. A finding follows from the value that is shown; where people
/// disagree it says so, for another of their values may be none.
fn detail(case: &Case, finding: &ImpliedFinding) -> Text {
    let found = case.answer(&key(&finding.question, &finding.instance));
    let mut detail = text(&finding.detail);
    if found.standing == Standing::Conflict {
        let question = case.checklist.question(&finding.question);
        let values = found.values.iter().map(|held| shown(&case.checklist, question, &scalar_text(&held.value)));
        let values: Vec<Text> = values.collect();
        let all = |lang| values.iter().map(|value| value.of(lang)).collect::<Vec<_>>().join(" / ");
        detail =
            Text::new(format!("{}（所填不同）", all(Lang::Zh)), format!("{} (answered differently)", all(Lang::En)));
    }
    let remark = case.answer(&key(&remark(&finding.question), &finding.instance));
    let remark = scalar_text(&remark.winner);
    if remark.is_empty() {
        return detail;
    }
    let join = |lang, between| format!("{}{between}{remark}", detail.of(lang));
    Text::new(join(Lang::Zh, "："), join(Lang::En, ": "))
}

/// When the answer was given that it follows from.
fn found_ms(case: &Case, finding: &ImpliedFinding) -> i64 {
    let found = case.answer(&key(&finding.question, &finding.instance));
    let stamps = found.values.first().and_then(|held| held.stamps.last());
    stamps.map(|stamp| stamp.time_ms).or(case.started_ms()).unwrap_or_default()
}
