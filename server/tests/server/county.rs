//! The county file and the command line.

use crate::support::{COUNTY, Push, World};
use std::ffi::OsString;
use std::path::Path;
use wurao_server::{Error, county, run};

/// The command line goes by the machine's clock.
fn now_ms() -> i64 {
    wurao_server::Clock::now_ms(&wurao_server::SystemClock)
}

fn load(world: &World, text: &str) -> Result<usize, Error> {
    let path = world.folder.path().join("changed.json");
    std::fs::write(&path, text).unwrap();
    county::load(world.server().app(), &path).map(|loaded| loaded.added)
}

#[test]
fn loading_again_adds_nothing_and_a_longer_file_only_what_is_new() {
    let world = World::new();
    assert_eq!(load(&world, COUNTY).unwrap(), 0);
    let renamed = COUNTY.replace("上村", "下村");
    assert_eq!(load(&world, &renamed).unwrap(), 0, "what is here stays as it is");
    let more = COUNTY.replace("\"code-spare\"", "\"code-more\"");
    assert_eq!(load(&world, &more).unwrap(), 1);
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let team: Vec<_> = li.permit.unwrap().visit.team.iter().map(|member| member.person).collect();
    assert_eq!(team, [crate::support::LI, crate::support::WANG]);
}

#[test]
fn a_wrong_entry_is_named_and_nothing_of_its_file_is_loaded() {
    let world = World::new();
    let cases = [
        ("{", "county-shape", "EOF"),
        (&COUNTY.replace("\"zh\": \"上村\"", "\"zn\": \"上村\""), "county-shape", "unknown field `zn`"),
        (&COUNTY.replace("\"431124101203\"", "\"43112410120\""), "county-entry", "sites[0]"),
        (&COUNTY.replace("\"431124101203\"", "\"431142101203\""), "county-unknown-name", "county 431142000000"),
        (&COUNTY.replace("\"role\": \"supervisor\"", "\"role\": \"king\""), "county-entry", "people[3]"),
        (&COUNTY.replace("\"login\": \"wang\"", "\"login\": \"li\""), "county-twice", "people[1]"),
        (&COUNTY.replace("\"name\": \"supplies\"", "\"name\": \"other\""), "county-unknown-name", "supplies"),
        (&COUNTY.replace("supplies.xlsx", "county.json"), "county-workbook", "checklists[0]"),
        (&COUNTY.replace("supplies.xlsx", "absent.xlsx"), "county-unreadable", "absent.xlsx"),
        (&COUNTY.replace("\"today+2\", \"minutes\"", "\"today-2\", \"minutes\""), "county-entry", "plan[0]"),
        (&COUNTY.replace("\"from\": \"today\"", "\"from\": \"soon\""), "county-shape", "soon"),
    ];
    for (text, code, says) in cases {
        let fresh = text.replace("a1a1a1a1", "a2a2a2a2").replace("c1c1c1c1", "c2c2c2c2");
        let error = load(&world, &fresh).err().unwrap_or_else(|| panic!("{code} {says}"));
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
    assert_eq!(load(&world, COUNTY).unwrap(), 0);
}

#[test]
fn the_command_line_loads_a_county_and_makes_codes_that_let_phones_in() {
    let mut world = World::new();
    world.stop();
    let data = world.folder.path().join("data");
    let says = |args: &[&dyn AsRef<Path>]| {
        let line = args.iter().map(|arg| OsString::from(arg.as_ref()));
        let mut out = Vec::new();
        run(std::iter::once("wurao-server".into()).chain(line), &mut out).map(|()| String::from_utf8(out).unwrap())
    };
    let county = world.folder.path().join("county.json");
    assert_eq!(says(&[&"load", &"--data", &data, &county]).unwrap(), "0 added\n");
    let code = says(&[&"enrol-code", &"--data", &data, &"--person", &"li", &"--name", &"phone 5"]).unwrap();
    assert_eq!(code.trim().len(), 32);
    let nobody = says(&[&"enrol-code", &"--data", &data, &"--person", &"nobody", &"--name", &"phone 5"]);
    assert_eq!(nobody.err().unwrap().code(), "usage");
    assert_eq!(says(&[&"serve"]).err().unwrap().code(), "usage");
    assert!(says(&[&"--help"]).unwrap().contains("enrol-code"));
    world.clock.set(now_ms());
    world.start();
    crate::support::Phone::new(7, crate::support::LI).enrol(&world, code.trim());
}
