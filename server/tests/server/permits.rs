//! Keys that rotate, permits that are signed anew, phones that are revoked or found, and what they carry.

use crate::support::{LI, MORNING_MS, Phone, Push, World};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::envelope::{open, open_as, seal};
use wurao_protocol::feedback::{Feedback, PURPOSE, Said};
use wurao_protocol::journal::{Entry, Header, Opening, Writer};
use wurao_protocol::key::{PublicKey, Signer, SoftwareKey};
use wurao_protocol::permit::Permit;
use wurao_protocol::present::{self, Question, judge};
use wurao_protocol::record::{Carried, Deed, Kind, Order, Revocation, RevokedPhone, TrustList};
use wurao_protocol::standing::Standing;
use wurao_protocol::sync::{Holds, Outcome};
use wurao_protocol::{DocumentId, Problem};
use wurao_server::store::read;
use wurao_server::{Clock, SystemClock, permits};

fn says(trust: &TrustList, permit: &[u8]) -> Standing {
    let opened = open_as::<Permit>(permit).unwrap();
    trust.says(&opened.envelope, &opened.body)
}

/// The secret half of permit key `number`, as somebody who stole it has it.
fn stolen(world: &World, number: u32) -> SoftwareKey {
    let text = std::fs::read_to_string(world.folder.path().join(format!("data/keys/permit-{number}.key"))).unwrap();
    SoftwareKey::from_bytes(&hex::decode(text.trim()).unwrap()).unwrap()
}

fn in_force(world: &World, document: DocumentId) -> usize {
    world.write(move |tx, _, _| read::live_ops(tx, &document)).len()
}

#[test]
fn what_a_rotated_key_signed_stays_good_and_what_it_signs_later_does_not() {
    let world = World::at(SystemClock.now_ms());
    let mut li = Phone::new(1, LI);
    li.enrol(&world, "code-li");
    li.sync(&world, &Push::default());
    let old = li.permit_bytes.clone();
    assert_eq!(says(li.trust.as_ref().unwrap(), &old), Standing::Valid);
    let before = li.trust.clone().unwrap();

    assert!(world.command(&["keys", "rotate", "--data", "DATA"]).unwrap().starts_with("permit key 2 "));
    // The phone was offline all the while; its permit is as good as ever, by the old list and by the new.
    assert_eq!(says(&before, &old), Standing::Valid);
    li.sync(&world, &Push::default());
    let trust = li.trust.clone().unwrap();
    assert!(trust.sequence > before.sequence);
    assert_eq!((trust.keys.len(), says(&trust, &old)), (2, Standing::Valid));

    // The running server signs with the new key, and the old one is good for nothing new.
    world.pass_minutes(60);
    let id = li.permit.as_ref().unwrap().id;
    world.write(move |tx, keys, now| permits::renew(tx, keys, &id, now));
    li.sync(&world, &Push::default());
    assert_eq!(open(&li.permit_bytes).unwrap().key, stolen(&world, 2).public().id());
    assert_eq!(says(&trust, &li.permit_bytes), Standing::Valid);
    let forged = seal(&stolen(&world, 1), li.permit.as_ref().unwrap()).unwrap();
    assert_eq!(says(&trust, &forged), Standing::UnknownKey);
    assert_eq!(says(&before, &li.permit_bytes), Standing::UnknownKey, "a list from before the rotation");
}

#[test]
fn a_revoked_key_takes_everything_with_it_and_running_permits_are_signed_anew() {
    let world = World::at(SystemClock.now_ms());
    let mut li = Phone::new(1, LI);
    li.enrol(&world, "code-li");
    li.sync(&world, &Push::default());
    let (old, id) = (li.permit_bytes.clone(), li.permit.clone().unwrap().id);
    world.command(&["keys", "revoke", "--data", "DATA", "1"]).unwrap();
    li.sync(&world, &Push::default());
    let trust = li.trust.as_ref().unwrap();
    assert!(matches!(says(trust, &old), Standing::Revoked { .. }));
    assert_eq!((says(trust, &li.permit_bytes), li.permit.clone().unwrap().id), (Standing::Valid, id));
    assert_eq!(world.command(&["keys", "revoke", "--data", "DATA", "1"]).unwrap_err().code(), "usage");
    let listed = world.command(&["keys", "list", "--data", "DATA"]).unwrap();
    assert!(listed.lines().next().unwrap().contains("revoked") && listed.contains("in use"), "{listed}");
}

#[test]
fn a_server_without_the_key_of_a_running_permit_does_not_start() {
    let mut world = World::new();
    let copy = world.folder.path().join("keys.json");
    world.command(&["tls", "init", "--data", "DATA", "--host", "127.0.0.1"]).unwrap();
    let copied = world.command(&["keys", "backup", "--data", "DATA", copy.to_str().unwrap()]).unwrap();
    assert!(copied.contains("apart from the data"), "{copied}");
    assert!(world.command(&["keys", "backup", "--data", "DATA", copy.to_str().unwrap()]).is_err(), "not over another");
    assert_eq!(mode_of(&copy), 0o600);
    world.stop();
    let keys = world.folder.path().join("data/keys");
    std::fs::remove_file(keys.join("permit-1.key")).unwrap();
    let lost = world.command(&["keys", "list", "--data", "DATA"]).unwrap_err();
    assert_eq!(lost.code(), "key-missing");
    assert!(lost.to_string().contains("permit-1.key"), "{lost}");

    let restore = ["keys", "restore", "--data", "DATA", copy.to_str().unwrap()];
    assert!(world.command(&restore).unwrap().starts_with("1 keys brought back"), "the others are the same");
    assert!(world.command(&["keys", "list", "--data", "DATA"]).is_ok());
    let ca = std::fs::read(keys.join("tls/ca.key")).unwrap();
    std::fs::remove_dir_all(&keys).unwrap();
    world.command(&restore).unwrap();
    assert_eq!(std::fs::read(keys.join("tls/ca.key")).unwrap(), ca, "phones know the server by its CA");
    world.start();
}

fn mode_of(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn missing_keys_come_back_beside_the_same_ones_and_nothing_does_beside_another() {
    let world = World::new();
    let (data, copy) = (world.folder.path().join("data"), world.folder.path().join("keys.backup"));
    let keys = data.join("keys");
    assert_eq!(mode_of(&keys), 0o700, "a fresh folder");
    world.command(&["tls", "init", "--data", "DATA", "--host", "127.0.0.1"]).unwrap();
    world.command(&["keys", "backup", "--data", "DATA", copy.to_str().unwrap()]).unwrap();
    let restore = || world.command(&["keys", "restore", "--data", "DATA", copy.to_str().unwrap()]);
    let lost = ["drain.key", "tls/ca.key", "uploads.key"];
    let before = lost.map(|name| std::fs::read(keys.join(name)).unwrap());
    let lose = || lost.map(|name| std::fs::remove_file(keys.join(name)).unwrap());

    lose();
    let kept = std::fs::read(keys.join("feedback.key")).unwrap();
    std::fs::write(keys.join("feedback.key"), format!("{}\n", "07".repeat(32))).unwrap();
    let refused = restore().unwrap_err();
    assert_eq!(refused.code(), "usage");
    let said = refused.to_string();
    assert!(said.contains("feedback.key") && said.contains("nothing was brought back"), "{said}");
    assert!(lost.iter().all(|name| !keys.join(name).exists()), "and nothing was");

    std::fs::write(keys.join("feedback.key"), kept).unwrap();
    assert!(restore().unwrap().starts_with("3 keys brought back"));
    assert_eq!(lost.map(|name| std::fs::read(keys.join(name)).unwrap()), before);
    assert!(restore().unwrap().starts_with("0 keys brought back"));

    std::fs::remove_dir_all(&keys).unwrap();
    restore().unwrap();
    assert_eq!((mode_of(&keys), mode_of(&keys.join("tls"))), (0o700, 0o700), "and one that was brought back");
}

#[test]
fn a_backup_without_the_key_that_signed_the_data_is_none() {
    let world = World::new();
    let copy = world.folder.path().join("keys.backup");
    let keys = world.folder.path().join("data/keys");
    std::fs::remove_dir_all(&keys).unwrap();
    for files in ["{}".to_owned(), format!("{{\"drain.key\": \"{}\"}}", "07".repeat(32))] {
        std::fs::write(&copy, format!("{{\"wurao_keys\": 1, \"files\": {files}}}")).unwrap();
        let refused = world.command(&["keys", "restore", "--data", "DATA", copy.to_str().unwrap()]).unwrap_err();
        assert_eq!(refused.code(), "usage");
        assert!(refused.to_string().contains("records.key"), "{refused}");
        assert!(!keys.exists());
    }
}

#[test]
fn a_key_folder_that_lacks_a_key_is_not_taken_for_whole_by_its_backup() {
    let world = World::at(SystemClock.now_ms());
    let copy = world.folder.path().join("keys.backup");
    let keys = world.folder.path().join("data/keys");
    let backup = || world.command(&["keys", "backup", "--data", "DATA", copy.to_str().unwrap()]);
    // The third one signs; what the second signed, nothing, is over.
    world.command(&["keys", "rotate", "--data", "DATA"]).unwrap();
    world.command(&["keys", "rotate", "--data", "DATA"]).unwrap();
    for name in ["permit-2.key", "permit-1.key", "drain.key", "feedback.key", "uploads.key", "records.key"] {
        let away = world.folder.path().join("away");
        std::fs::rename(keys.join(name), &away).unwrap();
        let lacks = backup().unwrap_err();
        assert_eq!(lacks.code(), "key-missing", "{name}");
        assert!(lacks.to_string().contains(name) && !copy.exists(), "{lacks}");
        std::fs::rename(&away, keys.join(name)).unwrap();
    }
    // A key that was revoked signs nothing any more.
    world.command(&["keys", "revoke", "--data", "DATA", "2"]).unwrap();
    std::fs::remove_file(keys.join("permit-2.key")).unwrap();
    backup().unwrap();

    // A folder of keys alone.
    let alone = world.folder.path().join("alone");
    std::fs::create_dir_all(alone.join("keys")).unwrap();
    let (from, to) = (alone.to_str().unwrap(), world.folder.path().join("more.backup"));
    let lacks = world.command(&["keys", "backup", "--data", from, to.to_str().unwrap()]).unwrap_err();
    assert_eq!((lacks.code(), alone.join("wurao.sqlite").exists()), ("key-missing", false));
    world.command(&["keys", "restore", "--data", from, copy.to_str().unwrap()]).unwrap();
    world.command(&["keys", "backup", "--data", from, to.to_str().unwrap()]).unwrap();
}

/// How many permits an answer's feed has.
fn permits_in(answer: &wurao_protocol::sync::Answer) -> usize {
    answer.feed.records.iter().filter(|record| open(&record.0).unwrap().kind == Kind::Permit).count()
}

#[test]
fn every_phone_of_a_person_is_named_in_every_running_permit() {
    let world = World::new();
    let mut old = Phone::new(1, LI);
    old.enrol(&world, "code-li");
    old.sync(&world, &Push::default());
    let before = old.permit.clone().unwrap();
    assert_eq!(before.visit.devices, [old.key.public().device()]);
    world.pass_minutes(1);
    let mut new = Phone::new(9, LI);
    new.enrol(&world, "code-spare");
    assert_eq!(permits_in(&new.sync(&world, &Push::default())), 1, "only the newest");
    old.sync(&world, &Push::default());
    let after = old.permit.clone().unwrap();
    let mut both = [old.key.public().device(), new.key.public().device()];
    both.sort_unstable();
    assert_eq!(after.visit.devices, both);
    assert_eq!((after.id, after.visit.document), (before.id, before.visit.document));
    assert!(after.issued_s > before.issued_s);

    let lost = old.key.public().device();
    world.write(move |tx, keys, now| permits::revoke_device(tx, keys, &lost, "丢失", None, now));
    new.sync(&world, &Push::default());
    assert_eq!(new.permit.as_ref().unwrap().visit.devices, [new.key.public().device()], "but no lost one");
}

/// What the newest list says of a permit that this phone shows now.
fn shown(world: &World, phone: &Phone, permit: &[u8]) -> Standing {
    let now_s = world.clock.now_ms() / 1000;
    let shown = present::seal(&phone.key, permit, now_s, None).unwrap();
    let question = Question { site: None, now_s, clock_doubtful: false, challenge: None };
    judge(&shown, &list(world), &question).standing
}

/// The list as the village's page gets it.
fn list(world: &World) -> TrustList {
    let bytes = reqwest::blocking::get(world.url("/p/trust")).unwrap().bytes().unwrap();
    open_as::<TrustList>(&bytes).unwrap().body
}

/// The phones of Li and Wang, with their permit.
fn both(world: &World) -> [Phone; 2] {
    let [mut li, mut wang, _] = world.phones();
    li.sync(world, &Push::default());
    wang.sync(world, &Push::default());
    [li, wang]
}

/// A phone as the list names it, since now.
fn gone(world: &World, phone: &Phone) -> RevokedPhone {
    RevokedPhone { device: phone.key.public().device(), at_s: world.clock.now_ms() / 1000 }
}

fn revoke(world: &World, phone: &Phone) {
    let device = phone.key.public().device();
    world.write(move |tx, keys, now| permits::revoke_device(tx, keys, &device, "丢失", None, now));
}

#[test]
fn a_revoked_phone_shows_nothing_good_and_its_colleague_goes_on_without_a_network() {
    let world = World::new();
    let [li, mut wang] = both(&world);
    let (old, colleague_s) = (li.permit_bytes.clone(), wang.permit_bytes.clone());
    for phone in [&li, &wang] {
        assert_eq!(shown(&world, phone, &old), Standing::Valid);
    }
    world.pass_minutes(5);
    let expected = gone(&world, &li);
    let revoked = Standing::Revoked { as_of_s: expected.at_s };
    revoke(&world, &li);
    world.pass_minutes(5);
    assert_eq!((list(&world).phones, list(&world).revoked), (vec![expected], vec![]));
    assert_eq!(shown(&world, &li, &old), revoked);
    // The colleague has been without a network all the while.
    assert_eq!(shown(&world, &wang, &colleague_s), Standing::Valid);

    wang.sync(&world, &Push::default());
    assert_eq!(wang.trust.as_ref().unwrap(), &list(&world), "phones get the same list");
    let permit = wang.permit.clone().unwrap();
    assert_eq!(permit.visit.devices, [wang.key.public().device()]);
    for bytes in [&wang.permit_bytes, &colleague_s] {
        assert_eq!(shown(&world, &wang, bytes), Standing::Valid);
    }
    assert_eq!(shown(&world, &li, &wang.permit_bytes), revoked);

    // What is withdrawn as a whole is good in nobody's hands, and that is said before.
    world.write(move |tx, keys, now| permits::withdraw(tx, keys, &permit.id, "重复", LI, now));
    assert_eq!(list(&world).revoked, [Revocation::of(&permit.id, now_s(&world))]);
    for (phone, bytes) in [(&li, &old), (&wang, &colleague_s), (&wang, &wang.permit_bytes)] {
        assert_eq!(shown(&world, phone, bytes), Standing::Revoked { as_of_s: now_s(&world) });
    }
    assert!(list(&world).phones.is_empty(), "no permit runs that it could show");
}

fn now_s(world: &World) -> i64 {
    world.clock.now_ms() / 1000
}

#[test]
fn a_revoked_phone_is_on_the_list_for_as_long_as_a_permit_of_its_people_runs() {
    let world = World::new();
    let [li, wang] = both(&world);
    revoke(&world, &li);
    let mut expected = vec![gone(&world, &li)];
    world.pass_minutes(5);
    expected.push(gone(&world, &wang));
    expected.sort_by_key(|phone| phone.device);
    revoke(&world, &wang);
    assert_eq!(list(&world).phones, expected);
    world.pass_days(2);
    assert_eq!(list(&world).phones, expected, "the last day");
    world.pass_days(1);
    let last = list(&world);
    assert!(last.phones.is_empty());
    // A phone that could show nothing is no news.
    let mut spare = Phone::new(9, LI);
    world.write(|tx, _, now| Ok(tx.execute("UPDATE enrol_code SET expires_ms = ?1", [now + 1_000])?));
    spare.enrol(&world, "code-spare");
    revoke(&world, &spare);
    assert_eq!(list(&world), last);
}

/// Gao looks after people now; what is done to Li, by the last part of its address.
fn to_li(world: &World, deed: &str, form: &[(&str, &str)]) {
    world.write(|tx, _, _| Ok(tx.execute("UPDATE role_grant SET role = 'administrator' WHERE role = 'approver'", [])?));
    let url = world.url(&format!("/admin/people/{LI}/{deed}"));
    assert_eq!(world.page_of("gao").post(url).form(form).send().unwrap().status(), 303, "{deed}");
}

#[test]
fn phones_of_who_is_shut_out_or_inspects_no_more_show_nothing_until_they_are_let_in_again() {
    let inspector = [("role", "inspector")];
    for (out, back, form) in [("disable", "enable", &[][..]), ("take-back", "grant", &inspector[..])] {
        let world = World::new();
        let [mut li, mut wang] = both(&world);
        let sequence = list(&world).sequence;
        to_li(&world, "grant", &[("role", "auditor")]);
        let (old, colleague_s) = (li.permit_bytes.clone(), wang.permit_bytes.clone());
        assert_eq!(shown(&world, &li, &old), Standing::Valid, "another role changes nothing");
        assert_eq!(list(&world).sequence, sequence);
        world.pass_minutes(5);
        let expected = gone(&world, &li);
        let revoked = Standing::Revoked { as_of_s: expected.at_s };
        to_li(&world, out, form);
        assert_eq!(list(&world).phones, [expected], "{out}");
        assert_eq!(shown(&world, &li, &old), revoked, "{out}");
        assert_eq!(shown(&world, &wang, &colleague_s), Standing::Valid, "{out}: the colleague heard of nothing");
        li.sync(&world, &Push::default());
        assert_eq!(li.trust.as_ref().unwrap(), &list(&world), "their phone is told");
        wang.sync(&world, &Push::default());
        assert_eq!(wang.permit.as_ref().unwrap().visit.devices, [wang.key.public().device()]);
        assert_eq!(shown(&world, &wang, &wang.permit_bytes), Standing::Valid);
        let between = list(&world);

        world.pass_minutes(5);
        to_li(&world, back, form);
        assert!(list(&world).phones.is_empty() && list(&world).sequence > between.sequence, "{back}");
        li.sync(&world, &Push::default());
        assert_eq!(li.trust.as_ref().unwrap(), &list(&world));
        assert!(li.permit.as_ref().unwrap().visit.devices.contains(&li.key.public().device()));
        for bytes in [&li.permit_bytes, &old] {
            assert_eq!(shown(&world, &li, bytes), Standing::Valid, "{back}");
        }
    }
}

#[test]
fn who_loses_one_right_after_the_other_inspects_no_more_since_the_first() {
    let world = World::new();
    let [li, _] = both(&world);
    to_li(&world, "grant", &[("role", "auditor")]);
    let expected = gone(&world, &li);
    to_li(&world, "disable", &[]);
    world.pass_minutes(5);
    to_li(&world, "take-back", &[("role", "inspector")]);
    world.pass_minutes(5);
    revoke(&world, &li);
    world.pass_days(1);
    assert_eq!(list(&world).phones, [expected]);
}

#[test]
fn a_phone_of_somebody_shut_out_that_is_then_revoked_costs_their_colleagues_nothing_more() {
    let world = World::new();
    let [li, mut wang] = both(&world);
    to_li(&world, "disable", &[]);
    wang.sync(&world, &Push::default());
    let kept = list(&world);
    world.pass_minutes(5);
    let expected = gone(&world, &li);
    revoke(&world, &li);
    assert_eq!(list(&world), kept);
    assert_eq!(permits_in(&wang.sync(&world, &Push::default())), 0);
    // It stays revoked when they are let in again.
    to_li(&world, "enable", &[]);
    wang.sync(&world, &Push::default());
    assert_eq!(wang.permit.as_ref().unwrap().visit.devices, [wang.key.public().device()]);
    assert_eq!(list(&world).phones, [expected]);
}

#[test]
fn a_phone_that_an_inspector_shares_goes_on_showing() {
    let world = World::new();
    let [li, _] = both(&world);
    let device = li.key.public().device();
    let sql = "INSERT INTO device_person (device, person) VALUES (?1, ?2)";
    world.write(move |tx, _, _| Ok(tx.execute(sql, (device.0, crate::support::WANG.0))?));
    to_li(&world, "disable", &[]);
    assert!(list(&world).phones.is_empty());
    assert_eq!(shown(&world, &li, &li.permit_bytes), Standing::Valid);
}

#[test]
fn where_a_code_has_no_room_for_all_phones_it_names_the_newest_of_each_person_and_keeps_room_for_who_has_none() {
    let world = World::new();
    let mut li = Phone::new(1, LI);
    li.enrol(&world, "code-li");
    li.sync(&world, &Push::default());
    let permit = li.permit.clone().unwrap();
    assert_eq!(permit.visit.team.len(), 2, "Wang has no phone yet");
    let of = permit.id;
    world.write(move |tx, keys, now| {
        for n in 1..=40_u8 {
            let sql = "INSERT INTO device (id, record, name, counter, enrolled_ms) \
                       SELECT ?1, record, 'one more', 0, ?2 FROM device LIMIT 1";
            tx.execute(sql, ([n; 16], now + i64::from(n)))?;
            tx.execute("INSERT INTO device_person (device, person) VALUES (?1, ?2)", ([n; 16], LI.0))?;
        }
        permits::renew(tx, keys, &of, now)
    });
    li.sync(&world, &Push::default());
    let crowded = li.permit.clone().unwrap();
    let named = crowded.visit.devices.len();
    assert!((2..40).contains(&named), "{named}");
    let newest: Vec<_> = (0..named as u8).rev().map(|n| wurao_protocol::DeviceId([40 - n; 16])).collect();
    assert_eq!(crowded.visit.devices, newest);
    assert_eq!(wurao_protocol::present::room_for(&crowded), 1, "for Wang's");
}

#[test]
fn the_history_keeps_when_a_visit_was_approved_though_its_permit_is_signed_anew() {
    let world = World::new();
    let mut li = Phone::new(1, LI);
    li.enrol(&world, "code-li");
    li.sync(&world, &Push::default());
    let page = format!("/inspections/{}?lang=en", li.document());
    let approved = |world: &World| {
        let text = world.page_of("chen").get(world.url(&page)).send().unwrap().text().unwrap();
        let at = text.find("Approved, permit").unwrap_or_else(|| panic!("{text}"));
        text[at.saturating_sub(300)..at].to_owned()
    };
    let before = approved(&world);
    world.pass_minutes(90);
    let permit = li.permit.as_ref().unwrap().id;
    world.write(move |tx, keys, now| permits::renew(tx, keys, &permit, now));
    assert_eq!(approved(&world), before);
}

#[test]
fn a_revoked_phone_is_heard_out_and_told_to_destroy_itself_and_a_copy_of_it_is_heard_no_more() {
    let world = World::new();
    let [mut li, mut wang, _] = world.phones();
    li.sync(&world, &Push::default());
    wang.sync(&world, &Push::default());
    let session = li.session();
    let change = li.answer("water", 12);
    let device = li.key.public().device();
    world.write(move |tx, keys, now| permits::revoke_device(tx, keys, &device, "丢失", None, now));
    wang.sync(&world, &Push::default());
    assert_eq!(wang.permit.as_ref().unwrap().visit.devices, [wang.key.public().device()]);

    let mut push = li.covered(&[&change]);
    push.records.splice(0..0, [session]);
    push.records.push(li.leave());
    li.holds = Holds { files: 1, ..Holds::default() };
    let answer = li.sync(&world, &push);
    assert_eq!(answer.documents[0].status.problem, Some(Problem::FromRevoked));
    let told: Vec<_> = answer.records.iter().map(|status| (status.outcome, status.problem)).collect();
    let kept = (Outcome::Ok, None);
    assert_eq!(
        told,
        [kept, kept, (Outcome::Held, Some(Problem::FromRevoked))],
        "session and signature; the leave is held"
    );
    assert!(answer.feed.records.is_empty(), "it learns nothing, and still holds something");
    assert!(wang.sync(&world, &Push::default()).feed.documents.is_empty());
    let before = li.cursor.clone();

    li.holds = Holds::default();
    let order = |answer: &wurao_protocol::sync::Answer| open_as::<Order>(&answer.feed.records[0].0).unwrap();
    let first = li.sync(&world, &Push::default());
    assert_eq!(order(&first).envelope.kind, Kind::Order);
    assert_eq!((order(&first).body.device, order(&first).body.what), (device, Deed::Wipe));
    // Had that answer been lost, it would be told again.
    let read = std::mem::replace(&mut li.cursor, before);
    assert_eq!(order(&li.sync(&world, &Push::default())).body.what, Deed::Wipe);
    li.cursor = read;
    // Somebody was still writing when it heard that: the rest is held too, and it is told again.
    let counter = li.counter;
    let more = li.answer("beds", 3);
    let answer = li.sync(&world, &li.covered(&[&more]));
    assert_eq!(answer.documents[0].status.problem, Some(Problem::FromRevoked));
    assert_eq!(order(&answer).body.what, Deed::Wipe);
    // A copy of it from before has a counter that was used.
    li.counter = counter;
    let body = li.body(&Push::default());
    assert_eq!(li.sync_refused(&world, body), (403, "device-revoked".to_owned()));

    // Somebody takes in what it had brought, its leave included.
    let form = [("choice", "accept"), ("seen", "9999999999999")];
    let path = format!("/held/{}", li.document());
    assert_eq!(world.page_of("chen").post(world.url(&path)).form(&form).send().unwrap().status(), 303);
    assert_eq!(in_force(&world, li.document()), 2);
    assert_eq!(wang.sync(&world, &Push::default()).feed.documents.len(), 1);
}

#[test]
fn a_clock_that_is_set_back_a_little_undoes_no_revocation() {
    let world = World::new();
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let session = li.session();
    let change = li.answer("water", 666);
    let device = li.key.public().device();
    world.write(move |tx, keys, now| permits::revoke_device(tx, keys, &device, "丢失", None, now));
    world.clock.set(MORNING_MS - 5 * 60_000);
    let mut push = li.covered(&[&change]);
    push.records.insert(0, session);
    assert_eq!(li.sync(&world, &push).documents[0].status.problem, Some(Problem::FromRevoked));
    assert_eq!(in_force(&world, li.document()), 0);
}

/// Writes what the phone has not sent as its sealed journal.
fn journal(world: &World, phone: &Phone, push: &Push) -> std::path::PathBuf {
    let folder = world.folder.path().join("phone");
    std::fs::create_dir_all(folder.join("drain")).unwrap();
    let drain_key = PublicKey::from_bytes(&phone.trust.as_ref().unwrap().drain_key).unwrap();
    let header = Header::sealed_to(&drain_key, &[7; 32], &[8; 32]).unwrap();
    let opening = Opening { device: Bytes(phone.device.clone()), files_key: None, at_ms: MORNING_MS };
    let (mut writer, mut bytes) = Writer::begin(&header, &[7; 32], &opening).unwrap();
    let (heads, records) = push.records.split_first().unwrap();
    for record in records {
        bytes.extend(writer.entry(&Entry::Record(Bytes(record.clone()))).unwrap());
    }
    for change in &push.documents[0].changes {
        bytes.extend(writer.entry(&Entry::Change(push.documents[0].document, change.clone())).unwrap());
    }
    bytes.extend(writer.entry(&Entry::Flush(Some(Bytes(heads.clone())))).unwrap());
    std::fs::write(folder.join("drain/1.journal"), bytes).unwrap();
    folder
}

#[test]
fn a_found_phone_is_emptied_with_the_drain_key_and_its_work_is_held_when_it_was_revoked() {
    for revoked in [false, true] {
        let world = World::new();
        let [mut li, mut wang, _] = world.phones();
        li.sync(&world, &Push::default());
        wang.sync(&world, &Push::default());
        let session = li.session();
        let change = li.answer("water", 12);
        let mut push = li.covered(&[&change]);
        push.records.push(session);
        let folder = journal(&world, &li, &push);
        let device = li.key.public().device();
        if revoked {
            world.write(move |tx, keys, now| permits::revoke_device(tx, keys, &device, "丢失", None, now));
        }
        let drain = ["drain", "--data", "DATA", folder.to_str().unwrap()];
        let told = world.command(&drain).unwrap();
        assert!(told.contains(&format!("1 changes came in, {} of them held", u8::from(revoked))), "{told}");
        let document = li.document();
        assert_eq!(in_force(&world, document), usize::from(!revoked));
        assert_eq!(wang.sync(&world, &Push::default()).feed.documents.len(), usize::from(!revoked));
        let shown = world.page_of("chen").get(world.url("/held?lang=en")).send().unwrap().text().unwrap();
        assert_eq!(shown.contains("From a phone that was revoked"), revoked);
        // Again: it is all here.
        assert!(world.command(&drain).unwrap().contains("0 changes came in"));
    }
}

#[test]
fn a_phone_s_folder_that_another_server_s_key_sealed_is_not_read() {
    let (ours, theirs) = (World::new(), World::new());
    let mut li = Phone::new(1, LI);
    li.enrol(&theirs, "code-li");
    li.sync(&theirs, &Push::default());
    let session = li.session();
    let change = li.answer("water", 12);
    let mut push = li.covered(&[&change]);
    push.records.push(session);
    let folder = journal(&theirs, &li, &push);
    let refused = ours.command(&["drain", "--data", "DATA", folder.to_str().unwrap()]).unwrap_err();
    assert_eq!(refused.code(), "sealed");
    assert!(refused.to_string().contains("1.journal: wrong-drain-key"), "{refused}");
}

#[test]
fn what_a_village_says_is_carried_sealed_and_what_does_not_open_is_refused() {
    let world = World::new();
    let mut li = Phone::new(1, LI);
    li.enrol(&world, "code-li");
    li.sync(&world, &Push::default());
    let key = PublicKey::from_bytes(&li.trust.as_ref().unwrap().feedback_key).unwrap();
    let permit = li.permit.as_ref().unwrap().id;
    let said =
        Feedback { permit: Some(permit), said: Said::Refused, comment: None, at_s: MORNING_MS / 1000, nonce: [4; 16] };
    let sealed = wurao_protocol::seal::seal(&key, PURPOSE, &cbor::encode(&said), &[5; 32]).unwrap();
    let carried = |sealed: Vec<u8>| Carried { sealed: Bytes(sealed), at: crate::support::STAMP };
    let push = Push { records: vec![li.seal(&carried(sealed.clone()))], documents: vec![] };
    assert_eq!(li.sync(&world, &push).records[0].outcome, Outcome::Ok);
    assert_eq!(li.sync(&world, &push).records[0].outcome, Outcome::Have);
    let count = world.write(|tx, _, _| {
        Ok(tx.query_row("SELECT COUNT(*) FROM feedback WHERE carried = 1", [], |row| row.get::<_, i64>(0))?)
    });
    assert_eq!(count, 1);
    let mut torn = sealed;
    *torn.last_mut().unwrap() ^= 1;
    let push = Push { records: vec![li.seal(&carried(torn))], documents: vec![] };
    assert_eq!(li.sync(&world, &push).records[0].problem, Some(Problem::Sealed));
}
