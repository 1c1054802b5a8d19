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
    facts(phone, &shown.facts, language, out)?;
    writeln!(out, "code {}", shown.text)?;
    Ok(())
}

/// Prints what a shown permit is worth. A red verdict is printed, and then an error.
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
    let since = verified.as_of_s.map(|at_s| format!(" since {}", moment(phone, at_s))).unwrap_or_default();
    writeln!(out, "verdict {} {colour}{since}", verified.standing)?;
    if let Some(said) = &verified.facts {
        facts(phone, said, language, out)?;
    }
    match verified.colour {
        Colour::Red => Err(PhoneError::NotAllowed { code: verified.standing.to_owned() }.into()),
        Colour::Green | Colour::Amber => Ok(()),
    }
}

/// The labels of a permit in words.
struct Labels {
    plan: &'static str,
    ad_hoc: &'static str,
    short_code: &'static str,
    body: &'static str,
    team: &'static str,
    between: &'static str,
    site: &'static str,
    from: &'static str,
    to: &'static str,
}

const ZH: Labels = Labels {
    plan: "年度计划",
    ad_hoc: "一事一报",
    short_code: "九位短码",
    body: "部门",
    team: "检查人员",
    between: "、",
    site: "点位",
    from: "日期",
    to: "至",
};

const EN: Labels = Labels {
    plan: "plan",
    ad_hoc: "ad-hoc",
    short_code: "short code",
    body: "body",
    team: "team",
    between: ", ",
    site: "site",
    from: "from",
    to: "to",
};

fn facts(phone: &Phone, facts: &PermitFacts, language: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let english = language == "en";
    let word = |words: &Words| if english { words.en.clone() } else { words.zh.clone() };
    let labels = if english { EN } else { ZH };
    let kind = if facts.ad_hoc { labels.ad_hoc } else { labels.plan };
    writeln!(out, "{kind} {} {}", facts.number, word(&facts.purpose))?;
    let (label, digits) = (labels.short_code, facts.short_code);
    writeln!(out, "{label} {:03} {:03} {:03}", digits / 1_000_000, digits / 1000 % 1000, digits % 1000)?;
    writeln!(out, "{} {}", labels.body, word(&facts.body))?;
    writeln!(out, "{} {}", labels.team, facts.team.join(labels.between))?;
    writeln!(out, "{} {} {}", labels.site, facts.site, word(&facts.site_name))?;
    let (first, last) = (moment(phone, facts.not_before_s), moment(phone, facts.expires_s));
    writeln!(out, "{} {first} {} {last}", labels.from, labels.to)?;
    // Those before it are counted; this one is the next.
    let nth = u32::from(facts.visits) + 1;
    if english {
        writeln!(out, "visit number {nth} to this place this year")?;
    } else {
        writeln!(out, "今年第 {nth} 次到这里检查")?;
    }
    Ok(())
}

/// A moment by the phone's own time of day.
pub(super) fn moment(phone: &Phone, at_s: i64) -> String {
    local(at_s, phone.ports.clock.offset_minutes()).unwrap_or_else(|_| at_s.to_string())
}

fn local(at_s: i64, offset_minutes: i32) -> Result<String, jiff::Error> {
    let offset = jiff::tz::Offset::from_seconds(offset_minutes.saturating_mul(60))?;
    let at = jiff::Timestamp::from_second(at_s)?.to_zoned(offset.to_time_zone());
    Ok(at.strftime("%Y-%m-%d %H:%M %:z").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_by_the_clock_of_the_place() {
        // 2026-11-22 16:00 UTC is the first moment of the 23rd in China.
        assert_eq!(local(1_795_363_200, 480).unwrap(), "2026-11-23 00:00 +08:00");
        assert_eq!(local(1_795_363_200, -210).unwrap(), "2026-11-22 12:30 -03:30");
    }
}
