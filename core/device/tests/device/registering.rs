//! Inspections begun without a valid permit or by mistake, and what is decided about work that was held.

use crate::common::*;
use wurao_device::{Amended, Cause, LateStart, LateState, WorkState};
use wurao_protocol::record::{Decision, Kind, Late, Verdict, Void};
use wurao_protocol::sync::{Outcome, Status};
use wurao_protocol::{Digest, DocumentId, PermitId, Problem, SiteId, envelope};

fn late(permit: Option<PermitId>) -> LateStart {
    LateStart { permit, site: None, checklist: None, cause: Cause::Urgent, reason: "the dyke is leaking".into() }
}

fn unplanned() -> LateStart {
    let checklist = Some(Digest(template().hash()));
    LateStart { site: Some(SITE), checklist, ..late(None) }
}

fn decision(document: DocumentId, verdict: Verdict, reason: &str) -> Decision {
    let reason = (!reason.is_empty()).then(|| reason.to_owned());
    Decision { document, verdict, heads: Vec::new(), at_ms: NOON, by: Some(COLLEAGUE), reason }
}

#[test]
fn an_expired_permit_can_be_registered_late() {
    let desk = Desk::enrolled();
    let permit = desk.office.give_work();
    desk.sync();
    assert_eq!(desk.phone.start_late(&late(Some(permit.id))).unwrap_err().code(), "permit-valid");
    desk.clock.pass(2 * DAY_S * 1000);
    assert_eq!(desk.phone.start(permit.id).unwrap_err().code(), "expired");
    let document = desk.phone.start_late(&late(Some(permit.id))).unwrap();
    assert_eq!(document, permit.visit.document);
    assert_eq!(desk.phone.start_late(&late(Some(permit.id))).unwrap(), document, "once is enough");
    desk.phone.answer(document, "water", "-", "150").unwrap();
    let shown = desk.phone.work().unwrap().remove(0);
    let registration = shown.late.unwrap();
    assert_eq!((shown.state, registration.state), (WorkState::Started, LateState::Waiting));
    assert_eq!((registration.cause, registration.standing.as_str()), ("urgent", "expired"));
    assert_eq!((registration.by.as_str(), registration.reason.as_str()), ("王芳", "the dyke is leaking"));

    desk.sync();
    let sent: Vec<Late> = received(&desk);
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].permit, sent[0].person, sent[0].standing.as_str()), (permit.id, PERSON, "expired"));
}

#[test]
fn a_late_start_comes_about_with_what_it_computes_or_not_at_all() {
    let desk = Desk::enrolled();
    let permit = desk.office.give_work_under(&dated_template());
    desk.sync();
    desk.clock.pass(2 * DAY_S * 1000);
    begins_whole(&desk, || desk.phone.start_late(&late(Some(permit.id))));
}

/// The name of the late registration that the office has received.
fn registration(desk: &Desk) -> Digest {
    let frames = desk.office.received.lock().unwrap();
    let records = frames.iter().flat_map(|frame| &frame.records);
    let mut opened = records.map(|record| envelope::open(&record.0).unwrap());
    opened.find(|envelope| envelope.kind == Kind::Late).unwrap().id
}

#[test]
fn an_inspection_that_nobody_planned_can_be_registered_late_and_is_decided() {
    for (verdict, state) in
        [(Verdict::Registered, LateState::Registered), (Verdict::NotRegistered, LateState::NotRegistered)]
    {
        let desk = Desk::enrolled();
        desk.office.give_work();
        desk.sync();
        let site = desk.phone.sites().unwrap().remove(0);
        let checklist = desk.phone.checklists().unwrap().remove(0);
        assert_eq!((site.id, checklist.hash), (SITE, Digest(template().hash())));
        let document = desk.phone.start_late(&unplanned()).unwrap();
        desk.phone.answer(document, "water", "-", "150").unwrap();
        *desk.office.record_verdict.lock().unwrap() =
            Status::because(Outcome::Held, Problem::LateRegistration, "no-permit");
        desk.office.verdict.lock().unwrap().status = Status::because(Outcome::Held, Problem::LateRegistration, "");
        desk.sync();
        let item = |desk: &Desk| {
            let work = desk.phone.work().unwrap();
            work.into_iter().find(|item| item.document == document).unwrap()
        };
        let held = item(&desk);
        assert_eq!((held.permit_standing, held.site.zh.as_str()), ("no-permit", "石桥村"));
        assert_eq!((held.problems[0].standing.as_str(), held.problems[0].changes), ("held", 1));
        assert_eq!(held.problems[0].problem.as_deref(), Some("late-registration"));

        // Of another registration it says nothing of this one.
        desk.office.give(&Decision { heads: vec![Digest([7; 32])], ..decision(document, verdict, "another") });
        desk.sync();
        assert_eq!(item(&desk).late.unwrap().state, LateState::Waiting);
        let heads = vec![registration(&desk)];
        desk.office.give(&Decision { heads, ..decision(document, verdict, "seen with own eyes") });
        *desk.office.record_verdict.lock().unwrap() = Status::plain(Outcome::Ok);
        desk.office.verdict.lock().unwrap().status = Status::plain(Outcome::Ok);
        desk.sync();
        let decided = item(&desk);
        let registration = decided.late.unwrap();
        assert_eq!((registration.state, registration.answer.as_deref()), (state, Some("seen with own eyes")));
        let standings: Vec<_> = decided.problems.iter().map(|problem| problem.standing.as_str()).collect();
        assert_eq!(standings, if state == LateState::Registered { vec![] } else { vec!["declined"] });
        assert_eq!(desk.phone.form(document, "zh").unwrap().late.unwrap().state, state);
        // Kept, whatever was decided: in the inspection, or beside it.
        let values: Vec<_> = desk.phone.values(document).unwrap().into_iter().map(|value| value.values).collect();
        let beside = desk.phone.form(document, "zh").unwrap().amendment;
        if state == LateState::Registered {
            assert_eq!((values, beside.len()), (vec![vec!["150".to_owned()]], 0));
        } else {
            assert_eq!((values.len(), beside.len()), (0, 1));
            assert_eq!((beside[0].value.as_str(), beside[0].detail.as_deref()), ("150", Some("seen with own eyes")));
        }
    }
}

#[test]
fn a_late_registration_says_why_and_where() {
    let desk = Desk::enrolled();
    let permit = desk.office.give_work();
    desk.sync();
    let refused = |late: LateStart| desk.phone.start_late(&late).unwrap_err().code().to_owned();
    assert_eq!(refused(LateStart { reason: " \n".into(), ..unplanned() }), "reason-missing");
    assert_eq!(refused(LateStart { reason: "旱".repeat(501), ..unplanned() }), "reason-too-long");
    assert_eq!(refused(LateStart { site: None, ..unplanned() }), "late-incomplete");
    assert_eq!(refused(LateStart { checklist: None, ..unplanned() }), "late-incomplete");
    assert_eq!(refused(LateStart { site: Some(SiteId([8; 16])), ..unplanned() }), "not-found");
    assert_eq!(refused(LateStart { checklist: Some(Digest([8; 32])), ..unplanned() }), "not-found");
    assert_eq!(refused(late(Some(PermitId([8; 16])))), "not-found");
    let elsewhere = LateStart { site: Some(SiteId([8; 16])), ..late(Some(permit.id)) };
    assert_eq!(refused(elsewhere), "wrong-site");
    // Nothing of it was kept.
    assert_eq!(desk.phone.work().unwrap().len(), 1);
    desk.sync();
    assert!(received::<Late>(&desk).is_empty());
    desk.phone.start_late(&LateStart { reason: "旱".repeat(500), ..unplanned() }).unwrap();
}

#[test]
fn a_refused_registration_is_told_and_what_was_written_stays_in_sight() {
    let desk = Desk::enrolled();
    desk.office.give_work();
    desk.sync();
    let document = desk.phone.start_late(&unplanned()).unwrap();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    *desk.office.record_verdict.lock().unwrap() = Status::because(Outcome::Refused, Problem::NotFound, "no such site");
    desk.sync();
    let outbox = desk.phone.outbox().unwrap();
    let refused = outbox.unsettled_records.iter().find(|unsettled| unsettled.kind == "wurao/late").unwrap();
    assert_eq!((refused.standing.as_str(), refused.problem.as_deref()), ("refused", Some("not-found")));
    assert_eq!(desk.phone.values(document).unwrap()[0].values, ["150"]);
    assert!(desk.phone.work().unwrap().iter().any(|item| item.document == document));
}

#[test]
fn a_voided_inspection_is_written_in_no_more() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    assert_eq!(desk.phone.void(document, "  ").unwrap_err().code(), "reason-missing");
    assert_eq!(desk.phone.void(DocumentId([9; 16]), "wrong one").unwrap_err().code(), "not-found");
    desk.phone.void(document, "the neighbouring village was meant").unwrap();
    for refused in [
        desk.phone.answer(document, "water", "-", "1").unwrap_err(),
        desk.phone.leave(document).unwrap_err(),
        desk.phone.void(document, "again").unwrap_err(),
        desk.phone.start(PermitId([6; 16])).unwrap_err(),
    ] {
        assert_eq!(refused.code(), "voided");
    }
    let item = desk.phone.work().unwrap().remove(0);
    assert_eq!((item.state, item.voided.as_deref()), (WorkState::Voided, Some("the neighbouring village was meant")));
    let form = desk.phone.form(document, "zh").unwrap();
    assert!(form.voided.is_some() && !form.sections.is_empty(), "what was answered stays");
    desk.sync();
    let voids: Vec<Void> = received(&desk);
    assert_eq!((voids.len(), voids[0].person), (1, PERSON));
}

#[test]
fn what_the_server_decides_about_held_work_is_shown_everywhere() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    desk.office.verdict.lock().unwrap().status = Status::because(Outcome::Held, Problem::Withdrawn, "");
    desk.sync();
    desk.phone.answer(document, "remark", "-", "dry").unwrap();
    desk.sync();
    let hashes: Vec<Digest> = {
        let frames = desk.office.received.lock().unwrap();
        let changes = frames.iter().flat_map(|frame| &frame.documents).flat_map(|entry| &entry.changes);
        changes.map(|change| Digest(wurao_record::change_hash(&change.0).unwrap())).collect()
    };
    let [first, second] = hashes.as_slice() else { panic!("{hashes:?}") };
    desk.office.give(&decision(document, Verdict::Withdrawn, "the plan was cut"));
    desk.office.give(&Decision { heads: vec![*first], ..decision(document, Verdict::Accepted, "") });
    let declined = Decision { heads: vec![*second], ..decision(document, Verdict::Declined, "written at home") };
    desk.office.give(&declined);
    desk.sync();
    let outbox = desk.phone.outbox().unwrap();
    let [left] = outbox.changes.as_slice() else { panic!("{:?}", outbox.changes) };
    assert_eq!((left.standing.as_str(), left.problem.as_deref(), left.changes), ("declined", Some("declined"), 1));
    assert_eq!(left.detail.as_deref(), Some("written at home"));
    let item = desk.phone.work().unwrap().remove(0);
    assert_eq!((item.withdrawn.as_deref(), &item.problems), (Some("the plan was cut"), &outbox.changes));
    let form = desk.phone.form(document, "zh").unwrap();
    assert_eq!((form.withdrawn, form.problems), (item.withdrawn, item.problems));
    assert_eq!(desk.phone.values(document).unwrap()[0].values, ["150"]);
    let [beside] = form.amendment.as_slice() else { panic!("{:?}", form.amendment) };
    let Amended { question, value, by, standing, detail, .. } = beside;
    assert_eq!((question.as_str(), value.as_str(), by.person.as_str()), ("remark", "dry", "王芳"));
    assert_eq!((standing.as_str(), detail.as_deref()), ("declined", Some("written at home")));

    desk.office.give(&decision(document, Verdict::Voided, "counted twice"));
    desk.sync();
    assert_eq!(desk.phone.answer(document, "water", "-", "1").unwrap_err().code(), "voided");
    assert_eq!(desk.phone.work().unwrap()[0].voided.as_deref(), Some("counted twice"));
}

#[test]
fn what_is_said_in_anothers_name_is_set_aside() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    desk.sync();
    let sessions: Vec<wurao_protocol::record::Session> = received(&desk);
    let at = sessions[0].began;
    let void = Void { document, person: COLLEAGUE, actor: sessions[0].actor, reason: "no".into(), at };
    // Signed by this very phone, in a session of another person; and in a session that nobody opened.
    desk.office.give_bytes(envelope::seal(&key(11), &void).unwrap());
    desk.office.give_bytes(envelope::seal(&key(11), &Void { person: PERSON, actor: [0; 16], ..void.clone() }).unwrap());
    // A late registration that would make another document than it says known.
    let other = Late {
        document: DocumentId([9; 16]),
        permit: PermitId([8; 16]),
        site: SITE,
        checklist: Digest(template().hash()),
        person: PERSON,
        actor: sessions[0].actor,
        cause: Cause::Clock,
        reason: "no".into(),
        standing: "no-permit".into(),
        at,
    };
    desk.office.give_bytes(envelope::seal(&key(11), &other).unwrap());
    assert_eq!(desk.sync().quarantined, 3);
    desk.phone.answer(document, "water", "-", "1").unwrap();
}
