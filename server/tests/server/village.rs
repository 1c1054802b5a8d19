//! The village's page over HTTP: what it asks for, what it may say, and that nobody can tell who it was.

use crate::support::World;
use reqwest::blocking::{Client, Response};
use rusqlite::Connection;
use wurao_protocol::feedback::{Feedback, PURPOSE, Said};
use wurao_protocol::key::{PublicKey, Signer};
use wurao_protocol::permit::Permit;
use wurao_protocol::record::TrustList;
use wurao_protocol::{BodyId, PermitId, SiteId, cbor, envelope, seal};
use wurao_server::Scope;
use wurao_server::village::{FEWEST, MOST_SAID, Onlooker, Rating, Totals, keep, totals};

const PERMIT: PermitId = PermitId([0xc1; 16]);
const SITE: SiteId = SiteId([0x51; 16]);
const BODY: BodyId = BodyId([0xb0; 16]);

fn said(said: Said, number: u8, comment: Option<&str>) -> Feedback {
    let at_s = crate::support::MORNING_MS / 1000;
    Feedback { permit: Some(PERMIT), said, comment: comment.map(str::to_owned), at_s, nonce: [number; 16] }
}

fn sealed(world: &World, feedback: &Feedback) -> Vec<u8> {
    let key = world.server().app().keys().feedback.public();
    seal::seal(&key, PURPOSE, &cbor::encode(feedback), &[feedback.nonce[0]; 32]).unwrap()
}

fn say(world: &World, bytes: Vec<u8>) -> Response {
    Client::new().post(world.url("/p/say")).body(bytes).send().unwrap()
}

fn get(world: &World, path: &str) -> Response {
    Client::new().get(world.url(path)).send().unwrap()
}

fn database(world: &World) -> Connection {
    Connection::open(world.folder.path().join("data/wurao.sqlite")).unwrap()
}

fn keep_all(world: &World, all: Vec<Feedback>) {
    let keep = move |tx: &wurao_server::store::Tx<'_>| {
        all.iter().try_for_each(|feedback| keep(tx, feedback, false, crate::support::MORNING_MS).map(|_| ()))
    };
    world.server().app().store().write_blocking(keep).unwrap();
}

fn seen(world: &World, scope: &str, onlooker: Onlooker) -> Totals {
    let scope = Scope::new(scope);
    let store = world.server().app().store();
    store.write_blocking(move |tx| totals(tx, &scope, onlooker)).unwrap()
}

fn page(world: &World, login: &str, path: &str) -> Response {
    let client = Client::builder().cookie_store(true).build().unwrap();
    let form = [("name", login), ("password", "undisturbed")];
    client.post(world.url("/login")).form(&form).send().unwrap();
    client.get(world.url(path)).header("accept", "text/html").send().unwrap()
}

#[test]
fn the_village_has_these_routes_and_none_of_them_sets_a_cookie_or_takes_an_upload() {
    let world = World::new();
    let of_village = |path: &str| path.eq_ignore_ascii_case("/p") || path.to_ascii_lowercase().starts_with("/p/");
    let routes: Vec<_> = wurao_server::routes().into_iter().filter(|route| of_village(&route.path)).collect();
    let paths: Vec<&str> = routes.iter().map(|route| route.path.as_str()).collect();
    let expected = ["/P", "/p", "/p/code/{code}", "/p/key", "/p/say", "/p/trust", "/p/worker.js", "/p/{name}"];
    assert_eq!(paths, expected);
    let client = Client::new();
    for route in &routes {
        assert_eq!(route.methods, [if route.path == "/p/say" { "POST" } else { "GET" }], "{}", route.path);
        let path = route.path.replace("{code}", "123456789").replace("{name}", "page.js");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            for length in [0, MOST_SAID + 1, 100_000] {
                let method = method.parse().unwrap();
                let sent = client.request(method, world.url(&path)).body(vec![b'x'; length]).send();
                // A body that is not read may end the connection, which is a refusal too.
                let Ok(answer) = sent else { continue };
                assert!(answer.headers().get("set-cookie").is_none(), "{path}");
                let taken = answer.status().is_success() && answer.headers().get("allow").is_none();
                let reads = route.methods == ["GET"] && answer.headers().contains_key("content-type");
                assert!(!taken || reads, "{path} took {length} bytes");
            }
        }
    }
    assert_eq!(say(&world, vec![0; MOST_SAID + 1]).status(), 413);
    let rows: i64 = database(&world).query_row("SELECT COUNT(*) FROM feedback", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 0);
}

#[test]
fn the_page_and_its_files_are_served_under_both_spellings_with_nothing_inline() {
    let world = World::new();
    for path in ["/p", "/P"] {
        let answer = get(&world, path);
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{policy}");
        let html = answer.text().unwrap();
        let scripts: Vec<_> = html.split("<script").skip(1).collect();
        assert!(scripts.len() == 2 && scripts.iter().all(|script| script.contains("src=\"/p/")), "{html}");
        assert!(!html.contains("style=") && !html.contains("onclick") && !html.contains("@HOTLINE@"));
        for file in html.split("\"/p/").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert_eq!(get(&world, &format!("/p/{file}")).status(), 200, "{file}");
        }
    }
    let worker = get(&world, "/p/worker.js");
    assert_eq!(worker.headers()["service-worker-allowed"], "/");
    let worker = worker.text().unwrap();
    assert!(!worker.contains("@VERSION@") && !worker.contains("@FILES@"));
    let files = worker.split("FILES = [").nth(1).unwrap().split(']').next().unwrap();
    for file in files.split(", ") {
        assert_eq!(get(&world, file.trim_matches('"')).status(), 200, "{file}");
    }
}

#[test]
fn a_poster_with_an_address_that_phones_do_not_check_at_says_so() {
    let mut world = World::new();
    let poster = format!("/sites/{SITE}/poster?lang=en");
    for (public, doubted) in [("http://inspect.example", true), ("https://inspect.example", false)] {
        world.stop();
        world.start_with(|config| config.public_url = Some(public.parse().unwrap()));
        let sheet = page(&world, "chen", &poster).text().unwrap();
        assert_eq!(sheet.contains("this address begins with http://"), doubted, "{sheet}");
        assert!(sheet.contains("inspect.example/p") && !sheet.contains("no phone can reach"), "{sheet}");
    }
}

#[test]
fn the_hotline_is_on_the_page_as_text() {
    let mut world = World::new();
    world.stop();
    world.start_with(|config| config.hotline = Some("12345 \"><script>".to_owned()));
    let html = get(&world, "/p").text().unwrap();
    assert!(html.contains("data-hotline=\"12345 &quot;>&lt;script>\""), "{html}");
    assert_eq!(html.matches("<script").count(), 2);
    assert!(html.contains("or call 12345 ") && !html.contains("[["), "{html}");
}

#[test]
fn a_page_without_a_hotline_sends_nobody_to_a_number() {
    let html = get(&World::new(), "/p").text().unwrap();
    for word in ["[[", "]]", "拨打", "call"] {
        assert!(!html.contains(word), "{word}: {html}");
    }
    assert!(html.contains("请换一个浏览器打开。") && html.contains("open it in another browser."), "{html}");
}

#[test]
fn the_list_of_keys_is_the_signed_record_and_its_key_is_served_beside_it() {
    let world = World::new();
    let key = PublicKey::from_bytes(&get(&world, "/p/key").bytes().unwrap()).unwrap();
    let list = get(&world, "/p/trust").bytes().unwrap();
    let list = envelope::open_as::<TrustList>(&list).unwrap().verified(&key).unwrap();
    assert_eq!(list.feedback_key, world.server().app().keys().feedback.public().to_bytes());
}

#[test]
fn a_short_code_leads_to_its_permit_and_guessing_comes_to_an_end() {
    let world = World::new();
    let code = PERMIT.short_code();
    for _ in 0..20 {
        let answer = get(&world, &format!("/p/code/{code}"));
        assert_eq!(answer.status(), 200);
        let records: Vec<cbor::Bytes> = cbor::decode(&answer.bytes().unwrap()).unwrap();
        let permit = envelope::open_as::<Permit>(&records[0].0).unwrap().body;
        assert_eq!((records.len(), permit.id, permit.visit.site), (1, PERMIT, SITE));
    }
    let statuses: Vec<u16> =
        (0..11).map(|guess| get(&world, &format!("/p/code/{}", 100_000_000 + guess)).status().as_u16()).collect();
    assert_eq!(statuses, [&[404; 10][..], &[429]].concat());
    assert_eq!(get(&world, &format!("/p/code/{code}")).status(), 429);
    world.pass_minutes(1);
    assert_eq!(get(&world, &format!("/p/code/{code}")).status(), 200);
}

#[test]
fn a_refusal_is_kept_once_and_tells_nobody_who_said_it() {
    let world = World::new();
    let bytes = sealed(&world, &said(Said::Refused, 1, Some("  没有出示工作证 ")));
    assert_eq!(say(&world, bytes.clone()).status(), 204);
    assert_eq!(say(&world, bytes).status(), 204);
    let database = database(&world);
    let row = database
        .query_row("SELECT * FROM feedback", [], |row| {
            Ok((row.get::<_, [u8; 16]>("permit")?, row.get::<_, i64>("said")?, row.get::<_, String>("comment")?))
        })
        .unwrap();
    assert_eq!(row, (PERMIT.0, 0, "没有出示工作证".to_owned()));
    let columns: Vec<String> = database
        .prepare("SELECT name FROM pragma_table_info('feedback')")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(columns, ["nonce", "permit", "said", "comment", "day", "carried"]);
    let count: i64 = database.query_row("SELECT COUNT(*) FROM feedback", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1);
}

#[test]
fn the_day_is_the_villager_s_unless_their_clock_cannot_be_right() {
    let world = World::new();
    let at = |number, at_s| Feedback { at_s, ..said(Said::Star3, number, None) };
    let now_s = crate::support::MORNING_MS / 1000;
    keep_all(&world, vec![at(1, now_s - 3 * 86_400), at(2, 0), at(3, i64::MAX), at(4, i64::MIN), at(5, now_s + 3600)]);
    let database = database(&world);
    let mut statement = database.prepare("SELECT day FROM feedback ORDER BY nonce").unwrap();
    let days: Vec<i64> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let today = (now_s + 8 * 3600) / 86_400;
    assert_eq!(days, [today - 3, today, today, today, today]);
}

#[test]
fn what_is_not_sealed_for_this_is_refused() {
    let world = World::new();
    let key = world.server().app().keys().feedback.public();
    let plain = cbor::encode(&said(Said::Star5, 1, None));
    let long = cbor::encode(&said(Said::Star5, 2, Some(&"长".repeat(201))));
    let stale = [plain.clone(), vec![0]].concat();
    for (what, bytes) in [
        ("not sealed", plain.clone()),
        ("nothing", Vec::new()),
        ("another purpose", seal::seal(&key, b"other", &plain, &[1; 32]).unwrap()),
        ("another spelling", seal::seal(&key, PURPOSE, &stale, &[2; 32]).unwrap()),
        ("too long a comment", seal::seal(&key, PURPOSE, &long, &[3; 32]).unwrap()),
        ("another key", seal::seal(&world.server().app().keys().drain.public(), PURPOSE, &plain, &[4; 32]).unwrap()),
    ] {
        let answer = say(&world, bytes);
        assert_eq!((answer.status().as_u16(), answer.text().unwrap().as_str()), (422, "sealed"), "{what}");
    }
}

#[test]
fn a_flood_about_one_visit_or_about_none_comes_to_an_end() {
    let world = World::new();
    keep_all(&world, (0..20).map(|number| said(Said::Refused, number, None)).collect());
    let more = world.server().app().store().write_blocking(|tx| keep(tx, &said(Said::Refused, 99, None), false, 0));
    assert_eq!(more.unwrap_err().code(), "too-many");
    let stray = |number| Feedback { permit: None, ..said(Said::Refused, number, None) };
    keep_all(&world, (21..221).map(stray).collect());
    let one_more = move |tx: &wurao_server::store::Tx<'_>| keep(tx, &stray(250), false, crate::support::MORNING_MS);
    assert_eq!(world.server().app().store().write_blocking(one_more).unwrap_err().code(), "too-many");
}

#[test]
fn no_flood_of_ratings_keeps_a_refusal_out() {
    let world = World::new();
    let mut statuses = Vec::new();
    for number in 0..40 {
        statuses.push(say(&world, sealed(&world, &said(Said::Star5, number, None))).status().as_u16());
    }
    assert_eq!(statuses, [&[204; 20][..], &[429; 20]].concat());
    // The address has nothing left to say in this minute; the refusal of the visit is kept all the same.
    assert_eq!(say(&world, sealed(&world, &said(Said::Star5, 50, None))).status(), 429);
    assert_eq!(say(&world, sealed(&world, &said(Said::Refused, 51, None))).status(), 204);
    let refused: i64 =
        database(&world).query_row("SELECT COUNT(*) FROM feedback WHERE said = 0", [], |row| row.get(0)).unwrap();
    assert_eq!(refused, 1);
}

#[test]
fn one_address_says_little_of_no_visit_and_the_day_it_claims_opens_no_more() {
    let world = World::new();
    let stray = |said_, number, days: i64| Feedback {
        permit: None,
        at_s: crate::support::MORNING_MS / 1000 - days * 86_400,
        ..said(said_, number, None)
    };
    let statuses: Vec<u16> = (0..6)
        .map(|number| say(&world, sealed(&world, &stray(Said::Star1, number, i64::from(number)))).status().as_u16())
        .collect();
    assert_eq!(statuses, [204, 204, 204, 204, 204, 429]);
    world.pass_minutes(1);
    assert_eq!(say(&world, sealed(&world, &stray(Said::Star1, 7, 0))).status(), 204);
    keep_all(&world, (10..204).map(|number| stray(Said::Star1, number, i64::from(number % 50))).collect());
    let more = |feedback: Feedback| {
        world.server().app().store().write_blocking(move |tx| keep(tx, &feedback, false, crate::support::MORNING_MS))
    };
    assert_eq!(more(stray(Said::Star1, 250, 30)).unwrap_err().code(), "too-many", "whatever day it claims");
    assert!(more(stray(Said::Refused, 251, 0)).unwrap(), "refusals have room of their own");
}

#[test]
fn ratings_are_means_of_at_least_five_and_not_for_the_body_itself() {
    let world = World::new();
    let other = Onlooker::Of(BodyId([9; 16]));
    keep_all(&world, (1..FEWEST as u8).map(|number| said(Said::Star4, number, None)).collect());
    assert_eq!(seen(&world, "431124", other).bodies[0].rating, Rating::TooFew);
    keep_all(&world, vec![said(Said::Star1, 5, Some("太久了")), said(Said::Refused, 6, None)]);
    let of_others = seen(&world, "431124", other);
    assert_eq!(of_others.bodies[0].rating, Rating::Mean { stars: 3.4, count: 5 });
    assert_eq!((of_others.bodies[0].visits, of_others.bodies[0].refused), (1, 1));
    assert_eq!((of_others.refused.len(), of_others.refused[0].permit, of_others.refused[0].count), (1, PERMIT, 1));
    assert!(of_others.comments.is_empty());
    assert_eq!(seen(&world, "431124", Onlooker::Of(BODY)).bodies[0].rating, Rating::Own);
    let audited = seen(&world, "431124", Onlooker::Auditor);
    assert_eq!(audited.comments[0].words, "太久了");
    let foreign = seen(&world, "431123", Onlooker::Auditor);
    assert_eq!((foreign.refused.len(), foreign.bodies.len(), foreign.comments.len()), (0, 0, 0));
}

#[test]
fn refusals_of_no_visit_are_counted_only_for_who_sees_every_site() {
    let world = World::new();
    let stray = |number, permit| Feedback { permit, ..said(Said::Refused, number, None) };
    keep_all(&world, vec![stray(1, None), stray(2, Some(PermitId([0xee; 16])))]);
    assert_eq!(seen(&world, "431124", Onlooker::Auditor).stray, Some(2));
    assert_eq!(seen(&world, "431123", Onlooker::Auditor).stray, None);
}

#[test]
fn a_refusal_is_seen_wherever_the_visit_is() {
    let world = World::new();
    let rated = page(&world, "chen", "/?lang=en").text().unwrap();
    assert!(!rated.contains("Refused by the village") && !rated.contains("refused this year"));
    let before_s = crate::support::MORNING_MS / 1000 - 86_400;
    let refused = |number, at_s| Feedback { at_s, ..said(Said::Refused, number, Some("words of a villager")) };
    keep_all(&world, vec![said(Said::Star5, 1, None), refused(2, before_s - 86_400), refused(3, before_s)]);
    let day = jiff::tz::Offset::constant(8).to_datetime(jiff::Timestamp::from_second(before_s).unwrap()).date();
    let document = seen(&world, "431124", Onlooker::Auditor).refused[0].document;
    let own = page(&world, "chen", &format!("/inspections/{document}?lang=en")).text().unwrap();
    assert!(own.contains("Refused by the village</span>"), "{own}");
    assert!(own.contains(&format!("no name is kept. Last on <time>{day}</time>")), "{own}");
    let county = page(&world, "chen", "/?lang=en").text().unwrap();
    assert!(county.contains(&format!("Refused by the village <time>{day}</time></span>")), "{county}");
    assert!(county.contains("1 visit refused this year") && county.contains("Refused by villages</dt><dd>1</dd>"));
    for page in [&own, &county] {
        assert!(!page.contains("words of a villager"));
    }
    let whole: serde_json::Value =
        page(&world, "chen", &format!("/inspections/{document}/export.json")).json().unwrap();
    assert_eq!(whole["refused"], day.to_string());
    let list: serde_json::Value = page(&world, "chen", "/export.json").json().unwrap();
    let marked: Vec<_> =
        list["inspections"].as_array().unwrap().iter().filter(|row| row["refused"] == day.to_string()).collect();
    assert_eq!((marked.len(), &marked[0]["document"]), (1, &serde_json::json!(document.to_string())));
    assert_eq!(page(&world, "zhou", &format!("/inspections/{document}")).status(), 404);
}

#[test]
fn supervisors_see_refusals_and_print_the_poster_and_others_do_not() {
    let world = World::new();
    keep_all(&world, vec![said(Said::Refused, 1, Some("words of a villager"))]);
    let feedback = page(&world, "chen", "/feedback?lang=en").text().unwrap();
    assert!(feedback.contains("Shangcun") && feedback.contains("Refused visits"), "{feedback}");
    assert!(feedback.contains("not shown to the body itself") && !feedback.contains("words of a villager"));
    let poster = format!("/sites/{SITE}/poster?lang=en");
    let sheet = page(&world, "chen", &poster).text().unwrap();
    assert!(sheet.contains(&format!("{}/p</p>", world.server().address())), "{sheet}");
    assert!(sheet.contains("<svg") && sheet.contains("Shangcun"));
    assert!(sheet.contains("no phone can reach this address"), "{sheet}");
    assert_eq!(page(&world, "zhou", &poster).status(), 404);
    let refused = page(&world, "gao", &poster);
    assert_eq!(refused.status(), 403);
    assert!(refused.text().unwrap().contains("Your role does not include this page"));
    database(&world).execute("UPDATE role_grant SET role = 'auditor' WHERE role = 'approver'", []).unwrap();
    assert_eq!(page(&world, "gao", &poster).status(), 200);
    let elsewhere = page(&world, "zhou", "/feedback?lang=en").text().unwrap();
    assert!(!elsewhere.contains("Shangcun"), "{elsewhere}");
}
