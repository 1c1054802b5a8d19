//! Somebody alters what a county's server keeps, past the server: whoever reads the log again is told what was altered.

use crate::lost_phone::command;
use crate::restored::{copy, go_on};
use crate::{CHEN, WU, assert_same, demo};
use std::path::Path;
use wurao_tests::visit;
use wurao_tests::world::World;

/// What `wurao-server audit` says of these data, in a process of its own.
fn audit(world: &World, words: &[&str], data: &Path) -> Result<String, String> {
    command(world, &[&["audit"], words].concat(), data, None)
}

#[test]
fn who_alters_a_row_past_the_server_is_told_on_with_the_entry_that_says_otherwise() {
    let world = demo();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
    let document = chen.start(permit).unwrap();
    visit::answer(&chen.phone, document, &visit::stores(jiff::Zoned::now().date()).unwrap()).unwrap();
    go_on(&world, (&chen, &wu), permit, document);
    world.server.kill();

    let sound = audit(&world, &["verify"], world.server.data()).unwrap();
    assert!(sound.contains("all as it was"), "{sound}");

    // What is altered in a copy, and what is said of it; `ENTRY` is the entry that tells otherwise.
    let cases = [
        (
            "UPDATE audit_entry SET bytes = (SELECT bytes FROM audit_entry WHERE position = 6) WHERE position = 7",
            "entry 7 was altered or is missing".to_owned(),
        ),
        (
            "UPDATE change SET state = 'declined' WHERE hash = (SELECT change FROM op WHERE name = 'beds@-' LIMIT 1)",
            "ENTRY (State) tells of what the database holds otherwise".to_owned(),
        ),
        (
            "UPDATE op SET value = (SELECT value FROM op WHERE name = 'beds@-' LIMIT 1) WHERE name = 'water@-'",
            format!("what is shown of inspection {document} at `water@-` is not what its changes say"),
        ),
        ("UPDATE blob SET bytes = bytes + 1", "is not there, or is another".to_owned()),
    ];
    for (at, (sql, said)) in cases.iter().enumerate() {
        let altered = world.folder().join(format!("altered-{at}"));
        copy(world.server.data(), &altered);
        let db = rusqlite::Connection::open(altered.join("wurao.sqlite")).unwrap();
        assert!(db.execute(sql, []).unwrap() > 0, "{sql}");
        drop(db);
        let told = audit(&world, &["verify"], &altered).unwrap_err();
        let Some(rest) = said.strip_prefix("ENTRY") else {
            assert!(told.contains(said), "{sql}: {told}");
            continue;
        };
        assert!(told.contains(rest), "{sql}: {told}");
        // The entry that is named is the one of that change.
        let (_, named) = told.split_once("entry ").unwrap();
        let position = named.split_whitespace().next().unwrap();
        let listed = audit(&world, &["list", "--from", position, "--count", "1"], &altered).unwrap();
        assert!(listed.starts_with(&format!("{position} ")) && listed.contains("State"), "{listed}");
    }
    world.server.restart().unwrap();
    assert_same(&world, &chen);
}
