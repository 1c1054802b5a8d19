//! The bindings as an app sees them: Python is generated from the built library and makes an inspection with it
//! against a server process. Kotlin and Swift come out of the same description.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use uniffi::{GenerateOptions, TargetLanguage};

/// Ends with the test, however that ends.
struct Server {
    process: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// A server of its own process, with the county of this folder.
    fn start(data: &Path) -> Self {
        let program = build_server();
        let county = scripts().join("county.json");
        let load = Command::new(&program).arg("load").arg("--data").arg(data).arg(county).status().unwrap();
        assert!(load.success(), "the county was not loaded");
        let process = Command::new(&program)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut server = Self { process, address: String::new() };
        let mut line = String::new();
        BufReader::new(server.process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").map(str::to_owned);
        server.address = address.unwrap_or_else(|| panic!("the server said {line:?}"));
        server
    }
}

/// The server's program. It is no dependency of this crate, so cargo is asked for it, and of the whole workspace: alone it would
/// be built with fewer features of what lies below it, all of that once more.
fn build_server() -> PathBuf {
    let profile = built().parent().unwrap().to_owned();
    let build = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--workspace", "--bin", "wurao-server", "--target-dir"])
        .arg(profile.parent().unwrap())
        .status()
        .unwrap();
    assert!(build.success(), "the server does not build");
    profile.join("wurao-server")
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python")
}

/// Where cargo put this test, and the library beside it.
fn built() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().to_owned()
}

/// The bindings for these languages in a folder, with the library beside them, as the generated Python wants it.
fn generate(folder: &Path, languages: Vec<TargetLanguage>) {
    let library = built().join(format!("{}wurao_ffi{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX));
    let here = folder.join(library.file_name().unwrap());
    std::fs::copy(&library, &here).unwrap_or_else(|error| panic!("{}: {error}", library.display()));
    uniffi::generate(GenerateOptions {
        languages,
        source: here.try_into().unwrap(),
        out_dir: folder.to_owned().try_into().unwrap(),
        ..Default::default()
    })
    .unwrap();
}

fn photo(file: &Path) {
    let (width, height) = (800_u16, 600_u16);
    let pixels: Vec<u8> =
        (0..u32::from(width) * u32::from(height)).flat_map(|n| [n as u8, (n >> 8) as u8, 90]).collect();
    let encoder = jpeg_encoder::Encoder::new_file(file, 80).unwrap();
    encoder.encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
}

#[test]
fn python_makes_an_inspection() {
    let folder = tempfile::tempdir().unwrap();
    let modules = folder.path().join("modules");
    std::fs::create_dir(&modules).unwrap();
    generate(&modules, vec![TargetLanguage::Python]);
    let jpeg = folder.path().join("photo.jpg");
    photo(&jpeg);
    let server = Server::start(&folder.path().join("server"));
    let python = Command::new("python3")
        .arg("-B")
        .arg(scripts().join("inspection.py"))
        .arg("--verbose")
        .env("PYTHONPATH", &modules)
        .env("WURAO_SERVER", &server.address)
        .env("WURAO_PHOTO", &jpeg)
        .output()
        .unwrap_or_else(|error| panic!("python3: {error}; the bindings are tested by running Python"));
    println!("{}", String::from_utf8_lossy(&python.stderr));
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stdout));
}

#[test]
fn kotlin_and_swift_are_generated_from_the_same_library() {
    let folder = tempfile::tempdir().unwrap();
    generate(folder.path(), vec![TargetLanguage::Kotlin, TargetLanguage::Swift]);
    let text = |path: &str| std::fs::read_to_string(folder.path().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    assert!(text("wurao/ffi/wurao_ffi.kt").contains("val `standing`: FieldStanding"), "records are immutable");
    assert!(text("WuraoFFI.swift").contains("public let standing: FieldStanding"), "records are immutable");
}
