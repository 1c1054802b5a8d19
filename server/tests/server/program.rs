//! The program as others start it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

#[test]
fn the_program_says_where_it_listens_in_one_line_and_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_wurao-server"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(program.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let url = line.strip_prefix("listening on ").unwrap().trim();
    assert_eq!(reqwest::blocking::get(format!("{url}/healthz")).unwrap().text().unwrap(), "ok");
    let second = Command::new(env!("CARGO_BIN_EXE_wurao-server"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("another server serves this folder"));
    let told = Command::new("kill").args(["-TERM", &program.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert!(program.wait().unwrap().success());
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    // An empty server says where to make its first administrator, and nothing more.
    let code = rest.strip_prefix(&format!("set up at {url}/setup?code=")).unwrap();
    assert_eq!(code.trim_end().len(), 32);
    assert!(!folder.path().join("wurao.sqlite-wal").exists(), "closed as one file");
}
