//! Supervisors: signing in, what a scope lets through, and the hints of the live stream.

use crate::support::{Push, World};
use reqwest::blocking::{Client, Response};
use reqwest::redirect::Policy;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

fn client() -> Client {
    Client::builder().redirect(Policy::none()).cookie_store(true).timeout(None).build().unwrap()
}

fn sign_in(world: &World, client: &Client, name: &str, password: &str) -> Response {
    let form = [("name", name), ("password", password), ("next", "/phones")];
    client.post(world.url("/login")).form(&form).send().unwrap()
}

#[test]
fn a_password_opens_the_page_until_the_sign_in_has_grown_old_or_was_ended() {
    let world = World::new();
    let client = client();
    assert_eq!(client.get(world.url("/live")).send().unwrap().headers()["location"], "/login");
    let page = client.get(world.url("/findings?lang=en")).header("accept", "text/html").send().unwrap();
    assert_eq!(page.headers()["location"], "/login?next=/findings%3Flang%3Den");
    assert_eq!(sign_in(&world, &client, "chen", "wrong").status(), 401);
    assert_eq!(sign_in(&world, &client, "li", "").status(), 401, "an inspector without a password");
    let answer = sign_in(&world, &client, "chen", "undisturbed");
    assert_eq!((answer.status().as_u16(), &answer.headers()["location"]), (303, &"/phones".parse().unwrap()));
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert_eq!(client.get(world.url("/live")).send().unwrap().status(), 200);
    world.pass_minutes(12 * 60);
    assert_eq!(client.get(world.url("/live")).send().unwrap().status(), 303);

    sign_in(&world, &client, "chen", "undisturbed");
    assert_eq!(client.get(world.url("/live")).send().unwrap().status(), 200);
    client.post(world.url("/logout")).send().unwrap();
    assert_eq!(client.get(world.url("/live")).send().unwrap().status(), 303);
}

#[test]
fn five_wrong_passwords_close_the_name_for_a_minute_and_another_site_s_form_is_not_taken() {
    let world = World::new();
    let client = client();
    for _ in 0..5 {
        assert_eq!(sign_in(&world, &client, "chen", "wrong").status(), 401);
    }
    let closed = sign_in(&world, &client, "chen", "undisturbed");
    assert_eq!((closed.status().as_u16(), closed.headers()["retry-after"].to_str().unwrap()), (429, "60"));
    assert_eq!(sign_in(&world, &client, "zhou", "undisturbed").status(), 303);
    world.pass_minutes(1);
    assert_eq!(sign_in(&world, &client, "chen", "undisturbed").status(), 303);
    let foreign = client
        .post(world.url("/login"))
        .header("origin", "http://example.org")
        .form(&[("name", "chen"), ("password", "undisturbed")])
        .send()
        .unwrap();
    assert_eq!(foreign.status(), 403);
}

#[test]
fn tries_at_the_same_moment_are_counted_before_they_turn_out_wrong() {
    let world = World::new();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> =
            (0..60).map(|_| scope.spawn(|| sign_in(&world, &client(), "chen", "wrong").status().as_u16())).collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 55, "{statuses:?}");
}

#[test]
fn the_live_stream_names_what_changed_in_one_s_scope_and_is_silent_about_the_rest() {
    let world = World::new();
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let (chen, zhou) = (client(), client());
    sign_in(&world, &chen, "chen", "undisturbed");
    sign_in(&world, &zhou, "zhou", "undisturbed");
    let own = chen.get(world.url("/live")).header("accept", "text/event-stream").send().unwrap();
    assert_eq!(own.headers()["content-type"], "text/event-stream");
    let other = zhou.get(world.url("/live")).send().unwrap();

    let (_, push) = li.begins(1);
    li.sync(&world, &push);
    let mut lines = BufReader::new(own).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "event: change");
    assert_eq!(lines.next().unwrap(), format!("data: {{\"scope\":[\"{}\"]}}", li.document()));

    // The stream of the neighbouring county ends with the server, having said nothing.
    let mut world = world;
    world.stop();
    let said: Vec<_> = BufReader::new(other).lines().map_while(Result::ok).filter(|line| !line.is_empty()).collect();
    assert!(said.iter().all(|line| line.starts_with(':')), "{said:?}");
}

#[test]
fn what_came_between_the_making_of_a_page_and_its_listening_is_told_all_the_same() {
    let world = World::new();
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let chen = client();
    sign_in(&world, &chen, "chen", "undisturbed");
    let page = chen.get(world.url("/")).send().unwrap().text().unwrap();
    let made_at: u64 = page.split("data-since=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();

    // Two syncs touch the inspection before the page listens.
    let session = li.session();
    for number in [1, 2] {
        let change = li.answer("water", number);
        let mut push = li.covered(&[&change]);
        push.records.splice(0..0, (number == 1).then(|| session.clone()));
        li.sync(&world, &push);
    }
    let hears = |since: &str, heard: Option<u64>| -> (String, u64) {
        let mut request = chen.get(world.url(&format!("/live{since}")));
        if let Some(heard) = heard {
            request = request.header("last-event-id", heard);
        }
        let lines = BufReader::new(request.send().unwrap()).lines().map(Result::unwrap);
        let said: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
        (said[1].clone(), said[2].strip_prefix("id: ").unwrap().parse().unwrap())
    };
    let this = format!("data: {{\"scope\":[\"{}\"]}}", li.document());
    let first = hears(&format!("?since={made_at}"), None);
    assert_eq!((first.0.as_str(), first.1 > made_at), (this.as_str(), true));
    // A broken line goes on after what was heard last, whatever the page was made with.
    let second = hears(&format!("?since={made_at}"), Some(first.1));
    assert_eq!((second.0, second.1 > first.1), (this, true));
    // Nobody knows what a page of another run has missed: it looks at everything.
    for never_given in ["?since=7", "?since=99999999999999999999", "?since=", "?since=%F0%9F%92%A7"] {
        assert_eq!(hears(never_given, None).0, "data: {\"scope\":[]}", "{never_given}");
    }
}

#[test]
fn a_live_stream_ends_without_another_word_once_its_reader_has_signed_out() {
    let world = World::new();
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let chen = client();
    sign_in(&world, &chen, "chen", "undisturbed");
    let stream = chen.get(world.url("/live")).send().unwrap();
    chen.post(world.url("/logout")).send().unwrap();
    let (_, push) = li.begins(1);
    li.sync(&world, &push);
    let said: Vec<_> = BufReader::new(stream).lines().map_while(Result::ok).filter(|line| !line.is_empty()).collect();
    assert!(said.iter().all(|line| line.starts_with(':')), "{said:?}");
}

#[test]
fn one_person_has_sixteen_live_streams_and_no_more() {
    let world = World::new();
    let chen = client();
    sign_in(&world, &chen, "chen", "undisturbed");
    let streams: Vec<Response> = (0..16).map(|_| chen.get(world.url("/live")).send().unwrap()).collect();
    assert!(streams.iter().all(|stream| stream.status() == 200));
    assert_eq!(chen.get(world.url("/live")).send().unwrap().status(), 429);
    let zhou = client();
    sign_in(&world, &zhou, "zhou", "undisturbed");
    assert_eq!(zhou.get(world.url("/live")).send().unwrap().status(), 200);
}

#[test]
fn who_plans_for_one_body_reads_that_body_s_inspections_alone() {
    let world = World::new();
    let bodies =
        r#""bodies": [{"id": "b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1", "name": {"zh": "水利局", "en": "Water Bureau"}}, "#;
    let person = |id: &str, body: &str, login: &str| {
        format!(
            r#"{{"id": "{id}", "name": "{login}", "body": "{body}", "login": "{login}", "password": "undisturbed",
                "roles": ["planner"], "scope": "431124"}}, "#
        )
    };
    let water = person(&"e6".repeat(16), &"b1".repeat(16), "shui");
    let emergency = person(&"e7".repeat(16), &"b0".repeat(16), "ying");
    let county = crate::support::COUNTY.replace("\"bodies\": [", bodies);
    let county = county.replace("\"people\": [", &format!("\"people\": [{water}{emergency}"));
    let path = world.folder.path().join("more.json");
    std::fs::write(&path, county).unwrap();
    wurao_server::county::load(world.server().app(), &path).unwrap();
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let document = li.document();
    for (login, sees) in [("ying", true), ("shui", false)] {
        let reader = client();
        assert_eq!(sign_in(&world, &reader, login, "undisturbed").status(), 303);
        let get = |path: &str| reader.get(world.url(path)).send().unwrap();
        let page = get("/").text().unwrap();
        assert!(page.contains("上村"), "a site is nobody's own");
        assert_eq!(page.contains(&document.to_string()), sees, "{login}");
        assert_eq!(get(&format!("/inspections/{document}")).status() == 200, sees, "{login}");
        assert_eq!(get("/export.json").text().unwrap().contains(&document.to_string()), sees, "{login}");
        assert_eq!(get("/phones").text().unwrap().contains("phone 1"), sees, "{login}");
    }
}

#[test]
fn after_signing_in_an_address_with_a_village_s_name_is_found_again() {
    let world = World::new();
    let form = [("name", "chen"), ("password", "undisturbed"), ("next", "/findings?site=上村&a=%20 b")];
    let answer = client().post(world.url("/login")).form(&form).send().unwrap();
    let expected = "/findings?site=%E4%B8%8A%E6%9D%91&a=%20%20b";
    assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (303, expected));
}

/// A request to sync as it begins: what is nothing from its first byte on is refused at once.
const BEGINS: &[u8] = b"\x02\xa3\x00\x59\x04\x00";

#[test]
fn a_body_that_stands_still_is_given_up() {
    let mut world = World::new();
    world.stop();
    world.start_with(|config| config.patience = Duration::from_millis(20));
    let mut connection = TcpStream::connect(world.server().address()).unwrap();
    write!(connection, "POST /v1/sync HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n").unwrap();
    connection.write_all(BEGINS).unwrap();
    let mut first = String::new();
    BufReader::new(connection).read_line(&mut first).unwrap();
    assert_eq!(first, "HTTP/1.1 408 Request Timeout\r\n");
}

#[test]
fn a_body_that_trickles_is_given_up_and_its_connection_ends_whatever_it_is_for() {
    let mut world = World::new();
    world.stop();
    world.start_with(|config| config.patience = Duration::from_millis(200));
    for path in ["/v1/sync", "/v1/enrol", "/login", "/p/say"] {
        let mut connection = TcpStream::connect(world.server().address()).unwrap();
        // A byte now and then: never still for as long as the server's patience, and without end.
        connection.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let form = "content-type: application/x-www-form-urlencoded";
        write!(connection, "POST {path} HTTP/1.1\r\nhost: x\r\n{form}\r\ncontent-length: 1000\r\n\r\n").unwrap();
        if path == "/v1/sync" {
            connection.write_all(BEGINS).unwrap();
        }
        let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
        for _ in 0..100 {
            connection.write_all(b"a").unwrap();
            if let Ok(length) = connection.read(&mut piece) {
                answer.extend_from_slice(&piece[..length]);
                break;
            }
        }
        assert!(!answer.is_empty(), "{path}: ten times the server's patience, and it still listens");
        connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        connection.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{path}: {answer}");
        assert!(answer.contains("\r\nconnection: close\r\n"), "{path}: {answer}");
    }
}

#[test]
fn every_answer_carries_the_security_headers() {
    let world = World::new();
    let answer = client().get(world.url("/healthz")).send().unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'self';") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.headers()["referrer-policy"], "same-origin");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers()["x-frame-options"], "DENY");
    assert_eq!(answer.text().unwrap(), "ok");
}
