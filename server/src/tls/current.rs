//! The certificate as it lies on the disk now.

use super::{TlsError, TlsFiles, load};
use crate::Clock;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tokio_rustls::TlsAcceptor;

/// What a server shows to who connects. A renewed certificate is taken up with the next connection; while the new
/// files are not right, the last right ones stay.
pub struct Certificates {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    clock: Arc<dyn Clock>,
    current: Mutex<(Seen, Arc<CertifiedKey>)>,
}

/// When the certificate and the key were last written.
type Seen = [Option<SystemTime>; 2];

impl Certificates {
    /// Reads the files for the first time.
    pub fn open(files: TlsFiles, clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let seen = look(&files);
        let first = Arc::new(load(&files, &provider, clock.now_ms())?);
        Ok(Self { files, provider, clock, current: Mutex::new((seen, first)) })
    }

    fn now(&self) -> Arc<CertifiedKey> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = look(&self.files);
        if seen != current.0 {
            match load(&self.files, &self.provider, self.clock.now_ms()) {
                Ok(fresh) => current.1 = Arc::new(fresh),
                Err(error) => tracing::error!(code = error.code(), "the last certificate stays: {error}"),
            }
            current.0 = seen;
        }
        Arc::clone(&current.1)
    }
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Certificates").field("files", &self.files).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now())
    }
}

fn look(files: &TlsFiles) -> Seen {
    [&files.certificate, &files.key].map(|path| std::fs::metadata(path).and_then(|about| about.modified()).ok())
}

/// What turns connections into encrypted ones: TLS 1.3, and 1.2 for old phones.
pub fn acceptor(certificates: Certificates) -> Result<TlsAcceptor, TlsError> {
    let mut config = ServerConfig::builder_with_provider(Arc::clone(&certificates.provider))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| TlsError::Certificate(error.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(certificates));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
