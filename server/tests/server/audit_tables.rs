//! What pages tell is what was signed, table by table: whoever alters a row behind the server's back is found by `audit verify`.

use crate::pages::county::photo;
use crate::support::{DAY_MS, LI, MORNING_MS, Phone, Push, World};
use wurao_protocol::envelope::open_as;
use wurao_protocol::key::Signer as _;
use wurao_protocol::record::{Cause, Checkpoint, Late, Stamp, Void, Witness};
use wurao_protocol::sync::Outcome;
use wurao_protocol::{DocumentId, PermitId};
use wurao_record::{Genesis, GenesisSeed, Ledger};
use wurao_server::audit::verify::{Altered, verify};
use wurao_server::permits;

const MINUTE: i64 = 60_000;

fn stamp(wall_ms: i64, server_ms: Option<i64>) -> Stamp {
    Stamp { wall_ms, mono_ms: 1, server_ms }
}

fn fault(world: &World) -> Option<Altered> {
    world.write(|tx, keys, _| verify(tx, &keys.records.public())).fault
}

/// What is found once this was done to the database, which is undone then.
pub(crate) fn found(world: &World, sql: &str) -> Option<Altered> {
    let sql = sql.to_owned();
    world.write(move |tx, keys, _| {
        tx.execute_batch("SAVEPOINT altered")?;
        let rows = tx.execute(&sql, [])?;
        assert!(rows > 0, "nothing is altered: {sql}");
        let found = verify(tx, &keys.records.public())?;
        tx.execute_batch("ROLLBACK TO altered; RELEASE altered")?;
        Ok(found.fault)
    })
}

/// One answer in a session of its own, by this clock.
fn answers(world: &World, phone: &mut Phone, at: Stamp, value: i64) -> Outcome {
    phone.at = at;
    let (_, push) = phone.begins(value);
    phone.sync(world, &push).documents[0].status.outcome
}

/// Wang registers a visit without a permit; an approver says so of it.
fn registers(world: &World, wang: &mut Phone, drawn: u8, choice: &str) -> DocumentId {
    let mut permit = wang.permit.clone().unwrap();
    permit.id = PermitId([drawn; 16]);
    let seed = GenesisSeed { permit: permit.id.0, site: permit.visit.site.0, checklist: permit.visit.checklist.0 };
    permit.visit.document = DocumentId(Genesis::new(&seed).document().0);
    let session = wang.session();
    let late = Late {
        document: permit.visit.document,
        permit: permit.id,
        site: permit.visit.site,
        checklist: permit.visit.checklist,
        person: wang.person,
        actor: wang.actor(),
        cause: Cause::Urgent,
        reason: "山体滑坡".to_owned(),
        standing: "no-permit".to_owned(),
        at: wang.at,
    };
    let record = wang.seal(&late);
    let id = open_as::<Late>(&record).unwrap().envelope.id;
    (wang.permit, wang.ledger) = (Some(permit), Ledger::new());
    // In the one that is refused there is some work.
    let change = (choice == "refuse").then(|| wang.answer("water", 7));
    let mut push = change.map_or_else(Push::default, |change| wang.covered(&[&change]));
    push.records.splice(0..0, [session, record]);
    assert_eq!(wang.sync(world, &push).records[1].outcome, Outcome::Held);
    let form = [("choice", choice), ("reason", "并不紧急"), ("seen", "99999999999999")];
    let path = world.url(&format!("/held/{}/late/{id}", late.document));
    assert_eq!(world.page_of("gao").post(path).form(&form).send().unwrap().status(), 303);
    late.document
}

/// Work in force, held and declined, photos, two late registrations, a void, a withdrawal, a witness.
fn busy() -> World {
    let world = World::new();
    let [mut li, mut wang, _] = world.phones();
    li.sync(&world, &Push::default());
    wang.sync(&world, &Push::default());
    assert_eq!(answers(&world, &mut li, stamp(MORNING_MS, Some(MORNING_MS)), 1), Outcome::Ok);
    assert_eq!(answers(&world, &mut wang, stamp(MORNING_MS, Some(MORNING_MS)), 2), Outcome::Ok);
    li.sync(&world, &Push { records: vec![photo(&li, "water", b"thumbnail", b"rendition")], ..Push::default() });
    let shown = li.sync(&world, &Push::default()).shown.unwrap();
    let checkpoint = open_as::<Checkpoint>(&shown.checkpoint.0).unwrap();
    let Checkpoint { epoch, size, .. } = checkpoint.body;
    let (checkpoint, signed) = (checkpoint.envelope.id, Some(shown.checkpoint));
    let record = li.seal(&Witness { epoch, size, checkpoint, at: li.at, signed });
    li.sync(&world, &Push { records: vec![record], ..Push::default() });

    registers(&world, &mut wang, 0xd1, "refuse");
    let document = registers(&world, &mut wang, 0xd2, "register");
    let void = Void { document, person: wang.person, actor: wang.actor(), reason: "弄错了".to_owned(), at: wang.at };
    wang.sync(&world, &Push { records: vec![wang.seal(&void)], ..Push::default() });

    world.pass_days(5);
    let permit = li.permit.as_ref().unwrap().id;
    world.write(move |tx, keys, now| permits::withdraw(tx, keys, &permit, "重复", LI, now));
    let after = stamp(MORNING_MS + 5 * DAY_MS, Some(MORNING_MS));
    assert_eq!(answers(&world, &mut li, after, 12), Outcome::Held);
    assert_eq!(fault(&world), None);
    world
}

#[test]
fn what_is_told_of_a_visit_is_what_was_signed_of_it() {
    let world = busy();
    let of_others = "(SELECT actor FROM session WHERE person = x'12121212121212121212121212121212' LIMIT 1)";
    let cases: [(&str, &str, &str); 46] = [
        ("a refused visit as registered", "UPDATE late SET registered = 1 WHERE registered = 0", "of late"),
        ("a registered one as refused", "UPDATE late SET registered = 0 WHERE registered = 1", "of late"),
        (
            "one as undecided",
            "UPDATE late SET registered = NULL, decided_by = NULL, decided_ms = NULL, decided_reason = NULL",
            "of late",
        ),
        ("who decided on it", "UPDATE late SET decided_by = zeroblob(16)", "of late"),
        ("when", "UPDATE late SET decided_ms = decided_ms + 1", "of late"),
        ("what was said of it", "UPDATE late SET decided_reason = 'something else'", "of late"),
        ("which phone brought it", "UPDATE late SET device = zeroblob(16)", "of late"),
        ("whose held work is", "UPDATE change SET actor = OTHERS, seq = seq + 1000 WHERE state = 'held'", "`change "),
        ("whose all work is", "UPDATE change SET actor = OTHERS, seq = seq + 1000 + position", "`change "),
        ("its number", "UPDATE change SET seq = seq + 1", "`change "),
        ("when it was written", "UPDATE change SET time_ms = time_ms + 1", "`change "),
        ("its first operation", "UPDATE change SET start_op = start_op - 1", "`change "),
        ("its last operation", "UPDATE change SET max_op = max_op + 1", "`change "),
        ("what it has seen", "UPDATE change SET clock = x''", "`change "),
        ("what it builds on", "UPDATE change SET dependencies = zeroblob(32)", "`change "),
        ("what builds on it", "UPDATE dependency SET dependency = randomblob(32)", "`change "),
        ("nothing builds on it", "DELETE FROM dependency", "`change "),
        ("that it was signed", "UPDATE change SET covered = 0 WHERE state = 'held'", "without a signature over it"),
        (
            "why it was declined",
            "UPDATE change SET detail = 'something else' WHERE state = 'declined'",
            "nobody declined so",
        ),
        (
            "why a permit was withdrawn",
            "UPDATE inspection SET withdrawn_reason = 'else' WHERE withdrawn_ms > 0",
            "not withdrawn then",
        ),
        (
            "who withdrew it",
            "UPDATE inspection SET withdrawn_by = zeroblob(16) WHERE withdrawn_ms > 0",
            "not withdrawn then",
        ),
        ("when", "UPDATE inspection SET withdrawn_ms = withdrawn_ms - 1", "not withdrawn then"),
        ("that it was", "UPDATE inspection SET withdrawn_ms = NULL WHERE withdrawn_ms > 0", "not withdrawn then"),
        (
            "a reason and no withdrawal",
            "UPDATE inspection SET withdrawn_reason = 'else' WHERE withdrawn_ms IS NULL",
            "not withdrawn then",
        ),
        ("why it was voided", "UPDATE inspection SET voided_reason = 'else' WHERE voided_ms > 0", "not voided then"),
        ("when", "UPDATE inspection SET voided_ms = voided_ms + 1", "not voided then"),
        (
            "that it was",
            "UPDATE inspection SET voided_ms = NULL, voided_reason = NULL WHERE voided_ms > 0",
            "not voided then",
        ),
        (
            "that others were",
            "UPDATE inspection SET voided_ms = 1, voided_reason = 'else' WHERE voided_ms IS NULL",
            "not voided then",
        ),
        ("where", "UPDATE inspection SET site = zeroblob(16)", "of inspection"),
        ("where without a permit", "UPDATE inspection SET site = zeroblob(16) WHERE issued_s IS NULL", "of inspection"),
        ("under which permit", "UPDATE inspection SET permit = zeroblob(16) WHERE issued_s > 0", "of inspection"),
        ("by which body", "UPDATE inspection SET body = zeroblob(16) WHERE issued_s > 0", "of inspection"),
        ("for which item", "UPDATE inspection SET plan_item = zeroblob(16)", "of inspection"),
        ("until when", "UPDATE inspection SET to_s = to_s + 86400 WHERE issued_s > 0", "of inspection"),
        (
            "that it was permitted",
            "UPDATE inspection SET from_s = 1, to_s = 2, issued_s = 1 WHERE issued_s IS NULL",
            "of inspection",
        ),
        (
            "a visit that has no work",
            "DELETE FROM inspection WHERE NOT EXISTS (SELECT 1 FROM change c WHERE c.document = inspection.document)",
            "of inspection",
        ),
        ("a doubted clock", "UPDATE session SET doubtful = 1", "of session"),
        ("what a clock was held against", "UPDATE session SET server_ms = server_ms + 1", "of session"),
        ("whose a record is", "UPDATE record SET device = zeroblob(16) WHERE kind = 'wurao/session'", "not signed by"),
        ("whose phone took a photo", "UPDATE evidence SET device = zeroblob(16)", "of evidence"),
        ("which photo was before it", "UPDATE evidence SET previous = zeroblob(32)", "of evidence"),
        ("who witnessed it", "UPDATE witness SET device = zeroblob(16)", "of witness"),
        ("a checkpoint's root", "UPDATE checkpoint SET root = zeroblob(32)", "of checkpoint"),
        ("what was witnessed", "UPDATE witness SET checkpoint = (SELECT record FROM person LIMIT 1)", "has witnessed"),
        (
            "an answer that phones are not told of",
            "DELETE FROM feed WHERE position = (SELECT MAX(position) FROM feed WHERE change IS NOT NULL)",
            "not told of change",
        ),
        (
            "held work that they are told of",
            "INSERT INTO feed (document, change) SELECT document, hash FROM change WHERE state = 'held'",
            "not told of change",
        ),
    ];
    for (case, sql, expected) in cases {
        let fault = found(&world, &sql.replace("OTHERS", of_others)).unwrap_or_else(|| panic!("not seen: {case}"));
        assert!(fault.to_string().contains(expected), "{case}: {fault}");
    }
    for kind in ["session", "decision", "late", "evidence", "void"] {
        let sql = format!("DELETE FROM feed WHERE record IN (SELECT id FROM record WHERE kind = 'wurao/{kind}')");
        assert!(matches!(found(&world, &sql), Some(Altered::Fed("record", _))), "{kind}");
    }
    let lists = "DELETE FROM feed WHERE record IN (SELECT record FROM trust_list)";
    assert!(matches!(found(&world, lists), Some(Altered::Fed("list of keys", _))));
    assert_eq!(fault(&world), None);
}

#[test]
fn a_clock_is_read_again_as_it_was_judged_to_the_minute() {
    let world = World::new();
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    world.pass_days(100);
    let (let_in, now) = (MORNING_MS, MORNING_MS + 100 * DAY_MS);
    let (slack, alone) = (10 * MINUTE, 60 * DAY_MS);
    let clocks = [
        (now, Some(now), false),
        (now + slack, Some(now), false),
        (now + slack + 1, Some(now), true),
        (now - slack, Some(now), false),
        (now - slack - 1, Some(now), true),
        (now, Some(now - alone), false),
        (now, Some(now - alone - 1), true),
        (let_in + alone, None, false),
        (let_in + alone + 1, None, true),
        (let_in - slack, None, false),
        (let_in - slack - 1, None, true),
    ];
    for (wall_ms, server_ms, doubtful) in clocks {
        li.at = stamp(wall_ms, server_ms);
        let session = li.session();
        assert_eq!(
            li.sync(&world, &Push { records: vec![session], ..Push::default() }).records[0].outcome,
            Outcome::Ok
        );
        let sql = format!("UPDATE session SET doubtful = {doubtful} WHERE actor = x'{}'", hex::encode(li.actor()));
        assert_eq!(found(&world, &sql), None, "{wall_ms} {server_ms:?}");
        let sql = sql.replace(&format!("= {doubtful} WHERE"), &format!("= {} WHERE", !doubtful));
        assert!(matches!(found(&world, &sql), Some(Altered::Fact("session", _))), "{wall_ms} {server_ms:?}");
    }
}
