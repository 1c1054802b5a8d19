use super::office::{Browser, PASSWORD, choose, link, set_up};
use crate::support::World;

#[test]
fn a_new_person_chooses_a_password_by_a_link_that_is_good_once() {
    let world = World::empty();
    let office = set_up(&world);
    let link = office.add_person("陈静", "chen", &["supervisor"]).unwrap();
    let stranger = Browser::of(&world);
    assert!(stranger.page(&link).contains("chen"));
    assert_eq!(choose(&world, &link, "short"), 422);
    assert_eq!(choose(&world, "/password?code=00", PASSWORD), 404);
    assert_eq!(choose(&world, &link, PASSWORD), 303);
    assert_eq!(choose(&world, &link, "another password"), 404, "used");
    let noted = [("Password", "link"), ("Password", "chosen")].map(|(event, detail)| world.entries(event, detail));
    assert_eq!(noted, [1, 2], "the first administrator chose one without a link");
    assert_eq!(stranger.get(&link).status(), 404);
    Browser::signed_in(&world, "chen", PASSWORD);

    // A new link voids the old one, and is good for a day.
    let chen = format!("/admin/people/{}", office.person("陈静"));
    let again = |()| link_of(&office, &chen);
    let (old, new) = (again(()), again(()));
    assert_eq!(choose(&world, &old, PASSWORD), 404);
    world.pass_minutes(24 * 60);
    assert_eq!(choose(&world, &new, PASSWORD), 404, "too old");
    let office = Browser::signed_in(&world, "zhou", PASSWORD);
    assert!(office.add_person("李明", "li", &["inspector"]).is_none(), "who only inspects has no page");
}

fn link_of(office: &Browser<'_>, person: &str) -> String {
    let answer = office.post(&format!("{person}/link"), &[]);
    assert_eq!(answer.status(), 200);
    link(&answer.text().unwrap()).unwrap()
}

#[test]
fn guessing_password_codes_is_slowed_down() {
    let world = World::empty();
    let office = set_up(&world);
    let link = office.add_person("陈静", "chen", &["approver"]).unwrap();
    for _ in 0..5 {
        assert_eq!(choose(&world, "/password?code=00", PASSWORD), 404);
    }
    assert_eq!(choose(&world, &link, PASSWORD), 429);
    world.pass_minutes(1);
    assert_eq!(choose(&world, &link, PASSWORD), 303);
}

#[test]
fn disabling_somebody_or_changing_their_rights_ends_their_sign_in_at_once() {
    let world = World::empty();
    let office = set_up(&world);
    let first = office.add_person("陈静", "chen", &["supervisor", "auditor"]).unwrap();
    choose(&world, &first, PASSWORD);
    let person = format!("/admin/people/{}", office.person("陈静"));
    let chen = Browser::signed_in(&world, "chen", PASSWORD);
    assert_eq!(chen.get("/").status(), 200);
    assert_eq!(office.post(&format!("{person}/take-back"), &[("role", "auditor")]).status(), 303);
    assert_eq!(chen.get("/").status(), 303, "a right was taken back");
    let chen = Browser::signed_in(&world, "chen", PASSWORD);
    assert_eq!(office.post(&format!("{person}/grant"), &[("role", "auditor")]).status(), 303);
    assert_eq!(chen.get("/").status(), 303, "a right was given");

    let chen = Browser::signed_in(&world, "chen", PASSWORD);
    let link = link_of(&office, &person);
    assert_eq!(office.post(&format!("{person}/disable"), &[]).status(), 303);
    assert_eq!(chen.get("/").status(), 303, "disabled");
    assert_eq!(choose(&world, &link, PASSWORD), 404, "no way in by a link of before");
    let again = Browser::of(&world).post("/login", &[("name", "chen"), ("password", PASSWORD)]);
    assert_eq!(again.status(), 401);
    assert!(office.page("/admin/people").contains("Disabled"));
    assert_eq!(office.post(&format!("{person}/link"), &[]).status(), 422);
    assert_eq!(office.post(&format!("{person}/enable"), &[]).status(), 303);
    Browser::signed_in(&world, "chen", PASSWORD);
}

#[test]
fn changing_one_s_own_password_asks_for_the_old_one_and_ends_the_other_sign_ins() {
    let world = World::empty();
    let office = set_up(&world);
    let other = Browser::signed_in(&world, "zhou", PASSWORD);
    let change = |old: &str, new: &str, again: &str| {
        let answer = office.post("/password", &[("old", old), ("new", new), ("again", again)]);
        (answer.status().as_u16(), answer.text().unwrap())
    };
    assert!(change("wrong", "a new password", "a new password").1.contains("is wrong"));
    assert_eq!(change(PASSWORD, "a new password", "another one").0, 422);
    assert_eq!(change(PASSWORD, "short", "short").0, 422);
    assert_eq!(other.get("/").status(), 200);
    assert_eq!(change(PASSWORD, "a new password", "a new password").0, 200);
    assert_eq!(office.get("/").status(), 200);
    assert_eq!(other.get("/").status(), 303);
    Browser::signed_in(&world, "zhou", "a new password");
    for _ in 0..5 {
        change("wrong", "a new password", "a new password");
    }
    assert_eq!(change("a new password", PASSWORD, PASSWORD).0, 429, "guessing the old one is slowed down");
    assert_eq!(Browser::of(&world).get("/password").status(), 303);
}

#[test]
fn a_person_s_form_says_what_is_wrong_and_keeps_what_was_typed() {
    let world = World::empty();
    let office = set_up(&world);
    office.add_person("陈静", "chen", &["approver"]);
    let body = office.body();
    let good = [("name", "王芳"), ("login", "wang"), ("body", body.as_str()), ("role", "supervisor"), ("area", "")];
    for (field, typed, status, says) in [
        ("name", "a\nb", 422, "line end"),
        ("login", "chen", 409, "already"),
        ("login", "w", 422, "A login has"),
        ("body", "0", 422, "choose a body"),
        ("body", "00000000000000000000000000000000", 422, "choose a body"),
        ("role", "king", 422, "At least one role"),
        ("area", "431124999000", 422, "no such division"),
        ("area", "4311", 422, "12 digits"),
    ] {
        let form: Vec<_> =
            good.iter().map(|(name, value)| (*name, if *name == field { typed } else { value })).collect();
        let answer = office.post("/admin/people", &form);
        assert_eq!(answer.status(), status, "{field} {typed}");
        let page = answer.text().unwrap();
        assert!(page.contains(says), "{field} {typed}: {page}");
        assert!(field == "name" || page.contains("value=\"王芳\""));
    }
    assert_eq!(office.post("/admin/people", &good).status(), 200);
}

#[test]
fn an_administrator_makes_no_link_for_an_approver_who_has_a_password_and_every_link_is_shown() {
    let world = World::empty();
    let office = set_up(&world);
    let first = office.add_person("陈静", "chen", &["approver", "supervisor"]).unwrap();
    let person = format!("/admin/people/{}", office.person("陈静"));
    // The first invitation may be made again while nobody has used it; who chooses sees who made it.
    assert_eq!(choose(&world, &first, "short"), 422);
    let first = link_of(&office, &person);
    assert!(Browser::of(&world).page(&first).contains("周文静"), "who made the link");
    assert_eq!(choose(&world, &first, PASSWORD), 303);
    let chen = Browser::signed_in(&world, "chen", PASSWORD);
    assert!(chen.page("/password").contains("周文静"));

    let refused = office.post(&format!("{person}/link"), &[]);
    assert_eq!(refused.status(), 403);
    assert!(refused.text().unwrap().contains("wurao-server password-link"));
    // Nor by taking the role back for a moment.
    assert_eq!(office.post(&format!("{person}/take-back"), &[("role", "approver")]).status(), 303);
    assert_eq!(office.post(&format!("{person}/link"), &[]).status(), 403);

    let data = world.folder.path().join("data");
    let says = |login| super::office::says(&["password-link", "--data", data.to_str().unwrap(), login]);
    assert!(says("nobody").is_err());
    let made = says("chen").unwrap();
    let link = made.trim().strip_prefix("http://127.0.0.1:8080").unwrap();
    assert_eq!(choose(&world, link, "another password"), 303);
    Browser::signed_in(&world, "chen", "another password");
    let page = office.page(&person);
    let made = page.split("Password links that were made").nth(1).unwrap();
    assert_eq!((made.matches("<li>").count(), made.matches("周文静").count()), (3, 2), "{made}");
    assert!(made.contains("on the server itself"));
}

#[test]
fn wrong_passwords_for_many_names_close_an_address_for_a_minute() {
    let world = World::empty();
    set_up(&world);
    let stranger = Browser::of(&world);
    let wrong = |name: &str| stranger.post("/login", &[("name", name), ("password", "wrong")]).status().as_u16();
    assert!((0..20).all(|at| wrong(&format!("name{at}")) == 401));
    assert_eq!(wrong("another"), 429);
    world.pass_minutes(1);
    Browser::signed_in(&world, "zhou", PASSWORD);
}

#[test]
fn looking_at_password_codes_is_slowed_down_and_wrong_codes_of_one_sort_close_no_other() {
    let world = World::empty();
    let office = set_up(&world);
    let link = office.add_person("陈静", "chen", &["supervisor"]).unwrap();
    let stranger = Browser::of(&world);
    for _ in 0..5 {
        assert_eq!(stranger.get("/password?code=00").status(), 404);
    }
    assert_eq!(stranger.get(&link).status(), 429);
    assert_eq!(stranger.post("/setup", &[("code", "00")]).status(), 410);
    world.pass_minutes(1);
    assert_eq!(stranger.get(&link).status(), 200);
}

#[test]
fn the_area_that_the_list_offers_is_taken_also_where_no_province_has_its_digits() {
    let world = World::empty();
    let office = set_up(&world);
    let data = world.folder.path().join("data/wurao.sqlite");
    let database = rusqlite::Connection::open(data).unwrap();
    database
        .execute_batch(
            "INSERT INTO division (code, zh, en, from_day) VALUES ('470123101000', '云岭镇', 'Yunling', 0);
             UPDATE role_grant SET prefix = '470123' WHERE role = 'administrator';",
        )
        .unwrap();
    assert!(office.page("/admin/people").contains("470123101000"));
    let body = office.body();
    let form = [("name", "王芳"), ("login", "wang"), ("body", &body), ("role", "supervisor"), ("area", "470123101000")];
    assert_eq!(office.post("/admin/people", &form).status(), 200);
    let prefix: String =
        database.query_row("SELECT prefix FROM role_grant WHERE role = 'supervisor'", [], |row| row.get(0)).unwrap();
    assert_eq!(prefix, "470123101");
}

#[test]
fn a_table_of_forty_thousand_lines_is_refused_at_once_and_twenty_thousand_are_taken() {
    let world = World::empty();
    let office = set_up(&world);
    let table = |lines: usize| {
        let villages = (0..lines).map(|at| format!("431124{:03}{:03},村{at}\n", 101 + at / 900, 100 + at % 900));
        let towns = (0..lines.div_ceil(900)).map(|at| format!("431124{:03}000,镇{at}\n", 101 + at));
        ["code,name_zh\n".to_owned()].into_iter().chain(towns).chain(villages).collect::<String>()
    };
    let answer = office.bring("/admin/divisions", "divisions.csv", table(40_000).as_bytes());
    assert_eq!(answer.status(), 422);
    assert!(answer.text().unwrap().contains("20000 lines"));
    let answer = office.bring("/admin/divisions", "divisions.csv", table(19_900).as_bytes());
    assert_eq!(answer.status(), 200);
}

#[test]
fn the_data_folder_and_what_is_secret_in_it_are_the_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mut world = World::empty();
    let data = world.folder.path().join("data");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&data), mode(&data.join("wurao.sqlite"))), (0o700, 0o600));
    assert_eq!(mode(&data.join("wurao.sqlite-wal")), 0o600);
    world.stop();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(data.join("wurao.sqlite"), std::fs::Permissions::from_mode(0o644)).unwrap();
    world.start_with(|_| {});
    assert_eq!((mode(&data), mode(&data.join("wurao.sqlite"))), (0o700, 0o600));
}
