//! The work list, and permits as they are shown and checked.

use super::Failure;
use crate::phone::Phone;
use crate::{Cause, Colour, LateState, LateView, PermitFacts, PhoneError, Unsettled};
use std::io::Write;
use wurao_protocol::{PermitId, SiteId, Words};

/// Prints the work list: a line a visit, its marks below it.
pub(super) fn work(phone: &Phone, out: &mut dyn Write) -> Result<(), Failure> {
    for item in phone.work()? {
        let state = format!("{:?}", item.state).to_lowercase();
        let (site, purpose) = (item.site.zh, item.purpose.zh);
        writeln!(out, "permit {} {} {state} {site} {purpose}", item.permit, item.permit_standing)?;
        for mark in marks(item.late.as_ref(), item.voided.as_ref(), item.withdrawn.as_ref(), &item.problems) {
            writeln!(out, "  ~ {mark}")?;
        }
    }
    Ok(())
}

/// What is not as usual with an inspection.
pub(super) fn marks(
    late: Option<&LateView>,
    voided: Option<&String>,
    withdrawn: Option<&String>,
    problems: &[Unsettled],
) -> Vec<String> {
    let mut marks = Vec::new();
    if let Some(late) = late {
        let state = match late.state {
            LateState::Waiting => "waiting",
            LateState::Registered => "registered",
            LateState::NotRegistered => "not-registered",
        };
        let answer = late.answer.as_deref().map(|answer| format!("; {answer}")).unwrap_or_default();
        marks.push(format!("late {state} {} {} {}: {}{answer}", late.cause, late.standing, late.by, late.reason));
    }
    marks.extend(voided.map(|why| format!("voided {why}")));
    marks.extend(withdrawn.map(|why| format!("withdrawn {why}")));
    for problem in problems {
        let code = problem.problem.as_deref().unwrap_or("-");
        let detail = problem.detail.as_deref().unwrap_or_default();
        marks.push(format!("{} {} {code} {detail}", problem.standing, problem.changes).trim_end().to_owned());
    }
    marks
}

/// A cause by its code.
pub(super) fn cause(code: &str) -> Result<Cause, PhoneError> {
    Cause::ALL.into_iter().find(|cause| cause.code() == code).ok_or_else(|| PhoneError::BadInput {
        code: "bad-cause".to_owned(),
        detail: format!("{code:?} is none of network, urgent, clock"),
    })
}

/// Prints a permit as a QR code, in words, and as text.
pub(super) fn show(
    phone: &Phone,
    permit: PermitId,
    challenge: Option<u32>,
    language: &str,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let shown = phone.present(permit, challenge)?;
    let code = wurao_qr::Code::new(&shown.text)
        .map_err(|error| PhoneError::Unexpected { code: "qr".to_owned(), detail: error.to_string() })?;
    writeln!(out, "{}", code.terminal())?;
    facts(&shown.facts, language, out)?;
    writeln!(out, "code {}", shown.text)?;
    Ok(())
}

/// Prints what a shown permit is worth.
pub(super) fn check(
    phone: &Phone,
    text: &str,
    site: Option<SiteId>,
    challenge: Option<u32>,
    language: &str,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let verified = phone.verify_shown(text, site, challenge)?;
    let colour = match verified.colour {
        Colour::Green => "green",
        Colour::Amber => "amber",
        Colour::Red => "red",
    };
    let since = verified.as_of_s.map(|at_s| format!(" since {}", moment(at_s))).unwrap_or_default();
    writeln!(out, "verdict {} {colour}{since}", verified.standing)?;
    if let Some(said) = &verified.facts {
        facts(said, language, out)?;
    }
    Ok(())
}

fn facts(facts: &PermitFacts, language: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let word = |words: &Words| if language == "en" { words.en.clone() } else { words.zh.clone() };
    let kind = if facts.ad_hoc { "ad-hoc" } else { "plan" };
    writeln!(out, "{kind} {} {}", facts.number, word(&facts.purpose))?;
    let digits = facts.short_code;
    writeln!(out, "short code {:03} {:03} {:03}", digits / 1_000_000, digits / 1000 % 1000, digits % 1000)?;
    writeln!(out, "body {}", word(&facts.body))?;
    writeln!(out, "team {}", facts.team.join(", "))?;
    writeln!(out, "site {} {}", facts.site, word(&facts.site_name))?;
    writeln!(out, "from {} to {}", moment(facts.not_before_s), moment(facts.expires_s))?;
    writeln!(out, "visits this year {}", facts.visits)?;
    Ok(())
}

fn moment(at_s: i64) -> String {
    jiff::Timestamp::from_second(at_s).map_or_else(|_| at_s.to_string(), |at| at.to_string())
}
