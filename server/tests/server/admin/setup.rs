use super::office::{Browser, FIRST, furnished, says, set_up, setup_code};
use crate::support::World;

fn form<'a>(code: &'a str, changed: &'a [(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = FIRST.into_iter().filter(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    kept.chain(changed.iter().copied()).chain([("code", code)]).collect()
}

#[test]
fn the_first_administrator_is_made_once_and_only_by_the_code() {
    let world = World::empty();
    let stranger = Browser::of(&world);
    for wrong in ["/setup", "/setup?code=", "/setup?code=00", "/setup?code=..%2F..%2Fkeys"] {
        assert_eq!(stranger.get(wrong).status(), 404, "{wrong}");
    }
    let first = setup_code(&world);
    let code = setup_code(&world);
    assert_eq!(stranger.get(&format!("/setup?code={first}")).status(), 404, "a new code voids the one before");
    assert_eq!(stranger.post("/setup", &form(&first, &[])).status(), 404);
    assert!(stranger.page(&format!("/setup?code={code}")).contains("Make the first administrator"));
    assert_eq!(stranger.post("/setup", &form(&code, &[])).status(), 303);

    assert_eq!(stranger.get(&format!("/setup?code={code}")).status(), 410);
    assert_eq!(stranger.post("/setup", &form(&code, &[("login", "other")])).status(), 410);
    let data = world.folder.path().join("data");
    assert_eq!(says(&["setup-code", "--data", data.to_str().unwrap()]).err().unwrap().code(), "usage");
    let office = Browser::signed_in(&world, "zhou", super::office::PASSWORD);
    assert!(office.page("/admin").contains("Steps to the first permit"));
    assert!(office.page("/").contains("Dao County"));
}

#[test]
fn what_is_typed_wrong_is_said_and_nothing_is_made_then() {
    let world = World::empty();
    let (stranger, code) = (Browser::of(&world), setup_code(&world));
    for (field, typed, says) in [
        ("name", "", "must not be empty"),
        ("name", "周\r\nSet-Cookie: wurao=1", "line end"),
        ("body", "a\u{202e}b", "invisible"),
        ("county", "43112400000", "12 digits"),
        ("county", "991124000000", "no province"),
        ("county", "430024000000", "zeros"),
        ("county", "431124101203", "zeros"),
        ("county_zh", "", "must not be empty"),
        ("login", "../admin", "A login has"),
        ("password", "short", "10 to 200"),
        ("again", "something else", "not the same"),
    ] {
        let answer = stranger.post("/setup", &form(&code, &[(field, typed)]));
        let (status, page) = (answer.status(), answer.text().unwrap());
        assert_eq!(status, 422, "{field} {typed:?}");
        assert!(page.contains(says) && page.contains("role=\"alert\""), "{field} {typed:?}: {page}");
        assert!(field == "name" || page.contains("周文静"), "what was typed is there again");
    }
    assert_eq!(stranger.post("/setup", &form(&code, &[])).status(), 303);
}

#[test]
fn guessing_the_setup_code_is_slowed_down() {
    let world = World::empty();
    let (stranger, code) = (Browser::of(&world), setup_code(&world));
    for _ in 0..5 {
        assert_eq!(stranger.post("/setup", &form("00", &[])).status(), 404);
    }
    assert_eq!(stranger.post("/setup", &form(&code, &[])).status(), 429);
    world.pass_minutes(1);
    assert_eq!(stranger.post("/setup", &form(&code, &[])).status(), 303);
}

#[test]
fn the_other_language_is_one_click_away_from_a_form_that_was_refused() {
    let world = World::empty();
    let (office, _) = furnished(&world);
    let person = office.person("周文静");
    for (form, page) in [
        ("/admin/sites/add".to_owned(), "/admin/sites"),
        ("/phones/invite".to_owned(), "/phones"),
        (format!("/admin/people/{person}/grant"), &format!("/admin/people/{person}")),
    ] {
        let answer = office.get(&format!("{form}?lang=zh"));
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()),
            (303, &*format!("{page}?lang=zh"))
        );
    }
}

#[test]
fn the_steps_are_ticked_as_they_are_done() {
    let world = World::empty();
    let office = set_up(&world);
    let ticks = |page: &str| page.matches("class=\"is-done\"").count();
    assert_eq!(ticks(&office.page("/admin")), 0);
    drop(office);
    let world = World::empty();
    let (office, _) = furnished(&world);
    assert_eq!(ticks(&office.page("/admin")), 2);
    office.add_person("陈静", "chen", &["approver", "inspector"]).unwrap();
    assert_eq!(ticks(&office.page("/admin")), 3);
}
