//! A phone and a server that speak TLS under a CA of the server's own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use wurao_device::{HttpRequest, NetworkError, system};
use wurao_server::tls::{Made, init};
use wurao_server::{Clock, Config, Server};

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
    let (phone, ours, theirs) =
        (folder.path().join("phone"), folder.path().join("ours"), folder.path().join("theirs"));
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
