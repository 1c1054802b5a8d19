//! What is wrong at a site, as the answers imply it.

use super::case::{Case, severity};
use super::fields::key;
use super::photos::Photos;
use super::words::{label, scalar_text, text};
use crate::page::Lang;
use crate::page::view::{FindingRow, FindingView, Text};
use std::cmp::Reverse;
use wurao_checklist::ImpliedFinding;

/// The findings of an inspection, the worst first.
pub(super) fn of(case: &Case, photos: &Photos) -> Vec<FindingView> {
    let mut findings: Vec<FindingView> =
        case.evaluation.findings.iter().map(|finding| view(case, photos, finding)).collect();
    findings.sort_by_key(|finding| Reverse(finding.severity));
    findings
}

/// The findings of an inspection for the county's list.
pub(super) fn rows(case: &Case) -> Vec<FindingRow> {
    let photos = Photos::of(case);
    let findings = case.evaluation.findings.iter();
    let row = |finding: &ImpliedFinding| FindingRow {
        inspection: case.inspection.document.to_string(),
        village: super::words::words(&case.inspection.site.name),
        body: super::words::words(&case.inspection.plan_item.body_name),
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

/// What was answered, and the inspector's remark on it.
fn detail(case: &Case, finding: &ImpliedFinding) -> Text {
    let remark = case.answer(&key(&format!("{}#note", finding.question), &finding.instance));
    let (answered, remark) = (text(&finding.detail), scalar_text(&remark.winner));
    if remark.is_empty() {
        return answered;
    }
    let join = |lang, between| format!("{}{between}{remark}", answered.of(lang));
    Text::new(join(Lang::Zh, "："), join(Lang::En, ": "))
}

/// When the answer was given that it follows from.
fn found_ms(case: &Case, finding: &ImpliedFinding) -> i64 {
    let found = case.answer(&key(&finding.question, &finding.instance));
    let stamps = found.values.first().and_then(|held| held.stamps.last());
    stamps.map(|stamp| stamp.time_ms).or(case.started_ms()).unwrap_or_default()
}
