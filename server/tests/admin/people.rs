use crate::office::{Browser, PASSWORD, choose, link, set_up};
use crate::support::World;

#[test]
fn a_new_person_chooses_a_password_by_a_link_that_is_good_once() {
    let world = World::empty();
    let office = set_up(&world);
    let link = office.add_person("陈静", "chen", &["approver"]).unwrap();
    let stranger = Browser::of(&world);
    assert!(stranger.page(&link).contains("chen"));
    assert_eq!(choose(&world, &link, "short"), 422);
    assert_eq!(choose(&world, "/password?code=00", PASSWORD), 404);
    assert_eq!(choose(&world, &link, PASSWORD), 303);
    assert_eq!(choose(&world, &link, "another password"), 404, "used");
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
    assert_eq!(office.post(&format!("{person}/grant"), &[("role", "approver")]).status(), 303);
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
