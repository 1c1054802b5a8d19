//! What other systems read: tokens, scopes, rights, pages of lists, and how it is described.

use crate::support::{COUNTY, World};
use reqwest::blocking::{Client, Response};
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use std::ffi::OsString;
use wurao_server::county;

const BODY: &str = "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0";
const OTHER_SITE: &str = "52525252525252525252525252525252";

/// The tests' county with an administrator, and a visit in the county beside it.
fn world() -> World {
    let world = World::new();
    let mut more: Value = serde_json::from_str(COUNTY).unwrap();
    let mut add = |list: &str, entry: Value| more[list].as_array_mut().unwrap().push(entry);
    add("divisions", json!({"code": "431123000000", "name": {"zh": "双牌县", "en": "Shuangpai County"}}));
    add(
        "people",
        json!({"id": "17171717171717171717171717171717", "name": "何青", "body": BODY, "login": "he",
               "password": "undisturbed", "role": "administrator", "scope": "431124"}),
    );
    add("sites", json!({"id": OTHER_SITE, "name": {"zh": "外村", "en": "Waicun"}, "division": "431123101203"}));
    let mut item = more["plan"][0].clone();
    item["id"] = json!("a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2");
    item["sites"] = json!([OTHER_SITE]);
    more["plan"].as_array_mut().unwrap().push(item);
    let mut permit = more["permits"][0].clone();
    permit["id"] = json!("c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2");
    permit["plan_item"] = json!("a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2");
    permit["site"] = json!(OTHER_SITE);
    more["permits"].as_array_mut().unwrap().push(permit);
    let file = world.folder.path().join("more.json");
    std::fs::write(&file, more.to_string()).unwrap();
    county::load(world.server().app(), &file).unwrap();
    world
}

fn client() -> Client {
    Client::builder().redirect(Policy::none()).cookie_store(true).no_proxy().build().unwrap()
}

/// What the command line prints, or its error.
fn command(world: &World, arguments: &[&str]) -> Result<String, String> {
    let data = world.folder.path().join("data");
    let start = ["wurao-server", "token", "--data", data.to_str().unwrap()];
    let mut out = Vec::new();
    let ran = wurao_server::run(start.iter().chain(arguments).map(OsString::from), &mut out);
    ran.map(|()| String::from_utf8(out).unwrap()).map_err(|error| error.to_string())
}

/// A token of the command line, whose clock is the computer's: good for longer than the tests' clock is behind.
fn token(world: &World, scope: &str, rights: &[&str]) -> String {
    let mut arguments = vec!["--name", "map", "--days", "1096", "--scope", scope];
    for right in rights {
        arguments.extend(["--right", right]);
    }
    command(world, &arguments).unwrap().trim().to_owned()
}

fn get(world: &World, token: &str, path: &str) -> Response {
    client().get(world.url(path)).bearer_auth(token).send().unwrap()
}

fn read(world: &World, token: &str, path: &str) -> Value {
    let answer = get(world, token, path);
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().unwrap()
}

/// The status and the problem of a refusal.
fn refused(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let body: Value = answer.json().unwrap();
    assert!(body["detail"].is_string(), "{body}");
    (status, body["problem"].as_str().unwrap().to_owned())
}

#[test]
fn a_token_reads_its_scope_and_nothing_else() {
    let world = world();
    let rights = ["read-inspections", "read-plan", "read-feedback-aggregates"];
    let (ours, all) = (token(&world, "431124", &rights), token(&world, "4311", &rights));
    let list = |token: &str, path: &str, name: &str| read(&world, token, path)[name].as_array().unwrap().len();
    for (path, name) in
        [("/v1/api/inspections", "inspections"), ("/v1/api/sites", "sites"), ("/v1/api/plan?year=2026", "items")]
    {
        assert_eq!((list(&ours, path, name), list(&all, path, name)), (1, 2), "{path}");
    }
    assert_eq!(read(&world, &ours, "/v1/api/feedback")["bodies"][0]["visits"], 1);
    assert_eq!(read(&world, &all, "/v1/api/feedback")["bodies"][0]["visits"], 2);
    assert_eq!(read(&world, &all, "/v1/api/findings")["findings"], json!([]));
    assert_eq!(read(&world, &all, "/v1/api/burden?year=2026"), json!({"year": 2026, "sites": []}));

    let foreign = read(&world, &all, "/v1/api/inspections")["inspections"]
        .as_array()
        .unwrap()
        .iter()
        .find(|inspection| inspection["site"]["id"] == OTHER_SITE)
        .unwrap()
        .clone();
    let path = format!("/v1/api/inspections/{}", foreign["document"].as_str().unwrap());
    let whole = read(&world, &all, &path);
    assert_eq!((&whole["state"], &whole["answers"]), (&json!("planned"), &json!([])));
    assert_eq!(whole["site"]["name"]["zh"], "外村");
    assert_eq!(refused(get(&world, &ours, &path)), (404, "not-found".to_owned()));
    assert_eq!(refused(get(&world, &all, "/v1/api/inspections/x")), (404, "not-found".to_owned()));
}

#[test]
fn without_a_good_token_or_its_right_nothing_is_read() {
    let world = world();
    let unauthorized = (401, "unauthorized".to_owned());
    for header in ["", "Bearer", "Bearer wurao_00", "Basic eDp5", "bearer x"] {
        let answer = client().get(world.url("/v1/api/sites")).header("authorization", header).send().unwrap();
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
        assert_eq!(refused(answer), unauthorized, "{header:?}");
    }
    assert_eq!(refused(client().get(world.url("/v1/api/sites")).send().unwrap()), unauthorized);

    let plan = token(&world, "", &["read-plan"]);
    assert_eq!(get(&world, &plan, "/v1/api/sites").status(), 200);
    for path in ["/v1/api/inspections", "/v1/api/findings", "/v1/api/burden", "/v1/api/feedback"] {
        assert_eq!(refused(get(&world, &plan, path)), (403, "forbidden".to_owned()), "{path}");
    }
    // A sign-in on the page is none here, and a token is none on the page.
    let person = client();
    person.post(world.url("/login")).form(&[("name", "chen"), ("password", "undisturbed")]).send().unwrap();
    assert_eq!(person.get(world.url("/")).send().unwrap().status(), 200);
    assert_eq!(refused(person.get(world.url("/v1/api/sites")).send().unwrap()), unauthorized);
    assert_eq!(get(&world, &plan, "/export.json").status(), 303);

    let listed = command(&world, &["--list"]).unwrap();
    let id = listed.split(' ').next().unwrap();
    assert!(listed.contains("\"map\" scope \"\" read-plan until "), "{listed}");
    assert!(!listed.contains(&plan) && !plan.contains(id), "a token is shown once");
    command(&world, &["--revoke", id]).unwrap();
    assert_eq!(refused(get(&world, &plan, "/v1/api/sites")), unauthorized);
    command(&world, &["--revoke", id]).unwrap();
    assert_eq!((world.entries("Account", "made"), world.entries("Account", "revoked")), (1, 1));
    assert!(command(&world, &["--list"]).unwrap().contains(" revoked\n"));

    let old = token(&world, "", &["read-plan"]);
    world.pass_days(1200);
    assert_eq!(refused(get(&world, &old, "/v1/api/sites")), unauthorized);
}

#[test]
fn the_command_line_refuses_accounts_that_would_be_of_no_use() {
    let world = World::new();
    let made = |arguments: &[&str]| command(&world, arguments).unwrap_err();
    let account = ["--name", "map", "--scope", "4311", "--right"];
    assert!(made(&[&account[..], &["read-everything"]].concat()).contains("there are read-inspections"));
    assert!(made(&[&account[..], &["write-plan-drafts"]].concat()).contains("name it"));
    assert!(made(&[&account[..], &["read-plan", "--days", "0"]].concat()).contains("1 to 1096 days"));
    assert!(made(&["--name", "map", "--scope", "43x", "--right", "read-plan"]).contains("division code"));
    assert!(made(&["--name", "a\r\nb", "--scope", "43", "--right", "read-plan"]).contains("line end"));
    assert!(made(&["--revoke", "00"]).contains("no account"));
    assert_eq!(command(&world, &["--list"]).unwrap(), "");
}

#[test]
fn lists_go_on_where_the_page_before_ended() {
    let world = world();
    let token = token(&world, "", &["read-inspections"]);
    for (path, name) in [("/v1/api/inspections", "inspections"), ("/v1/api/sites", "sites")] {
        let whole = read(&world, &token, path);
        assert_eq!(whole["next"], Value::Null);
        let first = read(&world, &token, &format!("{path}?limit=1"));
        let next = first["next"].as_str().unwrap();
        let second = read(&world, &token, &format!("{path}?limit=1&after={next}"));
        assert_eq!(second["next"], Value::Null);
        assert_eq!(whole[name], json!([first[name][0], second[name][0]]), "{path}");
    }
    let invalid = (422, "invalid".to_owned());
    for query in ["limit=0", "limit=201", "limit=x", "after=zz", "after=00", "else=1", "limit=1&limit=2"] {
        assert_eq!(refused(get(&world, &token, &format!("/v1/api/inspections?{query}"))), invalid, "{query}");
    }
    for query in ["year=99999", "year=1999", "year=x"] {
        assert_eq!(refused(get(&world, &token, &format!("/v1/api/burden?{query}"))), invalid, "{query}");
    }
}

#[test]
fn six_hundred_requests_a_minute_are_enough() {
    let world = world();
    let (busy, other) = (token(&world, "", &["read-plan"]), token(&world, "", &["read-plan"]));
    let client = client();
    let ask = |token: &str| client.get(world.url("/v1/api/sites?limit=1")).bearer_auth(token).send().unwrap();
    for _ in 0..600 {
        assert_eq!(ask(&busy).status(), 200);
    }
    let answer = ask(&busy);
    assert_eq!(answer.headers()["retry-after"], "60");
    assert_eq!(refused(answer), (429, "too-many-requests".to_owned()));
    assert_eq!(ask(&other).status(), 200);
    world.pass_minutes(1);
    assert_eq!(ask(&busy).status(), 200);
}

#[test]
fn a_system_drafts_plan_items_for_its_body_and_people_do_the_rest() {
    let world = world();
    let arguments = ["--name", "planner", "--days", "1096", "--scope", "431124", "--body", BODY];
    let both = ["--right", "write-plan-drafts", "--right", "read-plan"];
    let token = command(&world, &[&arguments[..], &both].concat()).unwrap().trim().to_owned();
    let draft = |body: &Value| client().post(world.url("/v1/api/plan")).bearer_auth(&token).json(body).send().unwrap();
    let mut wanted = json!({"year": 2026, "kind": "plan", "level": "county", "zh": "消防检查", "en": "Fire safety",
        "sites": ["51515151515151515151515151515151"], "from": "2026-10-12", "to": "2026-10-16", "minutes": 60});
    let answer = draft(&wanted);
    assert_eq!(answer.status(), 201);
    let id = answer.json::<Value>().unwrap()["id"].clone();
    let items = read(&world, &token, "/v1/api/plan")["items"].clone();
    let item = items.as_array().unwrap().iter().find(|item| item["id"] == id).unwrap();
    assert_eq!((&item["state"], &item["from"], &item["number"]), (&json!("draft"), &json!("2026-10-12"), &Value::Null));
    let item = id.as_str().unwrap().parse().unwrap();
    let steps = world.write(move |tx, _, _| wurao_server::plan::read::steps(tx, &item));
    assert_eq!(steps[0].by.as_deref(), Some("planner"), "the history says which system drafted it");

    wanted["year"] = json!(2100);
    assert_eq!(draft(&wanted).status(), 201, "the last year that the page takes");

    for (field, value) in [
        ("sites", json!([OTHER_SITE])),
        ("sites", json!(["x"])),
        ("year", json!(1)),
        ("year", json!(2101)),
        ("year", json!(2199)),
        ("level", json!("village")),
        ("kind", json!("x")),
        ("to", json!("2026-10-01")),
        ("zh", json!("a\nb")),
        ("minutes", json!(0)),
        ("more", json!(1)),
    ] {
        let before = std::mem::replace(&mut wanted[field], value);
        assert_eq!(refused(draft(&wanted)), (422, "invalid".to_owned()), "{field}");
        wanted[field] = before;
        if wanted[field].is_null() {
            wanted.as_object_mut().unwrap().remove(field);
        }
    }
}

#[test]
fn an_administrator_makes_and_revokes_tokens_within_their_own_scope() {
    let world = world();
    let sign_in = |name: &str| {
        let client = client();
        client.post(world.url("/login")).form(&[("name", name), ("password", "undisturbed")]).send().unwrap();
        client
    };
    let (he, chen) = (sign_in("he"), sign_in("chen"));
    let page = world.url("/admin/accounts");
    let empty = he.get(&page).send().unwrap().text().unwrap();
    assert!(empty.contains("name=\"scope\" value=\"431124\""), "{empty}");
    assert_eq!(chen.get(&page).send().unwrap().status(), 403, "a supervisor");
    let form = [("name", "省平台"), ("scope", "431124"), ("days", "30"), ("read-inspections", "on")];
    assert_eq!(chen.post(&page).form(&form).send().unwrap().status(), 403);
    let foreign = he.post(&page).header("origin", "http://example.org").form(&form).send().unwrap();
    assert_eq!(foreign.status(), 403);

    for (at, value) in [(0, ""), (1, "4311"), (1, ""), (1, "43112x"), (2, "0"), (2, "x")] {
        let mut wrong = form;
        wrong[at].1 = value;
        let answer = he.post(&page).form(&wrong).send().unwrap();
        assert_eq!(answer.status(), 422, "{wrong:?}");
        let html = answer.text().unwrap();
        assert!(html.contains("role=\"alert\"") && !html.contains("wurao_"), "{wrong:?}");
    }
    assert_eq!(he.post(&page).form(&form[..3]).send().unwrap().status(), 422, "no right at all");

    let html = he.post(&page).form(&form).send().unwrap().text().unwrap();
    let token = &html[html.find("wurao_").unwrap()..][..70];
    assert_eq!(read(&world, token, "/v1/api/inspections")["inspections"].as_array().unwrap().len(), 1);
    let html = he.get(&page).send().unwrap().text().unwrap();
    assert!(html.contains("省平台") && !html.contains("wurao_"), "shown once");

    let wide = command(&world, &["--name", "省", "--scope", "43", "--right", "read-plan"]).unwrap();
    assert!(wide.starts_with("wurao_"));
    let listed = command(&world, &["--list"]).unwrap();
    let id = |name: &str| listed.lines().find(|line| line.contains(name)).unwrap()[..32].to_owned();
    assert!(!he.get(&page).send().unwrap().text().unwrap().contains(&id("省\"")), "wider than her own scope");
    let revoke = |id: &str| he.post(format!("{page}/{id}/revoke")).send().unwrap().status().as_u16();
    assert_eq!(revoke(&id("省\"")), 404);
    assert_eq!(revoke("x"), 404);
    assert_eq!(revoke(&id("省平台")), 303);
    assert_eq!(get(&world, token, "/v1/api/inspections").status(), 401);
}

#[test]
fn every_route_for_programs_is_described() {
    let world = World::new();
    let described: Value = client().get(world.url("/v1/openapi.json")).send().unwrap().json().unwrap();
    assert!(described["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = described["paths"].as_object().unwrap();
    let mut programs = 0;
    for route in wurao_server::routes() {
        let is_json = route.path.starts_with("/v1/") || route.path.ends_with(".json") || route.path == "/healthz";
        // Uploads are tus 1.0, which has its own description.
        if !is_json || route.path.starts_with("/v1/uploads") {
            continue;
        }
        for method in &route.methods {
            let operation = &paths.get(&route.path).unwrap_or(&Value::Null)[method.to_lowercase()];
            assert!(operation["responses"].is_object(), "{method} {} is not described", route.path);
            programs += 1;
        }
    }
    assert!(programs > 10, "{programs}");
    assert_eq!(described["components"]["securitySchemes"]["token"]["scheme"], "bearer");
}
