//! A phone and a server that speak TLS under a CA of the server's own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use wurao_device::{Cancel, HttpRequest, NetworkError, Phone, SyncOptions, system};
use wurao_protocol::invite::Invite;
use wurao_server::tls::{Made, init, pin};
use wurao_server::{Clock, Config, Server};
use wurao_tests::county::{ADMINISTRATOR, County};
use wurao_tests::process::Process;
use wurao_tests::roles;
use wurao_tests::world::open;

const YEARS_MS: i64 = 3 * 365 * 24 * 3600 * 1000;

/// A clock that is so far behind.
struct Behind(i64);

impl Clock for Behind {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        i64::try_from(since.as_millis()).unwrap() - self.0
    }
}

fn serve(data: &Path, behind_ms: i64) -> (Server, Made) {
    let clock = Behind(behind_ms);
    let made = init(&data.join("keys"), &["127.0.0.1".to_owned()], clock.now_ms()).unwrap();
    let mut config = Config::new(data, SocketAddr::from(([127, 0, 0, 1], 0)));
    (config.tls, config.clock) = (Some(made.files.clone()), Arc::new(clock));
    (Server::start(config).unwrap(), made)
}

fn ask(folder: &Path, url: String, pin: Option<[u8; 32]>) -> Result<u16, NetworkError> {
    let request = HttpRequest { method: "HEAD", url, headers: Vec::new(), body: Vec::new(), pin };
    system::ports(folder).unwrap().network.exchange(&request).map(|answer| answer.status)
}

#[test]
fn a_phone_speaks_to_servers_under_the_pinned_ca_and_to_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let (phone, ours, theirs) = (folder.path().join("phone"), folder.path().join("ours"), folder.path().join("theirs"));
    let (server, made) = serve(&ours, 0);
    let (_other, foreign) = serve(&theirs, 0);
    let url = || format!("{}/healthz", server.url());
    let wrong = |asked: Result<u16, NetworkError>| matches!(asked, Err(NetworkError::WrongServer(_)));

    assert_eq!(ask(&phone, url(), Some(made.pin.0)), Ok(200));
    assert!(wrong(ask(&phone, url(), Some(foreign.pin.0))), "the pin of another server");
    assert!(wrong(ask(&phone, url(), None)), "no pin: the world does not know this CA");
    assert!(wrong(ask(&phone, url().replace("https", "http"), Some(made.pin.0))), "a pin wants TLS");
    // The certificate is good for the address in it only.
    assert!(wrong(ask(&phone, url().replace("127.0.0.1", "localhost"), Some(made.pin.0))), "another name");
}

#[test]
fn a_phone_whose_date_is_wrong_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (server, made) = serve(&folder.path().join("server"), YEARS_MS);
    let asked = ask(&folder.path().join("phone"), format!("{}/healthz", server.url()), Some(made.pin.0)).unwrap_err();
    assert_eq!(asked, NetworkError::CertificateDate);
    assert_eq!(asked.to_string(), "certificate not valid at this date: is the phone's date right?");
}

/// A real server process that speaks TLS under a CA of its own, and where it listens.
fn process(data: &Path, listen: &str) -> (Process, SocketAddr) {
    let program = Path::new(env!("CARGO_BIN_EXE_demo"));
    let data = data.to_str().unwrap();
    let init = [roles::SERVER, "tls", "init", "--host", "127.0.0.1", "--data", data];
    assert!(Process::start(program, &init).unwrap().wait().unwrap().0);
    let serve = [roles::SERVER, "serve", "--tls", "--listen", listen, "--data", data];
    let server = Process::start(program, &serve).unwrap();
    let line = server.line().unwrap();
    let address = line.strip_prefix("listening on https://").unwrap_or_else(|| panic!("{line}")).parse().unwrap();
    (server, address)
}

/// An administrator's browser that believes the CA in a key folder, signed in.
fn office(data: &Path, base: &str) -> reqwest::blocking::Client {
    let ca = reqwest::Certificate::from_pem(&std::fs::read(data.join("keys/tls/ca.crt")).unwrap()).unwrap();
    let redirect = reqwest::redirect::Policy::none();
    let builder = reqwest::blocking::Client::builder().no_proxy().cookie_store(true).redirect(redirect);
    let browser = builder.tls_certs_only([ca]).build().unwrap();
    let (login, password) = ADMINISTRATOR;
    let answer = browser.post(format!("{base}/login")).form(&[("name", login), ("password", password)]).send().unwrap();
    assert_eq!(answer.status(), 303);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.ends_with("; Secure"), "no plain request carries the sign-in: {cookie}");
    browser
}

/// The invitation that the page shows for one inspector's phone.
fn invitation(browser: &reqwest::blocking::Client, base: &str, person: &str) -> String {
    let form = [("name", "phone 1"), ("person", person)];
    let page = browser.post(format!("{base}/phones/invite")).form(&form).send().unwrap().text().unwrap();
    let at = page.find("WURAO:").unwrap_or_else(|| panic!("no invitation in {page}"));
    page[at..].split('<').next().unwrap().to_owned()
}

#[test]
fn a_phone_comes_in_by_the_page_s_invitation_over_tls_and_speaks_to_nobody_in_between() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
    let (county, file) = (County::demo().unwrap(), folder.path().join("county.json"));
    county.write(&file).unwrap();
    wurao_tests::server::Server::load(Path::new(env!("CARGO_BIN_EXE_demo")), &ours, &file).unwrap();
    let (server, address) = process(&ours, "127.0.0.1:0");
    let base = format!("https://{address}");
    let browser = office(&ours, &base);
    let chen = county.person("chenlixin").unwrap().to_string();
    let text = invitation(&browser, &base, &chen);
    let invite = Invite::from_text(&text).unwrap();
    assert_eq!((invite.url.as_str(), invite.authority), (base.as_str(), pin(&ours.join("keys")).unwrap()));

    let phone = open(&folder.path().join("phone")).unwrap();
    phone.enrol_with(&text, "phone 1").unwrap();
    let sync = |phone: &Phone| phone.sync(&SyncOptions::default(), &(), &Cancel::new());
    sync(&phone).unwrap();
    let permit = phone.work().unwrap()[0].permit;
    let shown = phone.present(permit, None).unwrap().text;
    assert!(shown.starts_with(&format!("{}/P#", base.to_ascii_uppercase())), "{shown}");

    // Somebody in between answers at the same address under another CA, to a phone that is in and to one that is not.
    let second = invitation(&browser, &base, &chen);
    server.kill();
    let (_between, there) = process(&theirs, &address.to_string());
    assert_eq!(there, address);
    assert_eq!(sync(&phone).unwrap_err().code(), "wrong-server");
    let other = open(&folder.path().join("other")).unwrap();
    assert_eq!(other.enrol_with(&second, "phone 2").unwrap_err().code(), "wrong-server");
}
