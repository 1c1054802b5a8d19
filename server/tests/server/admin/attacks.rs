use super::office::{Browser, FIRST, PASSWORD, choose, furnished, set_up, setup_code};
use crate::support::World;
use reqwest::Method;

/// Every address below the administrator's, with something in its changing parts.
fn administrators(person: &str, device: &str) -> Vec<(Method, String)> {
    let mut routes = Vec::new();
    for route in wurao_server::routes() {
        let own = route.path.starts_with("/admin") || route.path.starts_with("/phones/");
        for method in route.methods.iter().filter(|_| own) {
            let path = route.path.replace("{person}", person).replace("{device}", device);
            let path = path.split('{').next().unwrap().to_owned();
            routes.push((method.parse().unwrap(), path));
        }
    }
    assert!(routes.len() > 15, "{routes:?}");
    routes
}

#[test]
fn nobody_but_an_administrator_reaches_the_administrator_s_pages() {
    let world = World::empty();
    let (office, _) = furnished(&world);
    let zhou = office.person("周文静");
    for (login, role) in
        [("planner", "planner"), ("approver", "approver"), ("supervisor", "supervisor"), ("auditor", "auditor")]
    {
        let link = office.add_person(role, login, &[role]).unwrap();
        choose(&world, &link, PASSWORD);
        let other = Browser::signed_in(&world, login, PASSWORD);
        for (method, path) in administrators(&zhou, &"0".repeat(64)) {
            let body = if path.ends_with("divisions") || path.ends_with("sites") || path.ends_with("checklists") {
                ("multipart/form-data; boundary=edge", "--edge--\r\n")
            } else {
                ("application/x-www-form-urlencoded", "role=administrator&reason=x&name=x")
            };
            let request = other.client.request(method.clone(), world.url(&path)).header("content-type", body.0);
            let answer = request.header("origin", world.url("")).body(body.1).send().unwrap();
            let status = answer.status().as_u16();
            // Asking for the address of a form leads to its page, which is refused in turn.
            let to_the_page = method == Method::GET && status == 303;
            assert!([403, 404].contains(&status) || to_the_page, "{role} {method} {path}: {status}");
        }
    }
    assert_eq!(office.get("/admin").status(), 200, "and nothing of it was done");
}

#[test]
fn an_administrator_gives_nobody_more_than_they_have_nor_themselves_anything() {
    let world = World::empty();
    let (office, _) = furnished(&world);
    let zhou = format!("/admin/people/{}", office.person("周文静"));
    for role in ["approver", "auditor", "inspector"] {
        let answer = office.post(&format!("{zhou}/grant"), &[("role", role)]);
        assert_eq!(answer.status(), 403, "{role}");
        assert!(answer.text().unwrap().contains("Nobody changes their own rights"));
    }
    for deed in ["take-back", "disable", "link"] {
        assert_eq!(office.post(&format!("{zhou}/{deed}"), &[("role", "planner")]).status(), 403, "{deed}");
    }
    // An administrator of the town alone.
    let body = office.body();
    let form =
        [("name", "何燕"), ("login", "he"), ("body", &body), ("role", "administrator"), ("area", "431124101000")];
    let page = office.post("/admin/people", &form).text().unwrap();
    choose(&world, &super::office::link(&page).unwrap(), PASSWORD);
    let chen = office.add_person("陈静", "chen", &["supervisor"]);
    assert!(chen.is_some());
    let town = Browser::signed_in(&world, "he", PASSWORD);
    let beyond = [("name", "甲"), ("login", "jia"), ("body", &body), ("role", "auditor"), ("area", "431124000000")];
    assert_eq!(town.post("/admin/people", &beyond).status(), 403);
    let approves = [("name", "乙"), ("login", "yi"), ("body", &body), ("role", "administrator"), ("role", "approver")];
    assert_eq!(town.post("/admin/people", &approves).status(), 403, "an administrator never approves");
    // Whoever has rights in the whole county cannot be taken over, nor even found, from the town.
    let chen = office.person("陈静");
    for deed in ["link", "disable", "grant", "take-back"] {
        let answer = town.post(&format!("/admin/people/{chen}/{deed}"), &[("role", "supervisor")]);
        assert_eq!(answer.status(), 404, "{deed}");
    }
    assert_eq!(town.get(&format!("/admin/people/{chen}")).status(), 404);
    assert!(!town.page("/admin/people").contains("陈静") && !town.page("/admin/divisions").contains("道县 "));
    let sites = "name_zh,name_en,division\n外,,431124000000\n";
    assert_eq!(town.bring("/admin/sites", "sites.csv", sites.as_bytes()).status(), 422);
    // Their own helper within the town is theirs to make.
    let helper = [("name", "丙"), ("login", "bing"), ("body", &body), ("role", "supervisor")];
    assert_eq!(town.post("/admin/people", &helper).status(), 200);
    let bing = format!("/admin/people/{}/grant", town.person("丙"));
    assert_eq!(town.post(&bing, &[("role", "auditor"), ("area", "431124000000")]).status(), 403);
    assert_eq!(town.post(&bing, &[("role", "planner")]).status(), 422, "a planner plans for one body");
}

#[test]
fn an_id_that_is_none_is_no_page() {
    let world = World::empty();
    let office = set_up(&world);
    for id in ["..%2F..%2Fkeys", "%00", "x", "00000000000000000000000000000000", "1%27%20OR%201=1"] {
        assert_eq!(office.get(&format!("/admin/people/{id}")).status(), 404, "{id}");
        assert_eq!(office.post(&format!("/admin/people/{id}/disable"), &[]).status(), 404, "{id}");
    }
}

#[test]
fn no_address_takes_a_change_from_another_site_and_without_an_origin_none_is_made_for_strangers() {
    let world = World::empty();
    let office = set_up(&world);
    let mut walked = 0;
    for route in wurao_server::routes() {
        for method in route.methods.iter().filter(|method| !["GET", "HEAD", "OPTIONS"].contains(&method.as_str())) {
            let path: String = route.path.replace(['{', '}'], "");
            let method: Method = method.parse().unwrap();
            for (header, value) in
                [("origin", "http://example.org"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
            {
                let request = office.client.request(method.clone(), world.url(&path)).header(header, value);
                let answer = request.body("a=b").send().unwrap();
                assert_eq!(answer.status(), 403, "{method} {path} {header} {value}");
                assert_eq!(answer.text().unwrap(), "foreign-origin", "{method} {path}");
            }
            // No origin and no sign-in: what is no browser gets no further than the door.
            let stranger = Browser::of(&world);
            let answer = stranger.client.request(method.clone(), world.url(&path)).body("a=b").send().unwrap();
            let status = answer.status().as_u16();
            let to_the_door = status == 303 && answer.headers()["location"].to_str().unwrap().starts_with("/login");
            let refused = (400..500).contains(&status);
            assert!(to_the_door || refused, "{method} {path}: {status}");
            walked += 1;
        }
    }
    assert!(walked > 20, "{walked}");
    assert_eq!(office.get("/admin").status(), 200, "still signed in, nothing was changed");
}

#[test]
fn the_login_of_an_administrator_cannot_be_forced() {
    let world = World::empty();
    set_up(&world);
    let stranger = Browser::of(&world);
    for _ in 0..5 {
        assert_eq!(stranger.post("/login", &[("name", "zhou"), ("password", "wrong")]).status(), 401);
    }
    assert_eq!(stranger.post("/login", &[("name", "zhou"), ("password", PASSWORD)]).status(), 429);
    world.pass_minutes(1);
    Browser::signed_in(&world, "zhou", PASSWORD);
}

#[test]
fn of_two_who_set_up_at_the_same_moment_one_is_the_administrator() {
    let world = World::empty();
    let code = setup_code(&world);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..4)
            .map(|at| {
                let (world, code) = (&world, &code);
                scope.spawn(move || {
                    let login = format!("zhou{at}");
                    let kept = FIRST.into_iter().filter(|(name, _)| *name != "login");
                    let form: Vec<_> = kept.chain([("login", login.as_str()), ("code", code)]).collect();
                    Browser::of(world).post("/setup", &form).status().as_u16()
                })
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 410).count(), 3, "{statuses:?}");
}
