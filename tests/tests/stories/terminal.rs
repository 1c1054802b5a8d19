//! One inspection with `wurao-phone` alone, one process a command, as a script would.

use crate::demo;
use std::path::Path;
use wurao_protocol::{Digest, PermitId};
use wurao_tests::camera::Camera;
use wurao_tests::process::Process;
use wurao_tests::{roles, visit};

/// Runs one command; the lines it printed.
fn phone(program: &Path, folder: &Path, arguments: &[&str]) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    let all: Vec<&str> = [roles::PHONE, "--folder", folder].into_iter().chain(arguments.iter().copied()).collect();
    let (fine, lines) = Process::start(program, &all).unwrap().wait().unwrap();
    assert!(fine, "{arguments:?}: {lines:?}");
    lines
}

#[test]
fn an_inspection_by_terminal_alone() {
    let world = demo();
    let folder = world.folder().join("terminal");
    let run = |arguments: &[&str]| phone(world.program(), &folder, arguments);
    run(&["enrol", &world.server.url("").unwrap(), "demo-phone-11", "消防大队 11 号"]);
    assert!(run(&["persons"])[0].ends_with("刘建国 (at work)"));
    run(&["sync"]);
    let work = run(&["work"]);
    let visit_line = work.iter().find(|line| line.contains("竹溪村")).unwrap();
    let permit = visit_line.split(' ').nth(1).unwrap();
    assert!(visit_line.contains(" valid planned "), "{visit_line}");
    let digits = permit.parse::<PermitId>().unwrap().short_code().to_string();
    let digits = format!("{} {} {}", &digits[..3], &digits[3..6], &digits[6..]);
    let shown = run(&["show", permit]);
    for line in [format!("九位短码 {digits}"), "今年第 1 次到这里检查".to_owned()] {
        assert!(shown.contains(&line), "no {line} in {shown:#?}");
    }
    let shown = run(&["show", permit, "--lang", "en"]);
    let offset = jiff::Zoned::now().strftime(" %:z").to_string();
    let days = shown.iter().find(|line| line.starts_with("from ")).unwrap();
    assert!(days.ends_with(&offset), "{days}");
    for line in [format!("short code {digits}"), "visit number 1 to this place this year".to_owned()] {
        assert!(shown.contains(&line), "no {line} in {shown:#?}");
    }
    let started = run(&["start", permit]);
    let document = started[0].strip_prefix("inspection ").unwrap();

    let today = jiff::Zoned::now().date();
    let dead = [("generator_starts", "fail"), ("extinguishers", "2")];
    let answers = [visit::stores(today).unwrap(), visit::equipment(today).unwrap()].concat();
    for entry in visit::but(answers, &dead) {
        run(&["answer", document, entry.question, &entry.value]);
    }
    run(&["answer", document, "generator_starts#note", "火花塞潮湿"]);
    let row = run(&["add-row", document, "lot"])[0].strip_prefix("row ").unwrap().to_owned();
    run(&["answer", document, "lot/lot_item", "water", "--row", &row]);
    run(&["answer", document, "lot/lot_count", "40", "--row", &row]);
    run(&["answer", document, "lot/expiry", "2099-12-31", "--row", &row]);
    let file = Camera::drawing(&world.folder().join("camera"), 800).unwrap().take().unwrap();
    let taken = run(&["photo", document, "generator_starts", file.to_str().unwrap()]);
    assert!(taken[0].ends_with(" ready"), "{taken:?}");

    let form = run(&["form", document, "--lang", "en"]);
    assert!(form.iter().any(|line| line.starts_with("! critical: Put right: The generator starts")), "{form:#?}");
    assert!(form.iter().any(|line| line.trim() == "# 火花塞潮湿"), "{form:#?}");
    assert_eq!(form.last().unwrap(), "missing 0 conflicts 0 findings 2", "{form:#?}");
    run(&["sync", "--no-photos"]);
    let photos = run(&["photos", document]);
    assert!(photos[0].ends_with(" ready"));
    let picture = world.folder().join("picture.jpg");
    for sha256 in [photos[1].split(' ').nth(3).unwrap(), photos[1].split(' ').nth(5).unwrap()] {
        run(&["picture", sha256, picture.to_str().unwrap()]);
        assert_eq!(Digest::of(&[&std::fs::read(&picture).unwrap()]).to_string(), sha256);
        std::fs::remove_file(&picture).unwrap();
    }
    run(&["sync"]);
    assert!(run(&["photos", document])[0].ends_with(" uploaded"));
    run(&["leave", document]);
    run(&["sync"]);
    assert!(run(&["work"]).iter().any(|line| line.contains("竹溪村") && line.contains(" closed ")));
    assert_eq!(run(&["outbox"]), ["records 0 thumbnails 0 renditions 0 bytes 0"]);

    let export = world.supervisor().unwrap().inspection(document.parse().unwrap()).unwrap();
    let mut there: Vec<String> = Vec::new();
    for value in export["values"].as_array().unwrap() {
        let held: Vec<&str> = value["values"].as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect();
        let (map, key) = (value["map"].as_str().unwrap(), value["key"].as_str().unwrap());
        there.push(format!("{map}\t{key}\t{}", held.join("\t")));
    }
    let mut here = run(&["values", document]);
    here.sort();
    there.sort();
    assert_eq!(here, there);
    assert_eq!(export["findings"].as_array().unwrap().len(), 2);
}

/// Runs one command that the phone says no to: what it printed, and its complaint.
fn refused(program: &Path, folder: &Path, arguments: &[&str]) -> (String, String) {
    let mut command = std::process::Command::new(program);
    command.args([roles::PHONE, "--folder"]).arg(folder).args(arguments);
    let said = command.output().unwrap();
    assert_eq!(said.status.code(), Some(1), "{arguments:?}: {said:?}");
    (String::from_utf8(said.stdout).unwrap(), String::from_utf8(said.stderr).unwrap())
}

#[test]
fn what_the_phone_says_no_to_is_told_in_a_sentence() {
    let world = demo();
    let folder = world.folder().join("terminal");
    let server = world.server.url("").unwrap();
    let run = |arguments: &[&str]| phone(world.program(), &folder, arguments);
    let no = |arguments: &[&str]| refused(world.program(), &folder, arguments);
    assert!(no(&["enrol", &server, "no-such-code", "11"]).1.starts_with("error enrol-code the code is wrong, "));
    let first = run(&["enrol", &server, "demo-phone-11", "消防大队 11 号"]);
    assert_eq!(first.len(), 1, "{first:?}");
    let again = run(&["enrol", &server, "demo-phone-11", "another name"]);
    assert_eq!(again, [first[0].as_str(), "already enrolled as 消防大队 11 号"]);
    assert_eq!(run(&["enrol", &server, "demo-phone-11", "消防大队 11 号"]), first);

    run(&["sync"]);
    let (verdict, why) = no(&["check", "WURAO FORGED"]);
    assert_eq!(verdict, "verdict forged red\n");
    assert_eq!(why, "error forged a signature does not hold, or this is no permit at all\n");
    let permit = world.county.permit("Zhuxi Village", "Fire check before winter").unwrap().to_string();
    let shown = run(&["show", &permit]);
    let text = shown.iter().find_map(|line| line.strip_prefix("code ")).unwrap();
    let verdict = run(&["check", text]);
    assert!(verdict[0].starts_with("verdict valid "), "{verdict:?}");
}

#[test]
fn a_photo_that_cannot_be_shown_is_told_in_words_and_seen_on_the_page() {
    let world = demo();
    let folder = world.folder().join("terminal");
    let run = |arguments: &[&str]| phone(world.program(), &folder, arguments);
    run(&["enrol", &world.server.url("").unwrap(), "demo-phone-11", "消防大队 11 号"]);
    run(&["sync"]);
    let permit = world.county.permit("Zhuxi Village", "Fire check before winter").unwrap().to_string();
    let started = run(&["start", &permit]);
    let document = started[0].strip_prefix("inspection ").unwrap();
    let file = world.folder().join("words.jpg");
    std::fs::write(&file, "no picture").unwrap();
    let taken = run(&["photo", document, "extinguishers", file.to_str().unwrap()]);
    assert!(taken[0].ends_with(" not-jpeg") && taken[1].starts_with("the file is no JPEG photo; "), "{taken:?}");
    assert_eq!(run(&["outbox"]).last().unwrap(), "photos-with-problems 1");
    run(&["sync"]);
    let supervisor = world.supervisor().unwrap();
    let noted = "1 photo noted, no picture has arrived or it cannot be shown";
    for path in ["/", &format!("/inspections/{document}")] {
        assert!(supervisor.page(path, "en").unwrap().contains(noted), "{path}");
    }
}
