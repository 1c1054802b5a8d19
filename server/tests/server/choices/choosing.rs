use super::scene::{CHEN, Scene, WATER};
use crate::support::{DAY_MS, MORNING_MS, Push, World};
use serde_json::json;
use std::io::Read as _;
use wurao_protocol::envelope::{open, open_as};
use wurao_protocol::key::{PublicKey, Signer as _};
use wurao_protocol::record::{Device, Heads, Kind, Person, Session};
use wurao_protocol::sync::{Answer, Outcome};
use wurao_protocol::{Digest, merkle};
use wurao_record::{Map, Put, Scalar, change_hash, choice_key, is_choice};
use wurao_server::audit::verify::verify;

fn kinds(answer: &Answer) -> Vec<Kind> {
    answer.feed.records.iter().map(|record| open(&record.0).unwrap().kind).collect()
}

#[test]
fn a_choice_on_the_page_is_a_signed_change_that_names_the_supervisor_and_reaches_both_phones() {
    let mut scene = Scene::new();
    scene.li.sync(&scene.world, &Push::default());
    scene.wang.sync(&scene.world, &Push::default());
    assert_eq!(scene.water(), [Scalar::Int(12), Scalar::Int(14)]);
    let before = scene.page("chen");
    for part in ["Two people answered differently", "李明", "王芳", "Choose this answer"] {
        assert!(before.contains(part), "{part} is not in {before}");
    }

    let (status, _) = scene.sends("chen", &scene.form("chen", "14"));
    assert_eq!(status, 303);
    assert_eq!(scene.water(), [Scalar::Int(14)]);
    let (document, genesis) = (scene.document(), scene.li.genesis());
    let (before, answer) = (scene.wang.ledger.clone(), scene.wang.sync(&scene.world, &Push::default()));
    assert_eq!(
        kinds(&answer),
        [Kind::Person, Kind::Device, Kind::Session, Kind::Heads],
        "who it is by, then the change"
    );

    // Verified as anybody would: by the key that every phone knows.
    let key: PublicKey = scene.world.server().app().keys().records.public();
    let record = |at: usize| &answer.feed.records[at].0;
    assert_eq!(open_as::<Person>(record(0)).unwrap().verified(&key).unwrap().name, "陈静");
    let device = open_as::<Device>(record(1)).unwrap().verified(&key).unwrap();
    assert_eq!(
        (device.id, device.key, device.persons.len()),
        (key.device(), key.to_bytes(), 0),
        "nobody is let in by it"
    );
    let session = open_as::<Session>(record(2)).unwrap().verified(&key).unwrap();
    assert_eq!((session.person, session.device), (CHEN, device.id));
    assert_eq!(session.actor, Session::actor_of(&key, &session.nonce));
    let [entry] = answer.feed.documents.as_slice() else { panic!("one document") };
    let [bytes] = entry.changes.as_slice() else { panic!("one change") };
    let change = wurao_record::admit(&genesis, &before, &bytes.0).unwrap();
    assert_eq!((change.row.actor.0, change.row.seq), (session.actor, 1));
    assert!(is_choice(&before, &change).unwrap());
    let heads = open_as::<Heads>(record(3)).unwrap().verified(&key).unwrap();
    assert_eq!(heads, Heads::over(&[merkle::leaf(&document, &[Digest(change_hash(&bytes.0).unwrap())])]));

    let answer = scene.li.sync(&scene.world, &Push::default());
    assert_eq!((kinds(&answer).len(), answer.feed.documents[0].changes.len()), (4, 1));
    assert_eq!(scene.li.ledger.field(Map::Answers, WATER), scene.wang.ledger.field(Map::Answers, WATER));

    let kept = scene.world.write(move |tx, _, _| {
        let sql = "SELECT covered, state FROM change WHERE document = ?1 AND actor = ?2";
        Ok(tx.query_row(sql, (document.0, session.actor), |row| Ok((row.get(0)?, row.get(1)?)))?)
    });
    assert_eq!(kept, (true, "accepted".to_owned()));
    // All of it is in the log, and the log is whole.
    let verdict = scene.world.write(|tx, keys, _| verify(tx, &keys.records.public()));
    assert_eq!(verdict.fault, None);
    assert!(scene.world.entries("Record", "wurao/heads") >= 3 && scene.world.entries("State", "accepted") >= 3);
}

#[test]
fn the_page_keeps_both_values_with_names_and_times_beside_the_choice() {
    let scene = Scene::new();
    scene.world.pass_minutes(20);
    assert_eq!(scene.sends("chen", &scene.form("chen", "14")).0, 303);
    let page = scene.page("chen");
    assert!(!page.contains("class=\"conflict\""), "{page}");
    assert!(
        page.contains("Chosen by 陈静") && page.contains("the page") && !page.contains("after it had closed"),
        "{page}"
    );
    let among = page.split("data-key=\"among-water@-\"").nth(1).unwrap().split("</details>").next().unwrap();
    for part in ["12", "14", "李明", "王芳", "09:00", "phone 1", "phone 2"] {
        assert!(among.contains(part), "{part} is not in {among}");
    }
    let told = page.split("class=\"timeline\"").nth(1).unwrap();
    assert!(told.contains("Chose between differing answers · 陈静") && told.contains("Bottles of water"), "{told}");
    assert!(!told.contains("Joined · 陈静") && !told.contains("Started the inspection · 陈静"), "{told}");

    let export = scene.export();
    assert_eq!((&export["conflicts"], &export["chosen"]), (&json!(0), &json!(1)));
    let choice = &export["choices"][0];
    assert_eq!((&choice["key"], &choice["value"], &choice["at_page"]), (&json!(WATER), &json!("14"), &json!(true)));
    assert_eq!(
        (&choice["person"], choice["at_ms"].as_i64()),
        (&json!(CHEN.to_string()), Some(MORNING_MS + 20 * 60_000))
    );
    let among: Vec<_> = choice["among"].as_array().unwrap().iter().map(|said| &said["value"]).collect();
    assert_eq!(among, [&json!("12"), &json!("14")]);
}

#[test]
fn a_value_that_the_choice_had_not_seen_reopens_it_and_the_same_supervisor_chooses_again() {
    let mut scene = Scene::new();
    // Li has not synced since, and counts again.
    assert_eq!(scene.sends("chen", &scene.form("chen", "14")).0, 303);
    let third = scene.li.answer("water", 15);
    scene.pushes(true, vec![], &[&third]);
    assert_eq!(scene.water(), [Scalar::Int(14), Scalar::Int(15)]);
    let page = scene.page("chen");
    let conflict = page.split("class=\"conflict\"").nth(1).unwrap().split("<table").next().unwrap();
    for part in ["A value came that the choice had not seen", "陈静", "the page", "王芳", "15", "12", "14", "李明"]
    {
        assert!(conflict.contains(part), "{part} is not in {conflict}");
    }
    let export = scene.export();
    assert_eq!(
        (&export["conflicts"], &export["chosen"], export["choices"].as_array().unwrap().len()),
        (&json!(1), &json!(0), 1)
    );

    assert_eq!(scene.sends("chen", &scene.form("chen", "15")).0, 303);
    assert_eq!(scene.water(), [Scalar::Int(15)]);
    let page = scene.page("chen");
    let among = page.split("data-key=\"among-water@-\"").nth(1).unwrap().split("</details>").next().unwrap();
    for part in ["12", "14", "15", "Chosen", "陈静"] {
        assert!(among.contains(part), "what the earlier choice was made among stays: {part} is not in {among}");
    }
    assert_eq!(page.matches("Chose between differing answers").count(), 2, "both are told of");
}

#[test]
fn what_is_chosen_differently_on_a_phone_and_on_the_page_is_a_conflict_again_and_both_are_shown() {
    let mut scene = Scene::new();
    scene.li.sync(&scene.world, &Push::default());
    // Li chooses without a network what the supervisor chooses otherwise.
    let found = scene.li.ledger.field(Map::Answers, WATER);
    let puts = wurao_record::choose_puts(&found, Map::Answers, WATER, &Scalar::Int(12));
    let theirs = scene.li.put_all(&puts);
    assert_eq!(scene.sends("chen", &scene.form("chen", "14")).0, 303);
    scene.pushes(true, vec![], &[&theirs]);
    let page = scene.page("chen");
    let conflict = page.split("class=\"conflict\"").nth(1).unwrap().split("<table").next().unwrap();
    for part in ["People chose differently", "陈静", "李明", "the page", "phone 1"] {
        assert!(conflict.contains(part), "{part} is not in {conflict}");
    }
    assert_eq!(conflict.matches("What had been answered").count(), 2, "{conflict}");
    assert_eq!(scene.export()["choices"].as_array().unwrap().len(), 2);
    scene.wang.sync(&scene.world, &Push::default());
    let field = scene.wang.ledger.field(Map::Answers, WATER);
    assert_eq!((field.standing, field.choices.len()), (wurao_record::Standing::Conflict, 2));
}

/// How long the year's visits have taken, as the overview says it.
fn time_on_site(scene: &Scene) -> String {
    let page = scene.world.page_of("chen").get(scene.world.url("/?lang=en")).send().unwrap().text().unwrap();
    page.split("Time on site").nth(1).unwrap().split("</div>").next().unwrap().to_owned()
}

#[test]
fn after_the_team_has_left_a_supervisor_still_settles_it_and_the_page_says_when() {
    let mut scene = Scene::new();
    scene.world.pass_minutes(30);
    for li in [true, false] {
        let phone = if li { &mut scene.li } else { &mut scene.wang };
        phone.at.wall_ms += 30 * 60_000;
        let leave = phone.leave();
        phone.sync(&scene.world, &Push { records: vec![leave], documents: vec![] });
    }
    assert_eq!(scene.export()["state"], "closed");
    let before = time_on_site(&scene);
    assert!(before.contains("31 min"), "{before}");
    scene.world.pass_minutes(5 * 60);
    assert_eq!(scene.sends("chen", &scene.form("chen", "14")).0, 303);
    assert_eq!(scene.water(), [Scalar::Int(14)]);
    assert!(scene.page("chen").contains("Chosen after it had closed"));
    assert_eq!(scene.export()["choices"][0]["at_ms"].as_i64(), Some(MORNING_MS + 330 * 60_000));
    // Nobody was in the village for it: the visit is as long as it was, and has ended when it did.
    assert_eq!(time_on_site(&scene), before);
    assert_eq!(scene.export()["state"], "closed");
    let answer = scene.li.sync(&scene.world, &Push::default());
    assert_eq!(answer.feed.documents.len(), 1, "the phones are told");
}

#[test]
fn who_chooses_on_the_page_and_inspects_as_well_has_not_begun_their_visit_by_it() {
    let world = World::new();
    let [mut li, mut wang, _] = world.phones();
    for phone in [&mut li, &mut wang] {
        phone.sync(&world, &Push::default());
    }
    // Li has two phones, say, and says two things.
    for remark in ["dry", "damp"] {
        let (session, before) = (li.session(), li.ledger.clone());
        let change = li.put(Put::new(Map::Answers, "remark@-", Scalar::Text(remark.to_owned())));
        let mut push = li.covered(&[&change]);
        push.records.insert(0, session);
        li.ledger = before;
        li.cursor = wurao_protocol::cbor::Bytes::default();
        let body = li.body(&push);
        assert_eq!(li.post(&world.url("/v1/sync"), body).0, 200);
    }
    world.write(|tx, _, _| {
        let password = "UPDATE person SET password = (SELECT password FROM person WHERE login = 'gao') WHERE login = 'wang'";
        tx.execute(password, [])?;
        let grant = "INSERT INTO role_grant (person, role, prefix) SELECT id, 'supervisor', '431124' FROM person WHERE login = 'wang'";
        tx.execute(grant, [])?;
        Ok(())
    });
    // The permit's days are over when Wang settles it at the page; what he wrote in the village comes after that.
    world.pass_days(5);
    let scene = Scene { world, li, wang };
    assert_eq!(scene.sends("wang", &scene.form("wang", "damp")).0, 303);
    let Scene { world, mut wang, .. } = scene;
    let (_, push) = wang.begins(14);
    let status = wang.sync(&world, &push).documents[0].status.clone();
    assert_eq!((status.outcome, status.problem), (Outcome::Ok, None), "it was begun in time");
}

#[test]
fn a_choice_builds_on_nothing_that_is_held_and_what_is_accepted_later_reopens_it() {
    let mut scene = Scene::new();
    // A third value that is held: written by a clock that cannot have been right.
    scene.li.at.wall_ms -= 3 * 3_600_000;
    scene.li.at.server_ms = Some(MORNING_MS);
    let session = scene.li.session();
    let third = scene.li.answer("water", 99);
    let mut push = scene.li.covered(&[&third]);
    push.records.insert(0, session);
    let answer = scene.li.sync(&scene.world, &push);
    assert_eq!(answer.documents[0].status.problem, Some(wurao_protocol::Problem::ClockDoubtful));

    assert!(
        !scene.page("chen").split("class=\"conflict\"").nth(1).unwrap().split("<table").next().unwrap().contains("99")
    );
    assert_eq!(scene.sends("chen", &scene.form("chen", "14")).0, 303);
    assert_eq!(scene.water(), [Scalar::Int(14)]);
    scene.wang.sync(&scene.world, &Push::default());
    assert_eq!(
        scene.wang.ledger.field(Map::Answers, WATER).winner,
        Scalar::Int(14),
        "it passed the gate of who lacks the held one"
    );

    let path = format!("/held/{}", scene.document());
    let seen = (MORNING_MS + DAY_MS).to_string();
    let form = [("choice", "accept"), ("reason", ""), ("seen", seen.as_str())];
    assert_eq!(scene.world.page_of("gao").post(scene.world.url(&path)).form(&form).send().unwrap().status(), 303);
    assert_eq!(scene.water().len(), 2, "the choice had not seen it");
    assert!(scene.page("chen").contains("A value came that the choice had not seen"));
}

#[test]
fn those_who_watch_the_page_are_told_at_once() {
    let scene = Scene::new();
    let form = scene.form("chen", "14");
    let mut watching = scene.world.page_of("gao").get(scene.world.url("/live")).send().unwrap();
    assert_eq!(scene.sends("chen", &form).0, 303);
    let (mut told, mut byte) = (String::new(), [0; 1]);
    while !told.contains(&scene.document().to_string()) {
        watching.read_exact(&mut byte).unwrap();
        told.push(char::from(byte[0]));
    }
    assert!(told.contains("event: change"), "{told}");
}

#[test]
fn other_systems_read_what_was_chosen_among_without_anybody_s_name() {
    let scene = Scene::new();
    let made = scene
        .world
        .command(&["token", "--data", "DATA", "--name", "n", "--scope", "4311", "--right", "read-inspections"])
        .unwrap();
    let token = made.split_whitespace().find(|word| word.starts_with("wurao_")).unwrap().to_owned();
    let ask = || -> serde_json::Value {
        let path = format!("/v1/api/inspections/{}", scene.document());
        let asked = reqwest::blocking::Client::new().get(scene.world.url(&path)).bearer_auth(&token);
        serde_json::from_str(&asked.send().unwrap().text().unwrap()).unwrap()
    };
    let before = ask();
    assert_eq!((&before["conflicts"], &before["chosen"]), (&json!(1), &json!(0)));
    assert_eq!(before["answers"][0]["choices"], json!([]));
    assert_eq!(scene.sends("gao", &scene.form("gao", "12")).0, 303);
    let after = ask();
    assert_eq!((&after["conflicts"], &after["chosen"]), (&json!(0), &json!(1)));
    let choice = &after["answers"][0]["choices"][0];
    assert_eq!(
        (&choice["value"], &choice["at_page"], &choice["among"]),
        (&json!("12"), &json!(true), &json!(["12", "14"]))
    );
    assert!(!after.to_string().contains("高远"), "{after}");
}

#[test]
fn a_cleared_answer_can_be_chosen_too() {
    let mut scene = Scene::new();
    let one = scene.li.put(Put::new(Map::Answers, "remark@-", Scalar::Text("dry".to_owned())));
    let other = scene.wang.put(Put::new(Map::Answers, "remark@-", Scalar::Null));
    scene.pushes(true, vec![], &[&one]);
    scene.pushes(false, vec![], &[&other]);
    let mut form = scene.form("chen", "12");
    let id = |change: &wurao_record::Admitted| change.ops[0].id.to_string();
    form.key = "remark@-".to_owned();
    form.among = format!("{} {}", id(&one), id(&other));
    form.chosen = id(&other);
    assert_eq!(scene.sends("chen", &form).0, 303);
    scene.li.sync(&scene.world, &Push::default());
    let field = scene.li.ledger.field(Map::Answers, "remark@-");
    assert_eq!((field.standing, field.winner), (wurao_record::Standing::Chosen, Scalar::Null));
    assert!(scene.li.ledger.field(Map::Choices, &choice_key(Map::Answers, "remark@-")).values.len() == 1);
}
