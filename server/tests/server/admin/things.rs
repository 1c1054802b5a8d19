use super::office::{Browser, PASSWORD, choose, furnished, says, set_up};
use crate::support::{Phone, World};
use rust_xlsxwriter::Workbook;
use wurao_protocol::PersonId;
use wurao_protocol::invite::Invite;

fn workbook(rows: &[[&str; 4]]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let survey = workbook.add_worksheet().set_name("survey").unwrap();
    let head = ["type", "name", "label::English (en)", "label::中文 (zh)"];
    for (row, cells) in (0..).zip(std::iter::once(&head).chain(rows)) {
        for (column, text) in (0..).zip(cells) {
            survey.write_string(row, column, *text).unwrap();
        }
    }
    let settings = workbook.add_worksheet().set_name("settings").unwrap();
    for (column, (name, value)) in (0..).zip([("form_title", "Supplies"), ("form_id", "supplies"), ("version", "7")]) {
        settings.write_string(0, column, name).unwrap();
        settings.write_string(1, column, value).unwrap();
    }
    workbook.save_to_buffer().unwrap()
}

#[test]
fn bodies_are_added_by_name_and_no_name_twice() {
    let world = World::empty();
    let office = set_up(&world);
    assert_eq!(office.post("/admin/bodies", &[("zh", "水利局"), ("en", "Water Bureau")]).status(), 303);
    assert!(office.page("/admin/bodies").contains("Water Bureau"));
    assert_eq!(office.post("/admin/bodies", &[("zh", "水利局")]).status(), 409);
    for typed in ["", "a\r\nb", "a\u{202e}", &"局".repeat(101)] {
        assert_eq!(office.post("/admin/bodies", &[("zh", typed)]).status(), 422, "{typed:?}");
    }
}

#[test]
fn a_workbook_is_taken_in_with_its_notes_or_refused_with_its_cells() {
    let world = World::empty();
    let office = set_up(&world);
    let good = workbook(&[["integer", "water", "Bottles of water", "瓶装水"]]);
    let bring = |name: &str, bytes: &[u8]| {
        let answer = office.bring("/admin/checklists", name, bytes);
        (answer.status().as_u16(), answer.text().unwrap())
    };
    let (status, page) = bring("../../keys/records.key", &good);
    assert!(status == 200 && page.contains("The checklist was taken") && page.contains("Supplies"), "{page}");
    assert!(bring("supplies.xlsx", &good).1.contains("was here already"));
    assert!(world.folder.path().join("data/keys/records.key").metadata().unwrap().len() < 100, "no file was written");

    let bad =
        workbook(&[["integer", "water", "Bottles", "瓶"], ["calculate", "sum", "", ""], ["nonsense", "x", "X", "X"]]);
    let (status, page) = bring("bad.xlsx", &bad);
    assert_eq!(status, 422, "{page}");
    assert!(page.contains("survey!A4") && page.contains("Error"), "{page}");
    let (status, page) = bring("no.xlsx", b"no workbook");
    assert!(status == 422 && page.contains("This is no checklist"), "{page}");
    let (status, page) = bring("large.xlsx", &vec![b'x'; (5 << 20) + 1]);
    assert!(status == 413 && page.contains("larger than 5 MB"), "{page}");
    assert_eq!(office.page("/admin/checklists").matches("<th scope=\"row\"").count(), 1);
}

#[test]
fn a_phone_is_let_in_by_what_its_picture_says_and_revoked_with_a_reason() {
    let world = World::empty();
    let (office, _) = furnished(&world);
    office.add_person("李明", "li", &["inspector"]);
    let li = office.person("李明");
    for (form, says) in [
        (vec![("name", "phone 1")], "at least one inspector"),
        (vec![("name", "a\r\nb"), ("person", li.as_str())], "line end"),
        (vec![("name", "phone 1"), ("person", "../../etc")], "at least one inspector"),
        (vec![("name", "phone 1"), ("person", &office.person("周文静"))], "at least one inspector"),
    ] {
        let answer = office.post("/phones/invite", &form);
        assert_eq!(answer.status(), 422, "{form:?}");
        assert!(answer.text().unwrap().contains(says), "{form:?}");
    }
    let page = office.post("/phones/invite", &[("name", "phone 1"), ("person", &li)]).text().unwrap();
    assert!(page.contains("<svg") && page.contains("Scan this with the phone"), "{page}");
    assert!(page.contains("No phone can reach the address in this code"), "{page}");
    let text = page.split("WURAO:").nth(1).unwrap().split('<').next().unwrap();
    let invite = Invite::from_text(&format!("WURAO:{text}")).unwrap();
    assert_eq!(invite.url, world.url(""));
    let mut phone = Phone::new(9, li.parse::<PersonId>().unwrap());
    phone.enrol(&world, &hex::encode(invite.code));
    let page = office.page("/phones");
    assert!(page.contains("phone 1") && page.contains("The phone says it still holds"), "{page}");

    let device = page.split("/phones/").find_map(|rest| rest.split_once("/revoke")).unwrap().0.to_owned();
    let revoke = format!("/phones/{device}/revoke");
    assert_eq!(office.post(&revoke, &[("reason", " ")]).status(), 422);
    assert_eq!(office.post(&revoke, &[("reason", "lost\r\non the way")]).status(), 422);
    for nobody in ["00", "..%2f..%2fkeys", &"0".repeat(device.len())] {
        assert_eq!(office.post(&format!("/phones/{nobody}/revoke"), &[("reason", "lost")]).status(), 404, "{nobody}");
    }
    assert_eq!(office.post(&revoke, &[("reason", "lost")]).status(), 303);
    assert!(office.page("/phones").contains("Revoked"));
}

#[test]
fn an_invitation_of_who_was_disabled_or_grew_old_lets_nobody_in() {
    let world = World::empty();
    let (office, _) = furnished(&world);
    office.add_person("李明", "li", &["inspector"]);
    let li = office.person("李明");
    let invite = || {
        let page = office.post("/phones/invite", &[("name", "phone 1"), ("person", &li)]).text().unwrap();
        let text = page.split("WURAO:").nth(1).unwrap().split('<').next().unwrap().to_owned();
        hex::encode(Invite::from_text(&format!("WURAO:{text}")).unwrap().code)
    };
    let (old, code) = (invite(), invite());
    world.pass_minutes(15);
    let refused = |code: &str| {
        let mut phone = Phone::new(8, li.parse::<PersonId>().unwrap());
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| phone.enrol(&world, code))).is_err()
    };
    assert!(refused(&old) && refused(&code), "too old");
    let fresh = invite();
    assert_eq!(office.post(&format!("/admin/people/{li}/disable"), &[]).status(), 303);
    assert!(refused(&fresh), "disabled");
}

#[test]
fn the_command_line_makes_codes_for_inspectors_only() {
    let world = World::empty();
    let office = set_up(&world);
    office.add_person("李明", "li", &["inspector"]);
    let chen = office.add_person("陈静", "chen", &["approver"]).unwrap();
    choose(&world, &chen, PASSWORD);
    let data = world.folder.path().join("data");
    let code =
        |login: &str| says(&["enrol-code", "--data", data.to_str().unwrap(), "--person", login, "--name", "phone 1"]);
    assert_eq!(code("li").unwrap().trim().len(), 32);
    for login in ["chen", "zhou", "nobody"] {
        assert_eq!(code(login).err().unwrap().code(), "usage", "{login}");
    }
    let approver = Browser::signed_in(&world, "chen", PASSWORD);
    assert!(!approver.page("/phones").contains("/phones/invite"), "only administrators let phones in");
}
