//! TLS: the own CA, certificates taken up without a restart, what is refused, and connections that hold back.

use crate::support::{DAY_MS, MORNING_MS, World};
use reqwest::blocking::Client;
use reqwest::{Certificate, tls};
use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;
use wurao_server::tls::{Made, TlsError, TlsFiles, init, load, own_files, pin, renew};

/// A certificate that browsers and phones of today take: the tests' clients look at their computer's clock.
fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

fn hosts() -> [String; 2] {
    ["localhost".to_owned(), "127.0.0.1".to_owned()]
}

/// A world whose server speaks TLS under its own CA.
fn world() -> (World, Made, PathBuf) {
    let mut world = World::new();
    world.stop();
    let keys = world.folder.path().join("data/keys");
    let made = init(&keys, &hosts(), now_ms()).unwrap();
    world.clock.set(now_ms());
    world.start_with(|config| config.tls = Some(made.files.clone()));
    (world, made, keys)
}

fn client(keys: &Path, least: tls::Version, most: tls::Version) -> Client {
    let ca = Certificate::from_pem(&std::fs::read(keys.join("tls/ca.crt")).unwrap()).unwrap();
    let builder = Client::builder().no_proxy().tls_certs_only([ca]);
    builder.tls_version_min(least).tls_version_max(most).build().unwrap()
}

fn today(keys: &Path) -> Client {
    client(keys, tls::Version::TLS_1_2, tls::Version::TLS_1_3)
}

#[test]
fn the_own_ca_lets_phones_and_browsers_in_by_tls_1_3_and_1_2() {
    let (world, made, keys) = world();
    assert_eq!(pin(&keys).unwrap(), Some(made.pin));
    let url = format!("{}/healthz", world.server().url());
    assert!(url.starts_with("https://127.0.0.1:"));
    for version in [tls::Version::TLS_1_3, tls::Version::TLS_1_2] {
        let answer = client(&keys, version, version).get(&url).send().unwrap();
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=63072000");
        assert_eq!(answer.text().unwrap(), "ok");
    }
    let stranger = Client::builder().no_proxy().build().unwrap();
    assert!(stranger.get(&url).send().is_err(), "nobody else knows this CA");
    let plain = url.replace("https", "http");
    assert!(stranger.get(plain).send().is_err(), "no plain HTTP beside it");
}

#[test]
fn a_key_of_the_ca_is_its_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_world, _, keys) = world();
    for name in ["ca.key", "server.key"] {
        let mode = std::fs::metadata(keys.join("tls").join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_renewed_certificate_is_taken_up_without_a_restart_and_under_the_same_pin() {
    let (world, made, keys) = world();
    let address = world.server().address();
    let before = shown(&keys, address);
    assert_eq!(shown(&keys, address), before);
    let again = renew(&keys, &[], now_ms() + 1000).unwrap();
    assert_eq!((again.pin, &again.hosts), (made.pin, &made.hosts));
    let after = shown(&keys, address);
    assert_ne!(after, before);

    // Half-copied files are passed over: the last right ones stay.
    std::fs::write(&made.files.certificate, "-----BEGIN CERTIFICATE-----\n").unwrap();
    assert_eq!(shown(&keys, address), after);
}

/// The certificate that a server shows.
fn shown(keys: &Path, address: std::net::SocketAddr) -> Vec<u8> {
    use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(keys.join("tls/ca.crt")).unwrap()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let mut connection = rustls::ClientConnection::new(std::sync::Arc::new(config), name).unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    while connection.is_handshaking() {
        connection.complete_io(&mut stream).unwrap();
    }
    let chain = connection.peer_certificates().unwrap();
    assert_eq!(chain.len(), 2, "the CA goes along, for phones that know its pin only");
    chain[0].to_vec()
}

#[test]
fn what_is_wrong_with_a_certificate_is_said_before_the_server_starts() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    init(&a, &hosts(), MORNING_MS).unwrap();
    init(&b, &hosts(), MORNING_MS).unwrap();
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let said = |files: &TlsFiles, now_ms| {
        let error = load(files, &provider, now_ms).unwrap_err();
        (error.code(), error.to_string())
    };
    let good = own_files(&a);
    assert!(load(&good, &provider, MORNING_MS).is_ok());

    let mixed = TlsFiles { key: own_files(&b).key, ..good.clone() };
    assert_eq!(said(&mixed, MORNING_MS).0, "tls-other-key");
    let (code, text) = said(&good, MORNING_MS + 398 * DAY_MS);
    assert!(code == "tls-expired" && text.contains("expired on 2027-10-16"), "{text}");
    let (code, text) = said(&good, MORNING_MS - 3 * DAY_MS);
    assert!(code == "tls-not-yet" && text.contains("good from 2026-09-12"), "{text}");
    let turned = TlsFiles { certificate: good.key.clone(), key: good.certificate.clone() };
    assert_eq!(said(&turned, MORNING_MS).0, "tls-not-pem");
    let keyless = TlsFiles { key: good.certificate.clone(), ..good.clone() };
    assert_eq!(said(&keyless, MORNING_MS).0, "tls-not-pem");
    let gone = TlsFiles { certificate: a.join("gone.crt"), ..good };
    let (code, text) = said(&gone, MORNING_MS);
    assert!(code == "tls-file" && text.contains("gone.crt"), "{text}");
}

#[test]
fn a_ca_is_made_once_and_only_for_hosts() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(renew(folder.path(), &[], MORNING_MS), Err(TlsError::NoCa { .. })));
    assert!(matches!(renew(folder.path(), &hosts(), MORNING_MS), Err(TlsError::NoCa { .. })));
    for wrong in ["", "http://wurao.example", "a b", "x..y", "a\r\nb"] {
        let refused = init(folder.path(), &[wrong.to_owned()], MORNING_MS);
        assert!(matches!(refused, Err(TlsError::Host(host)) if host == wrong), "{wrong:?}");
    }
    assert_eq!(pin(folder.path()).unwrap(), None);
    init(folder.path(), &hosts(), MORNING_MS).unwrap();
    assert!(matches!(init(folder.path(), &hosts(), MORNING_MS), Err(TlsError::HasCa { .. })));
}

fn run(arguments: &[&str]) -> Result<String, String> {
    let mut out = Vec::new();
    let arguments = std::iter::once(&"wurao-server").chain(arguments).map(OsString::from);
    let ran = wurao_server::run(arguments, &mut out);
    ran.map(|()| String::from_utf8(out).unwrap()).map_err(|error| format!("{}: {error}", error.code()))
}

#[test]
fn the_command_line_makes_renews_and_names_the_pin() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    assert!(run(&["tls", "pin", "--data", data]).unwrap_err().starts_with("tls-no-ca: "));
    let made = run(&["tls", "init", "--data", data, "--host", "wurao.example"]).unwrap();
    assert!(made.contains("for wurao.example\npin "), "{made}");
    let pin = made.lines().last().unwrap().to_owned();
    assert_eq!(run(&["tls", "pin", "--data", data]).unwrap().trim(), pin);
    let renewed = run(&["tls", "renew", "--data", data, "--host", "10.0.0.5"]).unwrap();
    assert!(renewed.contains("for 10.0.0.5\n") && renewed.ends_with(&format!("{pin}\n")), "{renewed}");
    assert!(run(&["tls", "init", "--data", data, "--host", "x"]).unwrap_err().starts_with("tls-has-ca: "));
    let routes = run(&["routes"]).unwrap();
    assert!(routes.contains("GET,POST /login\n") && routes.contains("POST /v1/sync\n"), "{routes}");
}

#[test]
fn a_head_or_a_handshake_that_does_not_come_ends_the_connection() {
    let mut world = World::new();
    world.stop();
    world.start_with(|config| config.patience = Duration::from_millis(100));
    let until_closed = |mut stream: TcpStream, begun: &[u8]| {
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(begun).unwrap();
        let mut rest = Vec::new();
        // A reset is an end as well.
        match stream.read_to_end(&mut rest) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
        rest
    };
    let connect = |world: &World| TcpStream::connect(world.server().address()).unwrap();
    until_closed(connect(&world), b"");
    until_closed(connect(&world), b"GET /healthz HTTP/1.1\r\nhost: a");
    let answered = until_closed(connect(&world), b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n");
    assert!(answered.ends_with(b"ok"), "and one that is kept alive, after a while");

    world.stop();
    let keys = world.folder.path().join("data/keys");
    let made = init(&keys, &hosts(), MORNING_MS).unwrap();
    world.start_with(|config| (config.patience, config.tls) = (Duration::from_millis(100), Some(made.files)));
    assert!(until_closed(connect(&world), b"\x16\x03\x01").is_empty());
}

#[test]
fn more_connections_than_there_are_places_for_wait_their_turn() {
    let mut world = World::new();
    world.stop();
    world.start_with(|config| config.connections = 1);
    let ask = |stream: &mut TcpStream| stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
    let mut buffer = [0; 4096];
    let mut first = TcpStream::connect(world.server().address()).unwrap();
    ask(&mut first);
    assert!(first.read(&mut buffer).unwrap() > 0);
    let mut second = TcpStream::connect(world.server().address()).unwrap();
    ask(&mut second);
    second.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let waits = second.read(&mut buffer).unwrap_err().kind();
    assert!(matches!(waits, ErrorKind::WouldBlock | ErrorKind::TimedOut), "{waits:?}");
    drop(first);
    second.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    assert!(second.read(&mut buffer).unwrap() > 0);
}

/// A connection that was answered, and is kept; none when it was closed at once.
fn answered(world: &World) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(world.server().address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // A reset is an end as well.
    let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n");
    let length = stream.read(&mut [0; 4096]).unwrap_or_default();
    (length > 0).then_some(stream)
}

#[test]
fn one_address_has_so_many_connections_and_the_proxy_that_was_named_as_many_as_there_are() {
    let mut world = World::new();
    world.stop();
    world.start_with(|config| config.connections_each = 2);
    let kept = [answered(&world).unwrap(), answered(&world).unwrap()];
    assert!(answered(&world).is_none());
    drop(kept);
    // The server hears of it in its own time.
    while answered(&world).is_none() {}

    world.stop();
    world.start_with(|config| (config.connections_each, config.proxy) = (2, "::ffff:127.0.0.1".parse().ok()));
    let kept: Vec<_> = (0..20).filter_map(|_| answered(&world)).collect();
    assert_eq!(kept.len(), 20);
}

#[test]
fn over_tls_the_sign_in_is_for_tls_alone_and_an_invitation_names_the_ca() {
    let (world, made, keys) = world();
    let browser = Client::builder().no_proxy().cookie_store(true).redirect(reqwest::redirect::Policy::none());
    let ca = Certificate::from_pem(&std::fs::read(keys.join("tls/ca.crt")).unwrap()).unwrap();
    let browser = browser.tls_certs_only([ca]).build().unwrap();
    let url = |path: &str| format!("{}{path}", world.server().url());
    let form = [("name", "chen"), ("password", "undisturbed")];
    // Not even a browser that names no origin gets it otherwise.
    let answer = browser.post(url("/login")).form(&form).send().unwrap();
    assert!(answer.headers()["set-cookie"].to_str().unwrap().ends_with("; Secure"));
    let answer = browser.post(url("/logout")).send().unwrap();
    assert!(answer.headers()["set-cookie"].to_str().unwrap().ends_with("; Secure"));
    for (scheme, status) in [("https", 303), ("http", 403)] {
        let origin = format!("{scheme}://{}", world.server().address());
        let answer = browser.post(url("/login")).header("origin", &origin).form(&form).send().unwrap();
        assert_eq!(answer.status(), status, "a form of a page that came by {scheme}");
    }
    assert_eq!(today(&keys).get(url("/healthz")).send().unwrap().status(), 200);
    assert_eq!(pin(&keys).unwrap(), Some(made.pin));
}

#[test]
fn a_public_address_that_codes_cannot_hold_or_that_is_not_tls_is_refused_at_start() {
    let (mut world, made, _) = world();
    let long = format!("https://{}.example", "a".repeat(30));
    let error = world.command(&["serve", "--data", "DATA", "--listen", "127.0.0.1:0", "--public-url", &long]);
    let said = error.unwrap_err().to_string();
    assert!(said.contains("38 characters") && said.contains("room for 32"), "{said}");
    world.stop();
    let mut config = wurao_server::Config::new(world.folder.path().join("data"), ([127, 0, 0, 1], 0).into());
    (config.tls, config.public_url) = (Some(made.files), Some("http://inspect.example".parse().unwrap()));
    let said = wurao_server::Server::start(config).err().unwrap().to_string();
    assert!(said.contains("must begin with https://"), "{said}");
}

#[test]
fn posters_and_links_carry_the_public_address() {
    let mut world = World::new();
    world.stop();
    world.start_with(|config| config.public_url = Some("https://inspect.example".parse().unwrap()));
    let page = world.page_of("chen").get(world.url("/sites/51515151515151515151515151515151/poster")).send().unwrap();
    let page = page.text().unwrap();
    assert!(page.contains("inspect.example/p") && !page.contains("127.0.0.1"), "{page}");
}

#[test]
fn behind_a_proxy_with_tls_the_sign_in_and_the_forms_are_for_tls_alone() {
    let mut world = World::new();
    world.stop();
    world.start_with(|config| config.public_url = Some("https://inspect.example".parse().unwrap()));
    let browser = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let form = [("name", "chen"), ("password", "undisturbed")];
    let post = |path: &str| browser.post(world.url(path)).header("host", "inspect.example").form(&form);
    // Not even a browser that names no origin gets it otherwise.
    for path in ["/login", "/logout"] {
        let answer = post(path).send().unwrap();
        assert!(answer.headers()["set-cookie"].to_str().unwrap().ends_with("; Secure"), "{path}");
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=63072000");
    }
    for path in ["/login", "/logout", "/p/say"] {
        let plain = post(path).header("origin", "http://inspect.example").send().unwrap();
        assert_eq!((plain.status().as_u16(), plain.headers().contains_key("set-cookie")), (403, false), "{path}");
    }
    assert_eq!(post("/login").header("origin", "https://inspect.example").send().unwrap().status(), 303);
    world.stop();
    world.start_with(|config| config.public_url = Some("http://inspect.example".parse().unwrap()));
    let answer = browser.post(world.url("/login")).form(&form).send().unwrap();
    let set = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(!set.contains("Secure"), "a village without TLS still signs in: {set}");
    assert!(!answer.headers().contains_key("strict-transport-security"));
}
