//! The phone dies in the middle: what it called saved is there, and goes with the next sync.

use crate::{CHEN, DEADLINE, assert_same, demo, next, shown};
use std::path::Path;
use std::sync::mpsc::channel;
use wurao_tests::Trouble;
use wurao_tests::camera::Camera;
use wurao_tests::link::{Link, Way};
use wurao_tests::shell::Shell;
use wurao_tests::visit;

#[test]
fn phone_killed_in_the_middle_of_an_answer() {
    let world = demo();
    let permit = world.county.permit("Songling Village", "Emergency supplies").unwrap();
    let mut chen = world.phone(CHEN).unwrap();
    let document = chen.start(permit).unwrap();
    for (at, answers) in visit::stores(jiff::Zoned::now().date()).unwrap().chunks(4).enumerate() {
        let (after, unread) = chen
            .away(|folder, _| {
                let mut shell = Shell::open(world.program(), folder)?;
                let (last, first) = answers.split_last().unwrap();
                for entry in first {
                    shell.ask(&format!("answer {document} {} {}", entry.question, entry.value))?;
                }
                shell.tell(&format!("answer {document} {} {}", last.question, last.value))?;
                Ok(shell.kill())
            })
            .unwrap();
        chen = after;
        let acknowledged = answers.len() - 1 + usize::from(unread.iter().any(|line| line == "ok"));
        for entry in &answers[..acknowledged] {
            assert_eq!(shown(&chen, document, entry.question), [entry.value.as_str()], "opening {at}");
        }
    }
    chen.sync().unwrap();
    assert_same(&world, &chen);
}

#[test]
fn phone_killed_in_the_middle_of_a_sync() {
    let world = demo();
    let permit = world.county.permit("Songling Village", "Emergency supplies").unwrap();
    let mut chen = world.phone(CHEN).unwrap();
    let document = chen.start(permit).unwrap();
    let entries = visit::stores(jiff::Zoned::now().date()).unwrap();
    let moments = [(Way::Up, 10), (Way::Up, 800), (Way::Down, 0), (Way::Down, 100)];
    for ((way, bytes), answers) in moments.into_iter().zip(entries.chunks(4)) {
        visit::answer(&chen.phone, document, answers).unwrap();
        let kill = |folder: &Path, link: &Link| kill_at(world.program(), folder, link, way, bytes);
        (chen, ()) = chen.away(kill).unwrap();
        chen.sync().unwrap();
        assert_same(&world, &chen);
    }
}

/// Kills a phone while these bytes of its sync are under way and no more can go.
fn kill_at(program: &Path, folder: &Path, link: &Link, way: Way, bytes: usize) -> Result<(), Trouble> {
    let (reached, at) = channel();
    let (killed, go_on) = channel();
    link.cut_after(way, bytes, move || {
        let _ = reached.send(());
        let _ = go_on.recv_timeout(DEADLINE);
    });
    let mut shell = Shell::open(program, folder)?;
    shell.tell("sync")?;
    next(&at);
    let said = shell.kill();
    assert!(!said.iter().any(|line| line == "ok"), "the sync was over: {said:?}");
    killed.send(()).unwrap();
    Ok(())
}

#[test]
fn phone_killed_in_the_middle_of_an_upload_goes_on_at_the_last_byte() {
    let world = demo();
    let permit = world.county.permit("Songling Village", "Emergency supplies").unwrap();
    let chen = world.phone(CHEN).unwrap();
    let document = chen.start(permit).unwrap();
    let file = Camera::drawing(&world.folder().join("camera"), 1200).unwrap().take().unwrap();
    chen.phone.attach_photo(document, "water", "-", &file).unwrap();
    let all = chen.phone.outbox().unwrap().bytes;
    let (chen, sent) = chen
        .away(|folder, _| {
            let mut shell = Shell::open(world.program(), folder)?;
            shell.tell("sync --chunk 4096")?;
            let mut steps = 0;
            while steps < 5 {
                steps += u64::from(shell.line()?.starts_with("upload "));
            }
            shell.kill();
            Ok(4096 * (steps - 1))
        })
        .unwrap();
    let report = chen.sync().unwrap();
    assert!(report.photo_bytes_up > 0, "the upload was over");
    assert!(report.photo_bytes_up <= all - sent + 4096, "{} of {all} went after {sent}", report.photo_bytes_up);
    assert_same(&world, &chen);
}
