//! HTTP by reqwest, TLS by rustls. With a pin only servers under that one CA are spoken to.
//!
//! Deliberately absent: the system's own list of CAs, which on Android needs the app's help before it can be asked.

use crate::error::Error;
use crate::ports::{HttpAnswer, HttpRequest, Network, NetworkError};
use reqwest::blocking::{Client, Response};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::collections::HashMap;
use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use wurao_protocol::Digest;
use wurao_protocol::sync::MAX_ANSWER;

type Pin = [u8; 32];

/// The longest body of a refusal that is read: it says one word.
const MAX_REFUSAL: usize = 64 << 10;

/// Connections kept alive, apart for each pin: one opened without it must not serve a request that has one.
pub(crate) struct HttpNetwork {
    provider: Arc<CryptoProvider>,
    clients: Mutex<HashMap<Option<Pin>, Client>>,
}

impl HttpNetwork {
    pub(crate) fn new() -> Result<Self, Error> {
        let network = Self { provider: Arc::new(aws_lc_rs::default_provider()), clients: Mutex::default() };
        network.client(None)?;
        Ok(network)
    }

    fn client(&self, pin: Option<Pin>) -> Result<Client, NetworkError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&pin) {
            return Ok(client.clone());
        }
        let client = Client::builder()
            .tls_backend_preconfigured(self.tls(pin)?)
            .connect_timeout(Duration::from_secs(15))
            .timeout(Duration::from_secs(120))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| causes(&error))?;
        clients.insert(pin, client.clone());
        Ok(client)
    }

    fn tls(&self, pin: Option<Pin>) -> Result<ClientConfig, NetworkError> {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| causes(&error))?;
        let config = match pin {
            Some(pin) => {
                let verifier = UnderOneCa { pin, provider: Arc::clone(&self.provider) };
                builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
            }
            None => builder.with_root_certificates(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }),
        };
        Ok(config.with_no_client_auth())
    }
}

impl HttpNetwork {
    /// Sends a request; comes back with the head of its answer, which may be while the request is still going out.
    fn send(&self, request: &HttpRequest) -> Result<Response, NetworkError> {
        if request.pin.is_some() && !request.url.starts_with("https://") {
            return Err(NetworkError::WrongServer("its address does not begin with https".to_owned()));
        }
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).map_err(|e| e.to_string())?;
        let mut builder = self.client(request.pin)?.request(method, &request.url).body(request.body.clone());
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        builder.send().map_err(|error| named(&error))
    }
}

impl Network for HttpNetwork {
    fn exchange(&self, request: &HttpRequest) -> Result<HttpAnswer, NetworkError> {
        let mut answer = self.send(request)?;
        let mut head = head(&answer);
        head.body = all(&mut answer, MAX_ANSWER)?;
        Ok(head)
    }

    fn stream(&self, request: &HttpRequest, piece: &mut dyn FnMut(&[u8]) -> bool) -> Result<HttpAnswer, NetworkError> {
        let mut answer = self.send(request)?;
        let mut head = head(&answer);
        // Who has too much to do has said all of it, and need not be sent the rest.
        if head.status == 503 && head.header("retry-after").is_some() {
            return Ok(head);
        }
        if head.status != 200 {
            head.body = all(&mut answer, MAX_REFUSAL)?;
            return Ok(head);
        }
        let mut buffer = vec![0; 16 << 10];
        loop {
            match answer.read(&mut buffer).map_err(|error| causes(&error))? {
                0 => return Ok(head),
                count if piece(&buffer[..count]) => {}
                _ => return Err("what came was not wanted".into()),
            }
        }
    }
}

/// A body as a whole. One that has no end is no answer, whatever it begins with.
fn all(answer: &mut Response, most: usize) -> Result<Vec<u8>, NetworkError> {
    let mut body = Vec::new();
    answer.take(most as u64 + 1).read_to_end(&mut body).map_err(|error| causes(&error))?;
    if body.len() > most { Err("the answer does not end".into()) } else { Ok(body) }
}

/// Status and headers.
fn head(answer: &Response) -> HttpAnswer {
    let headers = answer
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    HttpAnswer { status: answer.status().as_u16(), headers, body: Vec::new() }
}

/// Takes the chain of a server when it ends at the CA with this public key, which the server sends along.
#[derive(Debug)]
struct UnderOneCa {
    pin: Pin,
    provider: Arc<CryptoProvider>,
}

impl UnderOneCa {
    fn algorithms(&self) -> &WebPkiSupportedAlgorithms {
        &self.provider.signature_verification_algorithms
    }

    fn is_pinned(&self, certificate: &CertificateDer<'_>) -> bool {
        let parsed = ParsedCertificate::try_from(certificate);
        parsed.is_ok_and(|parsed| Digest::of(&[&parsed.subject_public_key_info()]).0 == self.pin)
    }
}

impl ServerCertVerifier for UnderOneCa {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let ca = intermediates.iter().find(|certificate| self.is_pinned(certificate));
        let ca = ca.ok_or(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer))?;
        let mut roots = RootCertStore::empty();
        roots.add(ca.clone().into_owned())?;
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider))
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))?
            .verify_server_cert(end_entity, intermediates, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signature, self.algorithms())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, self.algorithms())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms().supported_schemes()
    }
}

/// What a failed exchange means to the person with the phone.
fn named(error: &reqwest::Error) -> NetworkError {
    match certificate(error) {
        Some(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => NetworkError::CertificateDate,
        Some(why) => NetworkError::WrongServer(why.to_string()),
        None => NetworkError::Offline(causes(error)),
    }
}

/// What was wrong with the server's certificate, somewhere below.
fn certificate(error: &(dyn std::error::Error + 'static)) -> Option<CertificateError> {
    if let Some(rustls::Error::InvalidCertificate(why)) = error.downcast_ref() {
        return Some(why.clone());
    }
    // The source of such an error is that of what it wraps: the wrapped one itself would be passed over.
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    let wrapped = wrapped.and_then(|wrapped| certificate(wrapped));
    wrapped.or_else(|| error.source().and_then(certificate))
}

/// The whole chain: reqwest's own text names only the outermost.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
