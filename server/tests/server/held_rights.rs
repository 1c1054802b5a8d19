//! Who may not: decide on their own work, inspect once shut out, register late where they do not inspect.

use crate::support::{DAY_MS, LI, MORNING_MS, Phone, Push, World};
use wurao_protocol::envelope::{open, open_as};
use wurao_protocol::key::Signer as _;
use wurao_protocol::record::{Blob, Capture, Cause, EvidenceEntry, Image, Kind, Late, Stamp, Void};
use wurao_protocol::sync::{Answer, Outcome};
use wurao_protocol::{DocumentId, PermitId, Problem, SiteId};
use wurao_record::{Genesis, GenesisSeed, Ledger, Scalar};
use wurao_server::permits;
use wurao_server::store::read;

const HOUR: i64 = 3_600_000;

pub(super) fn stamp(wall_ms: i64) -> Stamp {
    Stamp { wall_ms, mono_ms: 1, server_ms: Some(MORNING_MS) }
}

pub(super) fn ready(world: &World) -> [Phone; 2] {
    let [mut li, mut wang, _] = world.phones();
    li.sync(world, &Push::default());
    wang.sync(world, &Push::default());
    [li, wang]
}

/// The outcome and problem of the first document.
pub(super) fn told(answer: &Answer) -> (Outcome, Option<Problem>) {
    (answer.documents[0].status.outcome, answer.documents[0].status.problem)
}

/// Opens a session by this clock and pushes one answer in it.
pub(super) fn pushes(world: &World, phone: &mut Phone, at: Stamp, value: i64) -> (Outcome, Option<Problem>) {
    phone.at = at;
    let (_, push) = phone.begins(value);
    told(&phone.sync(world, &push))
}

pub(super) fn in_force(world: &World, document: DocumentId) -> Vec<Scalar> {
    world.write(move |tx, _, _| read::live_ops(tx, &document)).into_iter().map(|op| op.value).collect()
}

/// The status of a decision and the page that came with it.
fn decide(world: &World, login: &str, path: &str, choice: &str) -> (u16, String) {
    let now = MORNING_MS + 500 * DAY_MS;
    let form = [("choice", choice), ("reason", "有理由"), ("seen", &now.to_string())];
    let answer = world.page_of(login).post(world.url(&format!("{path}?lang=en"))).form(&form).send().unwrap();
    (answer.status().as_u16(), answer.text().unwrap())
}

/// Li also has this role in the county, and signs in like everybody.
fn give_li(world: &World, role: &'static str) {
    world.write(move |tx, _, _| {
        let password = "UPDATE person SET password = (SELECT password FROM person WHERE login = 'gao') WHERE id = ?1";
        tx.execute(password, [LI.0])?;
        tx.execute("INSERT INTO role_grant (person, role, prefix) VALUES (?1, ?2, '431124')", (LI.0, role))?;
        Ok(())
    });
}

fn set(world: &World, sql: &str) {
    let sql = sql.to_owned();
    world.write(move |tx, _, _| Ok(tx.execute(&sql, [LI.0]).map(|_| ())?));
}

/// One more step in what Li may do.
fn right_step(at_ms: i64, deed: &str, role: &str) -> String {
    format!(
        "INSERT INTO right_step (person, position, at_ms, deed, role, prefix) SELECT ?1, MAX(position) + 1, {at_ms}, \
         '{deed}', {role}, '431124' FROM right_step WHERE person = ?1"
    )
}

/// A late registration of what the phone has a permit for.
fn late_here(phone: &Phone, at: Stamp) -> Late {
    let permit = phone.permit.as_ref().unwrap();
    Late {
        document: permit.visit.document,
        permit: permit.id,
        site: permit.visit.site,
        checklist: permit.visit.checklist,
        person: phone.person,
        actor: phone.actor(),
        cause: Cause::Urgent,
        reason: "山体滑坡".to_owned(),
        standing: "expired".to_owned(),
        at,
    }
}

/// One without a permit: the phone draws its name, and works in the document that follows from it.
fn late_elsewhere(phone: &mut Phone, site: SiteId, at: Stamp) -> Late {
    let mut permit = phone.permit.clone().unwrap();
    permit.id = PermitId([0xd1; 16]);
    permit.visit.site = site;
    let seed = GenesisSeed { permit: permit.id.0, site: site.0, checklist: permit.visit.checklist.0 };
    permit.visit.document = DocumentId(Genesis::new(&seed).document().0);
    phone.permit = Some(permit);
    phone.ledger = Ledger::new();
    Late { standing: "no-permit".to_owned(), ..late_here(phone, at) }
}

fn registration(phone: &Phone, late: &Late) -> String {
    let record = open_as::<Late>(&phone.seal(late)).unwrap().envelope.id;
    format!("/held/{}/late/{record}", late.document)
}

/// Brings a late registration and one answer; what was said of the registration and of the answer.
fn brings_late(world: &World, phone: &mut Phone, session: Vec<u8>, late: &Late) -> [(Outcome, Option<Problem>); 2] {
    let change = phone.answer("water", 7);
    let mut push = phone.covered(&[&change]);
    push.records.splice(0..0, [session, phone.seal(late)]);
    let answer = phone.sync(world, &push);
    [(answer.records[1].outcome, answer.records[1].problem), told(&answer)]
}

#[test]
fn nobody_decides_on_work_of_their_own() {
    for role in ["approver", "supervisor"] {
        let world = World::new();
        let [mut li, mut wang] = ready(&world);
        give_li(&world, role);
        world.pass_days(5);
        let expired = (Outcome::Held, Some(Problem::PermitState));
        assert_eq!(pushes(&world, &mut wang, stamp(MORNING_MS + 5 * DAY_MS), 13), expired);
        assert_eq!(pushes(&world, &mut li, stamp(MORNING_MS + 5 * DAY_MS), 12), expired);
        let path = format!("/held/{}", li.document());
        for choice in ["accept", "decline"] {
            let (status, page) = decide(&world, "li", &path, choice);
            assert_eq!(status, 403, "{role} {choice}");
            assert!(page.contains("somebody else decides"), "{page}");
            assert!(!page.contains(&format!("action=\"{path}\"")), "no form for it: {page}");
        }
        assert!(in_force(&world, li.document()).is_empty());
        assert_eq!(decide(&world, "chen", &path, "accept").0, 303);
    }
}

#[test]
fn nobody_decides_on_a_late_registration_of_their_own() {
    let world = World::new();
    let [mut li, _] = ready(&world);
    give_li(&world, "approver");
    li.at = stamp(MORNING_MS);
    let session = li.session();
    let late = late_elsewhere(&mut li, SiteId([0x51; 16]), stamp(MORNING_MS));
    brings_late(&world, &mut li, session, &late);
    let path = registration(&li, &late);
    for choice in ["register", "refuse"] {
        let (status, page) = decide(&world, "li", &path, choice);
        assert_eq!(status, 403, "{choice}");
        assert!(page.contains("somebody else decides") && !page.contains(&format!("action=\"{path}\"")), "{page}");
    }
    assert!(in_force(&world, late.document).is_empty());
    assert_eq!(decide(&world, "gao", &path, "register").0, 303);
    assert_eq!(in_force(&world, late.document), [Scalar::Int(7)]);
}

#[test]
fn a_registered_visit_is_held_after_a_withdrawal_and_for_a_clock_that_cannot_be_right() {
    let world = World::new();
    let [mut li, _] = ready(&world);
    world.pass_days(5);
    let began = MORNING_MS + 5 * DAY_MS;
    li.at = stamp(began);
    let session = li.session();
    let late = late_here(&li, stamp(began));
    brings_late(&world, &mut li, session, &late);
    assert_eq!(decide(&world, "gao", &registration(&li, &late), "register").0, 303);
    assert_eq!(in_force(&world, late.document), [Scalar::Int(7)], "the permit's days are waived");
    assert_eq!(pushes(&world, &mut li, stamp(began), 8).0, Outcome::Ok);

    let doubtful = (Outcome::Held, Some(Problem::ClockDoubtful));
    assert_eq!(pushes(&world, &mut li, stamp(began + HOUR), 9), doubtful);
    assert_eq!(decide(&world, "chen", &format!("/held/{}", late.document), "decline").0, 303);

    let world = World::new();
    let [mut li, _] = ready(&world);
    world.pass_days(5);
    li.at = stamp(began);
    let session = li.session();
    let late = late_here(&li, stamp(began));
    brings_late(&world, &mut li, session, &late);
    assert_eq!(decide(&world, "gao", &registration(&li, &late), "register").0, 303);
    let permit = late.permit;
    world.write(move |tx, keys, now| permits::withdraw(tx, keys, &permit, "重复", LI, now));
    world.pass_minutes(60);
    let withdrawn = (Outcome::Held, Some(Problem::Withdrawn));
    assert_eq!(pushes(&world, &mut li, stamp(began + 30 * 60_000), 8), withdrawn);
    assert_eq!(in_force(&world, late.document), [Scalar::Int(7)]);
}

#[test]
fn what_comes_of_somebody_who_inspects_no_more_is_held_until_somebody_decides() {
    let shut_out = right_step(MORNING_MS, "disabled", "NULL");
    let let_in = right_step(MORNING_MS + 900_000, "enabled", "NULL");
    let taken = right_step(MORNING_MS, "taken", "'inspector'");
    let given = right_step(MORNING_MS + 900_000, "given", "'inspector'");
    for (out, back) in [(&shut_out, &let_in), (&taken, &given)] {
        let world = World::new();
        let [mut li, _] = ready(&world);
        world.clock.set(MORNING_MS - 1);
        assert_eq!(pushes(&world, &mut li, stamp(MORNING_MS), 12).0, Outcome::Ok);
        world.clock.set(MORNING_MS);
        set(&world, out);
        world.pass_minutes(10);
        let barred = (Outcome::Held, Some(Problem::Forbidden));
        assert_eq!(pushes(&world, &mut li, stamp(MORNING_MS + 60_000), 13), barred, "{out}");
        assert_eq!(in_force(&world, li.document()), [Scalar::Int(12)], "what came before stays");
        let shown = world.page_of("chen").get(world.url("/held?lang=en")).send().unwrap().text().unwrap();
        assert!(shown.contains("could inspect no more"), "{shown}");

        set(&world, back);
        world.pass_minutes(10);
        assert_eq!(pushes(&world, &mut li, stamp(MORNING_MS + 120_000), 14), barred, "it builds on what is held");
        assert_eq!(in_force(&world, li.document()), [Scalar::Int(12)], "being let in again decides nothing");
        assert_eq!(decide(&world, "chen", &format!("/held/{}", li.document()), "accept").0, 303);
        assert_eq!(in_force(&world, li.document()), [Scalar::Int(14)]);
        assert_eq!(pushes(&world, &mut li, stamp(MORNING_MS + 180_000), 15).0, Outcome::Ok);
    }
}

#[test]
fn a_leave_of_somebody_who_inspects_no_more_closes_nothing_until_somebody_decides() {
    let world = World::new();
    let phones = ready(&world);
    set(&world, &right_step(MORNING_MS, "taken", "'inspector'"));
    world.pass_minutes(1);
    let document = phones[0].document();
    let told = phones.map(|mut phone| {
        phone.at = stamp(MORNING_MS);
        let push = Push { records: vec![phone.session(), phone.leave()], documents: vec![] };
        let status = phone.sync(&world, &push).records[1].clone();
        (status.outcome, status.problem)
    });
    assert_eq!(told, [(Outcome::Held, Some(Problem::Forbidden)), (Outcome::Ok, None)]);
    let closed = || {
        let sql = "SELECT closed_ms IS NOT NULL FROM inspection WHERE document = ?1";
        world.write(move |tx, _, _| Ok(tx.query_row::<bool, _, _>(sql, [document.0], |row| row.get(0))?))
    };
    assert!(!closed());
    let shown = world.page_of("chen").get(world.url("/held?lang=en")).send().unwrap().text().unwrap();
    assert!(shown.contains("could inspect no more"), "{shown}");
    assert_eq!(decide(&world, "chen", &format!("/held/{document}"), "accept").0, 303);
    assert!(closed());
}

#[test]
fn who_inspects_no_more_is_told_nothing_until_they_are_let_in_again() {
    let world = World::new();
    let [mut li, mut wang] = ready(&world);
    assert_eq!(pushes(&world, &mut li, stamp(MORNING_MS), 1).0, Outcome::Ok);
    let take = "UPDATE role_grant SET role = 'auditor' WHERE person = ?1 AND role = 'inspector'";
    for (out, back) in [("UPDATE person SET disabled_ms = 1 WHERE id = ?1", true), (take, false)] {
        set(&world, out);
        world.pass_minutes(1);
        let value = if back { 2 } else { 3 };
        assert_eq!(pushes(&world, &mut wang, stamp(MORNING_MS + 60_000), value).0, Outcome::Ok);
        let told = li.sync(&world, &Push::default()).feed;
        let lists = told.records.iter().all(|record| open(&record.0).unwrap().kind == Kind::TrustList);
        assert!(told.documents.is_empty() && lists, "{out}: but what anybody may read");
        let person = format!("/admin/people/{LI}");
        let (deed, form) = if back { ("enable", vec![]) } else { ("grant", vec![("role", "inspector")]) };
        let admin = administrator(&world);
        assert_eq!(
            admin.post(world.url(&format!("{person}/{deed}"))).form(&form).send().unwrap().status(),
            303,
            "{out}"
        );
        let told = li.sync(&world, &Push::default()).feed;
        let changes: usize = told.documents.iter().map(|document| document.changes.len()).sum();
        assert!(changes > 0, "{out}: what came meanwhile");
        assert!(in_force(&world, li.document()).contains(&Scalar::Int(value)));
    }
}

/// Zhao looks after people here.
pub(super) fn administrator(world: &World) -> reqwest::blocking::Client {
    world.write(|tx, _, _| {
        let sql = "UPDATE person SET password = (SELECT password FROM person WHERE login = 'gao') WHERE login = 'zhao'";
        tx.execute(sql, [])?;
        let sql = "INSERT INTO role_grant (person, role, prefix) SELECT id, 'administrator', '431124' FROM person \
                   WHERE login = 'zhao' ON CONFLICT DO NOTHING";
        tx.execute(sql, [])?;
        Ok(())
    });
    world.page_of("zhao")
}

/// A photo's entry, taken then.
pub(super) fn photo(phone: &Phone, at: Stamp, sequence: u64, name: u8) -> Vec<u8> {
    let blob = |n: u8| Blob { sha256: wurao_protocol::Digest([n; 32]), bytes: 9 };
    let image = |n: u8| Image { blob: blob(n), width: 4, height: 3 };
    phone.seal(&EvidenceEntry {
        document: phone.document(),
        question: "water".to_owned(),
        instance: "-".to_owned(),
        original: blob(name),
        media_type: "image/jpeg".to_owned(),
        rendition: image(name + 1),
        thumbnail: image(name + 2),
        pipeline: "test".to_owned(),
        perceptual: 0,
        capture: Capture { attached: at, camera_time: None, position: None, orientation: 1, camera: None },
        person: phone.person,
        actor: phone.actor(),
        sequence,
        previous: None,
    })
}

fn photos(world: &World) -> i64 {
    let sql = "SELECT COUNT(*) FROM evidence WHERE held = 0";
    world.write(move |tx, _, _| Ok(tx.query_row(sql, [], |row| row.get(0))?))
}

#[test]
fn a_photo_that_no_permit_covers_is_held_as_its_answers_would_be() {
    for (case, problem) in
        [("expired", Problem::PermitState), ("withdrawn", Problem::Withdrawn), ("late", Problem::LateRegistration)]
    {
        let world = World::new();
        let [mut li, _] = ready(&world);
        let at = if case == "expired" { stamp(MORNING_MS + 5 * DAY_MS) } else { stamp(MORNING_MS + HOUR) };
        world.pass_days(5);
        li.at = at;
        let mut records = vec![li.session()];
        if case == "withdrawn" {
            let permit = li.permit.as_ref().unwrap().id;
            world.clock.set(MORNING_MS + HOUR / 2);
            world.write(move |tx, keys, now| permits::withdraw(tx, keys, &permit, "暴雨", LI, now));
            world.clock.set(MORNING_MS + 5 * DAY_MS);
        }
        if case == "late" {
            records.push(li.seal(&late_here(&li, at)));
        }
        records.push(photo(&li, at, 1, 0x10));
        let answer = li.sync(&world, &Push { records, documents: vec![] });
        let status = answer.records.last().unwrap();
        assert_eq!((status.outcome, status.problem), (Outcome::Held, Some(problem)), "{case}");
        assert_eq!(photos(&world), 0, "{case}");
        let path = match case {
            "late" => registration(&li, &late_here(&li, at)),
            _ => format!("/held/{}", li.document()),
        };
        let choice = if case == "late" { "register" } else { "accept" };
        assert_eq!(decide(&world, "gao", &path, choice).0, 303, "{case}");
        assert_eq!(photos(&world), 1, "{case}: decided");
    }
    let world = World::new();
    let [mut li, _] = ready(&world);
    li.at = stamp(MORNING_MS);
    let records = vec![li.session(), photo(&li, stamp(MORNING_MS), 1, 0x10)];
    assert_eq!(li.sync(&world, &Push { records, documents: vec![] }).records[1].outcome, Outcome::Ok);
    assert_eq!(photos(&world), 1, "an honest one takes effect at once");
}

#[test]
fn what_a_lost_phone_registers_late_says_nothing_of_its_owner_s_work_on_another() {
    let world = World::new();
    let [mut lost, _] = ready(&world);
    let mut new = Phone::new(9, LI);
    new.enrol(&world, "code-spare");
    new.sync(&world, &Push::default());
    let device = lost.key.public().device();
    world.write(move |tx, keys, now| permits::revoke_device(tx, keys, &device, "丢失", None, now));
    world.pass_minutes(1);
    lost.at = stamp(MORNING_MS);
    let session = lost.session();
    let late = late_here(&lost, stamp(MORNING_MS));
    let push = Push { records: vec![session, lost.seal(&late)], documents: vec![] };
    assert_eq!(lost.sync(&world, &push).records[1].outcome, Outcome::Held);
    assert_eq!(pushes(&world, &mut new, stamp(MORNING_MS), 5), (Outcome::Ok, None));
    assert_eq!(decide(&world, "gao", &registration(&lost, &late), "refuse").0, 303);
    assert_eq!(pushes(&world, &mut new, stamp(MORNING_MS), 6), (Outcome::Ok, None));
    assert_eq!(in_force(&world, new.document()), [Scalar::Int(6)]);
}

#[test]
fn a_void_that_is_held_is_shown_and_decided() {
    for choice in ["accept", "decline"] {
        let world = World::new();
        let [mut li, _] = ready(&world);
        assert_eq!(pushes(&world, &mut li, stamp(MORNING_MS), 1).0, Outcome::Ok);
        set(&world, &right_step(MORNING_MS, "taken", "'inspector'"));
        world.pass_minutes(1);
        let status = li.sync(&world, &void(&li, stamp(MORNING_MS))).records[0].clone();
        assert_eq!((status.outcome, status.problem), (Outcome::Held, Some(Problem::Forbidden)));
        let shown = world.page_of("chen").get(world.url("/held?lang=en")).send().unwrap().text().unwrap();
        assert!(shown.contains("1 void"), "{shown}");
        assert_eq!(decide(&world, "chen", &format!("/held/{}", li.document()), choice).0, 303);
        let sql = "SELECT COUNT(*) FROM inspection WHERE voided_ms IS NOT NULL";
        let voided = world.write(move |tx, _, _| Ok(tx.query_row::<i64, _, _>(sql, [], |row| row.get(0))?));
        assert_eq!(voided, i64::from(choice == "accept"), "{choice}");
    }
}

#[test]
fn a_moment_that_no_clock_shows_is_refused_and_a_lost_clock_backdates_no_void() {
    for wall_ms in [i64::MIN, -1, i64::MAX] {
        let world = World::new();
        let [mut li, _] = ready(&world);
        li.at = stamp(MORNING_MS);
        let records = vec![li.session(), li.seal(&late_here(&li, stamp(wall_ms)))];
        let status = li.sync(&world, &Push { records, documents: vec![] }).records[1].clone();
        let said = (status.outcome, status.problem, status.detail.as_deref());
        assert_eq!(said, (Outcome::Refused, Some(Problem::Field), Some("at")), "{wall_ms}");
        let held = world.page_of("gao").get(world.url("/held")).send().unwrap();
        assert_eq!(held.status(), 200);
    }
    let world = World::new();
    let [mut li, mut wang] = ready(&world);
    assert_eq!(pushes(&world, &mut li, stamp(MORNING_MS), 12).0, Outcome::Ok);
    assert_eq!(pushes(&world, &mut wang, stamp(MORNING_MS), 13).0, Outcome::Ok);
    world.pass_minutes(10);
    assert_eq!(li.sync(&world, &void(&li, stamp(0))).records[0].outcome, Outcome::Ok);
    let sql = "SELECT voided_ms FROM inspection WHERE document = ?1";
    let document = li.document().0;
    let voided: i64 = world.write(move |tx, _, _| Ok(tx.query_row(sql, [document], |row| row.get(0))?));
    assert_eq!(voided, MORNING_MS + 600_000, "then it is when it came");
    assert_eq!(in_force(&world, li.document()).len(), 2, "what was here before stays");
}

#[test]
fn a_reason_that_is_not_what_it_looks_like_is_refused() {
    let world = World::new();
    let [mut li, _] = ready(&world);
    li.at = stamp(MORNING_MS);
    let session = li.session();
    for reason in ["山体\u{202e}滑坡", "a\u{1b}[31m", "a\0b", " "] {
        let late = Late { reason: reason.to_owned(), ..late_here(&li, stamp(MORNING_MS)) };
        let push = Push { records: vec![session.clone(), li.seal(&late)], documents: vec![] };
        let status = li.sync(&world, &push).records[1].clone();
        assert_eq!((status.problem, status.detail.as_deref()), (Some(Problem::Field), Some("reason")), "{reason:?}");
    }
    let late = Late { reason: "第一行\n第二行".to_owned(), ..late_here(&li, stamp(MORNING_MS)) };
    let push = Push { records: vec![session, li.seal(&late)], documents: vec![] };
    assert_eq!(li.sync(&world, &push).records[1].outcome, Outcome::Held);
}

#[test]
fn a_late_registration_of_somebody_shut_out_is_held_and_its_work_decided_by_itself() {
    let world = World::new();
    let [mut li, _] = ready(&world);
    set(&world, "INSERT INTO right_step (person, position, at_ms, deed) VALUES (?1, 99, 1, 'disabled')");
    li.at = stamp(MORNING_MS);
    let session = li.session();
    let late = late_elsewhere(&mut li, SiteId([0x51; 16]), stamp(MORNING_MS));
    let held = (Outcome::Held, Some(Problem::LateRegistration));
    assert_eq!(brings_late(&world, &mut li, session, &late), [held, held]);
    assert_eq!(decide(&world, "gao", &registration(&li, &late), "register").0, 303);
    assert!(in_force(&world, late.document).is_empty());
    assert_eq!(decide(&world, "gao", &format!("/held/{}", late.document), "accept").0, 303);
    assert_eq!(in_force(&world, late.document), [Scalar::Int(7)]);
}

#[test]
fn a_late_registration_where_its_person_does_not_inspect_is_answered_like_one_of_an_unknown_site() {
    let cases = [
        ("another county", "UPDATE role_grant SET prefix = '431123' WHERE person = ?1", SiteId([0x51; 16])),
        ("another body", "UPDATE role_grant SET body = zeroblob(16) WHERE person = ?1", SiteId([0x51; 16])),
        ("no role", "DELETE FROM role_grant WHERE person = ?1", SiteId([0x51; 16])),
        ("unknown site", "UPDATE role_grant SET prefix = '431124' WHERE person = ?1", SiteId([9; 16])),
    ];
    for (case, sql, site) in cases {
        let world = World::new();
        let [mut li, _] = ready(&world);
        set(&world, sql);
        li.at = stamp(MORNING_MS);
        let session = li.session();
        let late = late_elsewhere(&mut li, site, stamp(MORNING_MS));
        let push = Push { records: vec![session, li.seal(&late)], documents: vec![] };
        let status = li.sync(&world, &push).records[1].clone();
        let said = (status.outcome, status.problem, status.detail.as_deref());
        assert_eq!(said, (Outcome::Refused, Some(Problem::Forbidden), Some("site")), "{case}");
    }
}

#[test]
fn a_late_visit_counts_in_the_year_in_which_it_was_made_by_the_county_s_calendar() {
    // 2026-12-31 23:30 and 2027-01-01 00:30 at +08:00; both arrive in 2027.
    let midnight = MORNING_MS + 109 * DAY_MS - 9 * HOUR;
    for (at, year) in [(midnight - HOUR / 2, 2026), (midnight + HOUR / 2, 2027), (midnight + 400 * DAY_MS, 2027)] {
        let world = World::new();
        let [mut li, _] = ready(&world);
        world.clock.set(midnight + 5 * DAY_MS);
        li.at = stamp(at);
        let session = li.session();
        let late = late_elsewhere(&mut li, SiteId([0x51; 16]), stamp(at));
        let push = Push { records: vec![session, li.seal(&late)], documents: vec![] };
        assert_eq!(li.sync(&world, &push).records[1].outcome, Outcome::Held);
        let document = late.document.0;
        let sql = "SELECT year FROM inspection WHERE document = ?1";
        let found: i64 = world.write(move |tx, _, _| Ok(tx.query_row(sql, [document], |row| row.get(0))?));
        assert_eq!(found, year);
    }
}

pub(super) fn void(phone: &Phone, at: Stamp) -> Push {
    let (document, person, actor) = (phone.document(), phone.person, phone.actor());
    Push {
        records: vec![phone.seal(&Void { document, person, actor, reason: "走错了村".to_owned(), at })],
        documents: vec![],
    }
}

#[test]
fn a_void_by_a_clock_that_runs_ahead_holds_what_is_written_from_its_arrival_on() {
    let world = World::new();
    let [mut li, mut wang] = ready(&world);
    assert_eq!(pushes(&world, &mut li, stamp(MORNING_MS), 12).0, Outcome::Ok);
    let ahead = void(&li, stamp(MORNING_MS + 300 * DAY_MS));
    assert_eq!(li.sync(&world, &ahead).records[0].outcome, Outcome::Ok);
    world.pass_minutes(10);
    let voided = (Outcome::Held, Some(Problem::Voided));
    assert_eq!(pushes(&world, &mut wang, stamp(MORNING_MS + 60_000), 1), voided);
}

#[test]
fn a_closed_inspection_is_not_voided_any_more() {
    let world = World::new();
    let [mut li, mut wang] = ready(&world);
    for phone in [&mut li, &mut wang] {
        phone.at = stamp(MORNING_MS);
        let session = phone.session();
        let push = Push { records: vec![session, phone.leave()], documents: vec![] };
        assert_eq!(phone.sync(&world, &push).records[1].outcome, Outcome::Ok);
    }
    let status = li.sync(&world, &void(&li, stamp(MORNING_MS))).records[0].clone();
    let said = (status.outcome, status.problem, status.detail.as_deref());
    assert_eq!(said, (Outcome::Refused, Some(Problem::Late), Some("closed")));
    let sql = "SELECT COUNT(*) FROM inspection WHERE voided_ms IS NOT NULL";
    assert_eq!(world.write(move |tx, _, _| Ok(tx.query_row::<i64, _, _>(sql, [], |row| row.get(0))?)), 0);
}
