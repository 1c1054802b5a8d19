//! A new administrator gets from an empty folder to a first permit on a phone, by what the pages say alone.

use crate::desk::{Desk, this_year, today};
use std::path::Path;
use wurao_device::{Cancel, Phone};
use wurao_protocol::present;
use wurao_tests::county::workbook;
use wurao_tests::process::Process;
use wurao_tests::roles;
use wurao_tests::world::open;

const ADMINISTRATOR: (&str, &str) = ("zhou", "green tea at nine");
const APPROVER: (&str, &str) = ("shen", "quiet river stones");

const DIVISIONS: &str = "code,name_zh,name_en,from,to,successors
431124101000,上关镇,Shangguan Town,,,
431124101201,上村,Shangcun,,,
431124101202,下村,Xiacun,,,
";

/// Starts a server over an empty folder; it, and the address that it prints for its first user.
fn serve(data: &Path) -> (Process, String) {
    let arguments = [roles::SERVER, "serve", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    let server = Process::start(Path::new(env!("CARGO_BIN_EXE_demo")), &arguments).unwrap();
    loop {
        let line = server.line().unwrap();
        if let Some(address) = line.strip_prefix("set up at ") {
            return (server, address.to_owned());
        }
    }
}

/// Fills in who somebody is and what they may do.
fn add(desk: &mut Desk, (name, login, body, role): (&str, &str, &str, &str)) {
    desk.fill("Name", name);
    desk.fill("Login", login);
    desk.choose("Body", body);
    desk.tick(role);
    desk.press("Add");
}

#[test]
fn a_new_administrator_gets_from_an_empty_folder_to_a_first_permit_by_what_the_pages_say() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, address) = serve(&folder.path().join("server"));
    let (base, _) = address.split_once("/setup").unwrap();
    let mut desk = Desk::at(base);

    desk.open(&address);
    desk.see("setup");
    desk.speak("en");
    desk.see("setup");
    desk.tab_through();
    desk.fill("Your name", "周文静");
    desk.fill("The body you work for", "道县应急管理局");
    desk.fill("Your county's division code", "431124000000");
    desk.fill("Your county's name in Chinese", "道县");
    desk.fill("Your county's name in English", "Dao County");
    desk.fill("Login", ADMINISTRATOR.0);
    desk.fill("New password", ADMINISTRATOR.1);
    desk.fill("Once more", "something else");
    desk.press("Make the administrator");
    desk.says("The two passwords are not the same");
    desk.see("setup-wrong");
    desk.steps = 0;
    desk.fill("New password", ADMINISTRATOR.1);
    desk.fill("Once more", ADMINISTRATOR.1);
    desk.press("Make the administrator");
    desk.see("login-after-setup");
    desk.sign_in(ADMINISTRATOR);
    assert_eq!(desk.path(), "/admin", "one is led to what is next");
    desk.see("steps");

    next(&mut desk, "Take in the divisions");
    desk.see("divisions");
    desk.fill("Table", DIVISIONS);
    desk.press("Take in");
    desk.says("3 lines were taken in");
    desk.see("divisions-taken");
    desk.press("Steps to the first permit");

    next(&mut desk, "Add other bodies");
    desk.see("bodies");
    desk.fill("Name in Chinese", "道县政府督查室");
    desk.press("Add");
    desk.see("bodies-added");
    desk.press("Steps to the first permit");

    next(&mut desk, "Add people");
    desk.see("people");
    add(&mut desk, ("沈若兰", APPROVER.0, "道县政府督查室", "Approver"));
    desk.says("Give this link to them");
    desk.see("people-added");
    let link = desk.page.eval("document.querySelector('.secret code').innerText");
    let approver = link.as_str().unwrap().to_owned();
    add(&mut desk, ("陈立新", "chen", "道县应急管理局", "Inspector"));
    desk.says("Inspectors work on a phone");
    desk.see("people-inspector");
    desk.press("Steps to the first permit");

    next(&mut desk, "Add sites");
    desk.see("sites");
    desk.fill("Name in Chinese", "上村");
    desk.fill("Division code", "431124101201");
    desk.press("Add");
    desk.says("1 added");
    desk.see("sites-added");
    desk.press("Steps to the first permit");

    next(&mut desk, "Bring a checklist");
    desk.see("checklists");
    desk.give("Workbook", &workbook());
    desk.press("Take in");
    desk.says("The checklist was taken");
    desk.see("checklists-taken");
    desk.press("Steps to the first permit");

    next(&mut desk, "Draft and submit");
    desk.see("plan-empty");
    desk.press("Draft an item");
    desk.see("plan-form-first");
    let today = today();
    desk.fill("What for (in Chinese)", "汛前物资检查");
    desk.fill("First day", &today.to_string());
    desk.fill("Last day", &this_year(today, 2));
    desk.choose("Checklist", "mergency");
    desk.fill("Expected minutes", "60");
    desk.tick("陈立新");
    desk.tick("上村");
    desk.press("Save");
    desk.see("plan-item-first");
    desk.press("Submit");
    desk.says("Waiting for approval");
    desk.see("plan-item-first-submitted");
    desk.press("Administration");
    desk.says("Another person approves");
    desk.see("steps-approval");

    // The approver, by the link that was given to them.
    desk.press("Sign out");
    desk.open(&approver);
    desk.see("choose-password");
    desk.fill("New password", APPROVER.1);
    desk.fill("Once more", APPROVER.1);
    desk.press("Save");
    desk.see("password-chosen");
    desk.sign_in(APPROVER);
    desk.see("approver-first");
    desk.press("Plan");
    desk.press("Waiting for approval");
    desk.see("inbox");
    desk.press("汛前物资检查");
    desk.says("base");
    desk.see("approve-first");
    desk.fill("Reason for approving", "今年第一次列入计划。");
    desk.press("Approve");
    desk.says("Approved");
    desk.see("approved-first");

    desk.change_to(ADMINISTRATOR);
    desk.press("Administration");
    next(&mut desk, "Let in the inspector's phone");
    desk.see("phones-let-in");
    desk.fill("What the phone is called", "应急局 03 号");
    desk.tick("陈立新");
    desk.press("Show the code");
    desk.says("Scan this with the phone");
    desk.see("phones-code");

    desk.click("summary", "Where it cannot scan");
    let invitation = desk.page.eval("document.querySelector('.secret code').innerText");
    let phone: Phone = open(&folder.path().join("phone")).unwrap();
    phone.enrol_with(invitation.as_str().unwrap(), "").unwrap();
    phone.sync(&Default::default(), &(), &Cancel::new()).unwrap();
    let permit = phone.work().unwrap().remove(0).permit;
    present::parse(&phone.present(permit, None).unwrap().text).unwrap();

    desk.press("Administration");
    desk.see("steps-done");
    let undone = desk.page.eval("document.querySelectorAll('.steps li:not(.is-done)').length");
    assert_eq!(undone, 0, "every step has its tick");
    desk.had_no_trouble(&[422]);
    println!("setup walk: {} steps", desk.steps);
}

/// Goes on with a step, which is the first without a tick.
fn next(desk: &mut Desk, words: &str) {
    let first = desk.page.eval("document.querySelector('.steps li:not(.is-done)').innerText");
    assert!(first.as_str().unwrap().contains(words), "the next step is {first}");
    desk.press_in(".steps li", words, "Go");
}
