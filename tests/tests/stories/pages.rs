//! The supervisors' page.

use crate::{CHEN, LIU, demo, next};
use wurao_tests::camera::Camera;
use wurao_tests::county::{SUPERVISOR, TOWN_SUPERVISOR};
use wurao_tests::supervisor::Supervisor;

#[test]
fn nothing_is_shown_to_who_has_not_signed_in() {
    let world = demo();
    let chen = world.phone(CHEN).unwrap();
    let permit = world.county.permit("Songling Village", "Emergency supplies").unwrap();
    let document = chen.start(permit).unwrap();
    let file = Camera::drawing(&world.folder().join("camera"), 640).unwrap().take().unwrap();
    chen.phone.attach_photo(document, "water", "-", &file).unwrap();
    chen.sync().unwrap();
    let export = world.supervisor().unwrap().inspection(document).unwrap();
    let photo = &export["photos"][0];
    let mut paths: Vec<String> = ["/", "/findings", "/phones", "/live", "/export.json"].map(str::to_owned).to_vec();
    paths.push(format!("/inspections/{document}"));
    paths.push(format!("/inspections/{document}/export.json"));
    paths.extend(["thumbnail", "rendition"].map(|part| photo[part]["url"].as_str().unwrap().to_owned()));
    let stranger = Supervisor::stranger(&world.server.url("").unwrap()).unwrap();
    for path in &paths {
        assert_eq!(stranger.get(path).unwrap().0, 303, "{path}");
    }
    let signed_in = world.supervisor().unwrap();
    for path in paths.iter().filter(|path| *path != "/live") {
        assert_eq!(signed_in.get(path).unwrap().0, 200, "{path}");
    }
}

#[test]
fn a_wrong_password_lets_nobody_in() {
    let world = demo();
    let base = world.server.url("").unwrap();
    assert!(Supervisor::sign_in(&base, SUPERVISOR.0, "guessed").is_err());
    assert!(Supervisor::sign_in(&base, "chenlixin", "").is_err());
}

#[test]
fn a_supervisor_of_one_town_sees_that_town_only() {
    let world = demo();
    let liu = world.phone(LIU).unwrap();
    let document = liu.start(world.county.permit("Zhuxi Village", "Fire check before winter").unwrap()).unwrap();
    liu.phone.answer(document, "extinguishers", "-", "3").unwrap();
    liu.sync().unwrap();
    let (login, password) = TOWN_SUPERVISOR;
    let town = Supervisor::sign_in(&world.server.url("").unwrap(), login, password).unwrap();
    let page = town.page("/", "zh").unwrap();
    assert!(page.contains("石门村") && !page.contains("竹溪村"), "{page}");
    assert_eq!(town.get(&format!("/inspections/{document}")).unwrap().0, 404);
    assert_eq!(town.get(&format!("/inspections/{document}/export.json")).unwrap().0, 404);
    assert!(town.inspections().unwrap().iter().all(|inspection| inspection["site"]["zh"] != "竹溪村"));
    let county = world.supervisor().unwrap();
    assert!(county.page("/", "zh").unwrap().contains("竹溪村"));
    assert!(county.page("/", "en").unwrap().contains("Zhuxi Village"));
}

#[test]
fn a_live_event_arrives_when_a_phone_syncs() {
    let world = demo();
    let (chen, liu) = (world.phone(CHEN).unwrap(), world.phone(LIU).unwrap());
    let (login, password) = TOWN_SUPERVISOR;
    let town = Supervisor::sign_in(&world.server.url("").unwrap(), login, password).unwrap();
    let (county, town) = (world.supervisor().unwrap().watch().unwrap(), town.watch().unwrap());
    let elsewhere = liu.start(world.county.permit("Zhuxi Village", "Fire check before winter").unwrap()).unwrap();
    liu.phone.answer(elsewhere, "extinguishers", "-", "9").unwrap();
    liu.sync().unwrap();
    assert!(next(&county).contains(&elsewhere.to_string()));
    let here = chen.start(world.county.permit("Songling Village", "Emergency supplies").unwrap()).unwrap();
    chen.phone.answer(here, "water", "-", "150").unwrap();
    chen.sync().unwrap();
    // The first that the town's supervisor hears of is in the town.
    let first = next(&town);
    assert!(first.contains(&here.to_string()) && !first.contains(&elsewhere.to_string()), "{first}");
}
