//! What is held and why, who registers late, and what people decide about it.

use super::held_rights::{in_force, ready, stamp};
use crate::support::{DAY_MS, LI, MORNING_MS, Phone, Push, WANG, World};
use wurao_protocol::envelope::open_as;
use wurao_protocol::record::{Cause, Decision, Late, Revocation, Stamp, Verdict, Void};
use wurao_protocol::sync::{Answer, Outcome};
use wurao_protocol::{Digest, DocumentId, PermitId, PermitMark, Problem, SiteId};
use wurao_record::{Admitted, Genesis, GenesisSeed, Ledger, Scalar};
use wurao_server::permits;
use wurao_server::store::read;

const HOUR: i64 = 3_600_000;

/// The outcome, problem and detail of the first document.
fn told(answer: &Answer) -> (Outcome, Option<Problem>, String) {
    let status = &answer.documents[0].status;
    (status.outcome, status.problem, status.detail.clone().unwrap_or_default())
}

fn held(problem: Problem, detail: &str) -> (Outcome, Option<Problem>, String) {
    (Outcome::Held, Some(problem), detail.to_owned())
}

/// Opens a session by this clock and pushes one answer in it.
fn pushes(world: &World, phone: &mut Phone, at: Stamp, value: i64) -> (Admitted, Answer) {
    phone.at = at;
    let (change, push) = phone.begins(value);
    let answer = phone.sync(world, &push);
    (change, answer)
}

fn decisions(answer: &Answer) -> Vec<Decision> {
    answer.feed.records.iter().filter_map(|record| open_as::<Decision>(&record.0).ok()).map(|it| it.body).collect()
}

fn decide(world: &World, login: &str, path: &str, choice: &str, reason: &str) -> u16 {
    let now = MORNING_MS + 100 * DAY_MS;
    let form = [("choice", choice), ("reason", reason), ("seen", &now.to_string())];
    world.page_of(login).post(world.url(path)).form(&form).send().unwrap().status().as_u16()
}

fn page(world: &World, login: &str) -> String {
    world.page_of(login).get(world.url("/held?lang=en")).send().unwrap().text().unwrap()
}

/// What the form of the page sends beside the choice.
fn hidden(page: &str, name: &str) -> String {
    let from = &page[page.find(&format!("name=\"{name}\" value=\"")).unwrap()..];
    from.split('"').nth(3).unwrap().to_owned()
}

#[test]
fn who_decides_by_a_page_that_shows_less_than_has_come_is_shown_the_rest_first() {
    let world = World::new();
    let [mut li, _] = ready(&world);
    world.pass_days(5);
    let (first, _) = pushes(&world, &mut li, stamp(MORNING_MS + 5 * DAY_MS), 12);
    let shown = page(&world, "chen");
    let form =
        [("choice", "accept".to_owned()), ("seen", hidden(&shown, "seen")), ("things", hidden(&shown, "things"))];
    assert_eq!(form[2].1, "1");
    // In the same moment more of it comes.
    let more = li.answer("water", 13);
    li.sync(&world, &li.covered(&[&first, &more]));
    let path = format!("/held/{}", li.document());
    let post = |form: &[(&str, String)]| world.page_of("chen").post(world.url(&path)).form(form).send().unwrap();
    let answer = post(&form);
    assert_eq!(answer.status().as_u16(), 409);
    let again = answer.text().unwrap();
    assert_eq!(in_force(&world, li.document()), []);
    let form =
        [("choice", "accept".to_owned()), ("seen", hidden(&again, "seen")), ("things", hidden(&again, "things"))];
    assert_eq!((form[2].1.as_str(), post(&form).status().as_u16()), ("2", 303));
    assert_eq!(in_force(&world, li.document()), [Scalar::Int(13)]);
}

#[test]
fn a_visit_begun_outside_of_the_permit_s_days_is_held_until_somebody_accepts_it() {
    let world = World::new();
    let [mut li, mut wang] = ready(&world);
    world.pass_days(5);
    let (_, answer) = pushes(&world, &mut li, stamp(MORNING_MS + 5 * DAY_MS), 12);
    assert_eq!(told(&answer), held(Problem::PermitState, "expired"));
    assert!(wang.sync(&world, &Push::default()).feed.documents.is_empty());
    let path = format!("/held/{}", li.document());

    let shown = page(&world, "chen");
    for words in ["李明", "The permit had expired", "Bottles of water", "Shangcun", path.as_str()] {
        assert!(shown.contains(words), "{words} is not in {shown}");
    }
    assert!(!page(&world, "zhou").contains("李明"), "another county");
    assert_eq!(decide(&world, "zhou", &path, "accept", ""), 404);
    assert_eq!(decide(&world, "chen", &path, "decline", "  "), 422, "a reason is wanted");
    assert_eq!(decide(&world, "chen", &path, "accept", ""), 303);
    assert_eq!(decide(&world, "chen", &path, "accept", ""), 404, "nothing is left to decide");
    assert_eq!(in_force(&world, li.document()), [Scalar::Int(12)]);

    let answer = wang.sync(&world, &Push::default());
    assert_eq!(answer.feed.documents.len(), 1, "the colleague gets it now");
    assert_eq!(decisions(&answer)[0].verdict, Verdict::Accepted);
}

#[test]
fn ten_minutes_before_the_first_day_and_work_that_goes_on_after_the_last_are_free() {
    let world = World::new();
    let [mut li, mut wang] = ready(&world);
    let first = MORNING_MS - 9 * HOUR;
    let early = Stamp { server_ms: None, ..stamp(first - 9 * 60_000) };
    li.at = early;
    wang.at = stamp(first - 11 * 60_000);
    // A clock that far behind its own enrolment is doubtful; the day is what is judged first.
    assert_eq!(told(&pushes(&world, &mut li, early, 1).1).1, Some(Problem::ClockDoubtful));
    assert_eq!(
        told(&pushes(&world, &mut wang, stamp(first - 11 * 60_000), 2).1),
        held(Problem::PermitState, "not-yet")
    );

    let world = World::new();
    let [mut li, _] = ready(&world);
    assert_eq!(told(&pushes(&world, &mut li, stamp(MORNING_MS), 1).1).0, Outcome::Ok);
    world.pass_days(6);
    assert_eq!(told(&pushes(&world, &mut li, stamp(MORNING_MS + 6 * DAY_MS), 2).1).0, Outcome::Ok, "it began in time");
}

#[test]
fn declined_work_is_kept_told_and_never_enters() {
    let world = World::new();
    let [mut li, mut wang] = ready(&world);
    world.pass_days(5);
    let (change, _) = pushes(&world, &mut li, stamp(MORNING_MS + 5 * DAY_MS), 12);
    assert_eq!(decide(&world, "gao", &format!("/held/{}", li.document()), "decline", "没有批准"), 303);
    let answer = li.sync(&world, &li.covered(&[&change]).clone());
    assert_eq!(told(&answer), held(Problem::Declined, "没有批准"));
    let decision = decisions(&answer).pop().unwrap();
    assert_eq!((decision.verdict, decision.reason.as_deref()), (Verdict::Declined, Some("没有批准")));
    assert_eq!(decision.heads, [Digest(change.row.hash)]);
    assert!(in_force(&world, li.document()).is_empty());
    assert!(wang.sync(&world, &Push::default()).feed.documents.is_empty());
    let document = li.document();
    let kept = world.write(move |tx, _, _| read::changes(tx, &document));
    assert_eq!(kept[0].state, "declined");
    // What builds on it cannot enter either, and says so.
    let later = li.answer("remark", 1);
    assert_eq!(told(&li.sync(&world, &li.covered(&[&later]).clone())), held(Problem::Declined, "depends"));
    assert_eq!(decide(&world, "gao", &format!("/held/{document}"), "accept", ""), 404);
}

#[test]
fn what_is_written_after_a_withdrawal_is_held_and_what_was_written_before_is_not() {
    let world = World::new();
    let [mut li, mut wang] = ready(&world);
    world.pass_minutes(60);
    let permit = li.permit.as_ref().unwrap().id;
    world.write(move |tx, keys, now| permits::withdraw(tx, keys, &permit, "重复", LI, now));
    world.pass_minutes(60);
    // Both were offline; Li wrote before, Wang after.
    assert_eq!(told(&pushes(&world, &mut li, stamp(MORNING_MS), 12).1).0, Outcome::Ok);
    let (_, answer) = pushes(&world, &mut wang, stamp(MORNING_MS + 2 * HOUR), 13);
    assert_eq!(told(&answer), held(Problem::Withdrawn, ""));
    assert_eq!(decisions(&answer)[0].verdict, Verdict::Withdrawn);
    assert_eq!(wang.trust.as_ref().unwrap().revoked[0].mark, PermitMark::of(&permit));
    assert!(page(&world, "chen").contains("The permit had been withdrawn"));
}

#[test]
fn a_clock_that_cannot_have_been_right_is_doubtful() {
    let cases = [
        ("behind the server's time", stamp(MORNING_MS - HOUR)),
        ("ahead of the server", stamp(MORNING_MS + HOUR)),
        ("two months alone", Stamp { server_ms: Some(MORNING_MS - 61 * DAY_MS), ..stamp(MORNING_MS) }),
    ];
    for (case, at) in cases {
        let world = World::new();
        let [mut li, _] = ready(&world);
        assert_eq!(told(&pushes(&world, &mut li, at, 1).1), held(Problem::ClockDoubtful, ""), "{case}");
    }
}

#[test]
fn a_voided_inspection_is_shown_as_such_counts_for_nothing_and_holds_what_is_written_after() {
    let world = World::new();
    let [mut li, mut wang] = ready(&world);
    pushes(&world, &mut li, stamp(MORNING_MS), 12);
    let void = |phone: &Phone, reason: &str| {
        let (document, person, actor) = (phone.document(), phone.person, phone.actor());
        let at = stamp(MORNING_MS + 60_000);
        Push {
            records: vec![phone.seal(&Void { document, person, actor, reason: reason.to_owned(), at })],
            documents: vec![],
        }
    };
    assert_eq!(li.sync(&world, &void(&li, " ")).records[0].problem, Some(Problem::Field));
    world.pass_minutes(1);
    let push = void(&li, "走错了村");
    assert_eq!(li.sync(&world, &push).records[0].outcome, Outcome::Ok);
    world.pass_minutes(10);
    assert_eq!(told(&pushes(&world, &mut wang, stamp(MORNING_MS + 300_000), 1).1), held(Problem::Voided, ""));
    let permit = li.permit.as_ref().unwrap().id;
    let revoked = [Revocation::of(&permit, (MORNING_MS + 60_000) / 1000)];
    assert_eq!(wang.trust.as_ref().unwrap().revoked, revoked, "its permit is good no more, from the void on");
    assert_eq!(in_force(&world, li.document()), [Scalar::Int(12)], "what was answered stays");
    assert_eq!(world.write(|tx, _, _| permits::visits(tx, &SiteId([0x51; 16]), 2026, i64::MAX)), 0);
    let shown = world.page_of("chen").get(world.url("/?lang=en")).send().unwrap().text().unwrap();
    assert!(shown.contains("Voided") && !shown.contains("On site since"), "{shown}");
}

/// The overview in English, and how its tiles count.
fn overview(world: &World) -> String {
    world.page_of("chen").get(world.url("/?lang=en")).send().unwrap().text().unwrap()
}

#[test]
fn the_overview_calls_a_withdrawn_visit_withdrawn_and_a_late_one_undecided_then_turned_down() {
    let world = World::new();
    let [mut li, _] = ready(&world);
    assert!(overview(&world).contains("Planned"));
    let permit = li.permit.as_ref().unwrap().id;
    world.write(move |tx, keys, now| {
        permits::withdraw(tx, keys, &permit, "暴雨", wurao_protocol::PersonId([0x31; 16]), now)
    });
    let withdrawn = overview(&world);
    assert!(withdrawn.contains("badge close\">") && withdrawn.contains("Withdrawn</span>"), "{withdrawn}");

    let session = li.session();
    let late = late_without_permit(&mut li, stamp(MORNING_MS));
    world.pass_days(20);
    let push = Push { records: vec![session, li.seal(&late)], documents: vec![] };
    assert_eq!(li.sync(&world, &push).records[1].outcome, Outcome::Held);
    let undecided = overview(&world);
    assert!(undecided.contains("Late, not decided") && undecided.contains("href=\"/held\""), "{undecided}");
    let shown = page(&world, "gao");
    assert!(shown.contains("told 20 days later") && shown.contains("over ten days"), "{shown}");
    assert!(shown.contains("2026-09-14"), "the day of the visit: {shown}");

    let record = open_as::<Late>(&li.seal(&late)).unwrap().envelope.id;
    let path = format!("/held/{}/late/{record}", late.document);
    let form = [("choice", "refuse"), ("reason", "没有批准")];
    assert_eq!(world.page_of("gao").post(world.url(&path)).form(&form).send().unwrap().status(), 303);
    let refused = overview(&world);
    assert!(refused.contains("Not registered") && !refused.contains("Late, not decided"), "{refused}");
}

/// A late registration without a permit: the phone draws its name, and works in the document that follows from it.
fn late_without_permit(phone: &mut Phone, at: Stamp) -> Late {
    phone.at = at;
    let mut permit = phone.permit.clone().unwrap();
    let (site, checklist) = (permit.visit.site, permit.visit.checklist);
    permit.id = PermitId([0xd1; 16]);
    let seed = GenesisSeed { permit: permit.id.0, site: site.0, checklist: checklist.0 };
    permit.visit.document = DocumentId(Genesis::new(&seed).document().0);
    let document = permit.visit.document;
    phone.permit = Some(permit);
    phone.ledger = Ledger::new();
    Late {
        document,
        permit: PermitId([0xd1; 16]),
        site,
        checklist,
        person: phone.person,
        actor: phone.actor(),
        cause: Cause::Urgent,
        reason: "山体滑坡".to_owned(),
        standing: "no-permit".to_owned(),
        at,
    }
}

#[test]
fn a_visit_without_a_permit_waits_for_an_approver_and_then_counts() {
    let world = World::new();
    let [mut li, _] = ready(&world);
    let session = li.session();
    let late = late_without_permit(&mut li, stamp(MORNING_MS));
    let change = li.answer("water", 7);
    let mut push = li.covered(&[&change]);
    push.records.insert(0, li.seal(&late));
    push.records.insert(0, session);
    let answer = li.sync(&world, &push);
    assert_eq!(answer.records[1].problem, Some(Problem::LateRegistration));
    assert_eq!(told(&answer), held(Problem::LateRegistration, ""));

    let record = open_as::<Late>(&li.seal(&late)).unwrap().envelope.id;
    let path = format!("/held/{}/late/{record}", late.document);
    let shown = page(&world, "gao");
    for words in ["山体滑坡", "It could not wait", "Emergency Bureau", path.as_str()] {
        assert!(shown.contains(words), "{words} is not in {shown}");
    }
    assert!(!page(&world, "chen").contains(&path), "a supervisor reads of it and does not decide");
    assert_eq!(decide(&world, "chen", &path, "register", ""), 403);
    assert_eq!(decide(&world, "gao", &format!("/held/{}", late.document), "accept", ""), 404, "not by this door");
    assert_eq!(decide(&world, "gao", &path, "refuse", ""), 422);
    assert_eq!(decide(&world, "gao", &path, "register", ""), 303);
    assert_eq!(decide(&world, "gao", &path, "register", ""), 404, "once");
    assert_eq!(in_force(&world, late.document), [Scalar::Int(7)]);
    assert_eq!(decisions(&li.sync(&world, &Push::default()))[0].verdict, Verdict::Registered);
    let shown = world.page_of("chen").get(world.url(&format!("/inspections/{}?lang=en", late.document)));
    let shown = shown.send().unwrap();
    assert_eq!(shown.status(), 200);
    assert!(shown.text().unwrap().contains("山体滑坡"));
}

#[test]
fn nine_digits_lead_to_signed_permits_and_to_no_registration() {
    let world = World::new();
    let [mut li, _] = ready(&world);
    let real = li.permit.as_ref().unwrap().id;
    let session = li.session();
    let late = late_without_permit(&mut li, stamp(MORNING_MS));
    let change = li.answer("water", 7);
    let mut push = li.covered(&[&change]);
    push.records.splice(0..0, [session, li.seal(&late)]);
    assert_eq!(told(&li.sync(&world, &push)), held(Problem::LateRegistration, ""));
    for (permit, status) in [(real, 200), (late.permit, 404)] {
        let answer = reqwest::blocking::get(world.url(&format!("/p/code/{}", permit.short_code()))).unwrap();
        assert_eq!(answer.status(), status, "{permit}");
    }
}

#[test]
fn a_late_registration_that_was_turned_down_declines_its_work_now_and_later() {
    let world = World::new();
    let [mut li, _] = ready(&world);
    let session = li.session();
    let mut late = late_without_permit(&mut li, stamp(MORNING_MS));
    late.actor = li.actor();
    let change = li.answer("water", 7);
    let mut push = li.covered(&[&change]);
    push.records.splice(0..0, [session, li.seal(&late)]);
    li.sync(&world, &push);
    let record = open_as::<Late>(&li.seal(&late)).unwrap().envelope.id;
    let path = format!("/held/{}/late/{record}", late.document);
    assert_eq!(decide(&world, "gao", &path, "refuse", "并不紧急"), 303);
    let later = li.answer("remark", 1);
    let answer = li.sync(&world, &li.covered(&[&change, &later]).clone());
    assert_eq!(told(&answer), held(Problem::Declined, "并不紧急"));
    assert_eq!(decisions(&answer)[0].verdict, Verdict::NotRegistered);
    assert!(in_force(&world, late.document).is_empty());
}

#[test]
fn a_late_registration_of_another_site_checklist_or_document_is_refused_under_its_own_code() {
    let world = World::new();
    let [mut li, mut wang] = ready(&world);
    let real = li.permit.as_ref().unwrap().id;
    let session = li.session();
    li.sync(&world, &Push { records: vec![session], documents: vec![] });
    let good = late_without_permit(&mut li, stamp(MORNING_MS));
    let named = |late: Late| {
        let seed = GenesisSeed { permit: late.permit.0, site: late.site.0, checklist: late.checklist.0 };
        Late { document: DocumentId(Genesis::new(&seed).document().0), ..late }
    };
    let cases = [
        (named(Late { site: SiteId([9; 16]), ..good.clone() }), Problem::Forbidden, "site"),
        (named(Late { checklist: Digest([9; 32]), ..good.clone() }), Problem::NotFound, "checklist"),
        (Late { document: DocumentId([9; 16]), ..good.clone() }, Problem::PermitState, "wrong-document"),
        (named(Late { permit: real, site: SiteId([9; 16]), ..good.clone() }), Problem::PermitState, "wrong-site"),
        (
            named(Late { permit: real, checklist: Digest([9; 32]), ..good.clone() }),
            Problem::PermitState,
            "wrong-checklist",
        ),
        (Late { reason: " ".to_owned(), ..good.clone() }, Problem::Field, "reason"),
        (Late { person: WANG, ..good.clone() }, Problem::ForgedActor, "a session of another person"),
    ];
    for (late, problem, detail) in cases {
        let push = Push { records: vec![li.seal(&late)], documents: vec![] };
        let status = li.sync(&world, &push).records[0].clone();
        assert_eq!(
            (status.outcome, status.problem, status.detail.as_deref()),
            (Outcome::Refused, Some(problem), Some(detail))
        );
    }
    let forged = Push { records: vec![wang.seal(&good)], documents: vec![] };
    assert_eq!(wang.sync(&world, &forged).records[0].problem, Some(Problem::ForgedActor), "another phone's");
    let push = Push { records: vec![li.seal(&good)], documents: vec![] };
    assert_eq!(li.sync(&world, &push).records[0].outcome, Outcome::Held);
}

#[test]
fn a_visit_once_accepted_is_not_asked_about_again_for_the_same_reason() {
    let world = World::new();
    let [mut li, mut wang] = ready(&world);
    world.pass_days(5);
    let late = stamp(MORNING_MS + 5 * DAY_MS);
    assert_eq!(told(&pushes(&world, &mut li, late, 12).1), held(Problem::PermitState, "expired"));
    let path = format!("/held/{}", li.document());
    assert_eq!(decide(&world, "chen", &path, "accept", ""), 303);

    // The next sync of the same visit, and one of another session of it.
    let more = li.answer("remark", 1);
    assert_eq!(told(&li.sync(&world, &li.covered(&[&more]).clone())).0, Outcome::Ok);
    assert_eq!(told(&pushes(&world, &mut li, late, 13).1).0, Outcome::Ok);
    // A colleague's visit is another one.
    assert_eq!(told(&pushes(&world, &mut wang, late, 14).1), held(Problem::PermitState, "expired"));
    // A new reason is a new question.
    let ahead = stamp(MORNING_MS + 5 * DAY_MS + HOUR);
    assert_eq!(told(&pushes(&world, &mut li, ahead, 15).1), held(Problem::ClockDoubtful, ""));
}

#[test]
fn a_withdrawn_visit_once_accepted_is_accepted_as_far_as_it_had_gone_then() {
    let world = World::new();
    let [mut li, _] = ready(&world);
    let permit = li.permit.as_ref().unwrap().id;
    world.write(move |tx, keys, now| permits::withdraw(tx, keys, &permit, "重复", LI, now));
    world.pass_minutes(120);
    let under_way = stamp(MORNING_MS + HOUR);
    assert_eq!(told(&pushes(&world, &mut li, under_way, 12).1), held(Problem::Withdrawn, ""));
    assert_eq!(decide(&world, "chen", &format!("/held/{}", li.document()), "accept", ""), 303);
    assert_eq!(told(&pushes(&world, &mut li, stamp(MORNING_MS + HOUR + 60_000), 13).1).0, Outcome::Ok);
    world.pass_minutes(60);
    let after = stamp(MORNING_MS + 3 * HOUR - 60_000);
    assert_eq!(told(&pushes(&world, &mut li, after, 14).1), held(Problem::Withdrawn, ""), "it had been told");
}
