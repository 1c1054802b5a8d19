//! Reading a certificate and its key.

use super::{TlsError, TlsFiles};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::path::Path;
use x509_parser::parse_x509_certificate;

/// Reads both, when they belong together and are good now.
pub fn load(files: &TlsFiles, provider: &CryptoProvider, now_ms: i64) -> Result<CertifiedKey, TlsError> {
    let chain = certificates(&files.certificate)?;
    if let Some(leaf) = chain.first() {
        check_days(&files.certificate, leaf, now_ms)?;
    }
    let bytes = read(&files.key)?;
    let key = PrivateKeyDer::from_pem_slice(&bytes).map_err(not_pem(&files.key, "key"))?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            TlsError::OtherKey { key: files.key.clone(), certificate: files.certificate.clone() }
        }
        other => TlsError::Certificate(other.to_string()),
    })
}

/// All certificates of a file, at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = read(path)?;
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(&bytes).collect::<Result<_, _>>().map_err(not_pem(path, "certificate"))?;
    if chain.is_empty() {
        return Err(TlsError::NotPem { path: path.to_owned(), wanted: "certificate", why: "none found".to_owned() });
    }
    Ok(chain)
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::File { path: path.to_owned(), source })
}

fn not_pem<E: std::fmt::Display>(path: &Path, wanted: &'static str) -> impl FnOnce(E) -> TlsError {
    let path = path.to_owned();
    move |why| TlsError::NotPem { path, wanted, why: why.to_string() }
}

fn check_days(path: &Path, leaf: &CertificateDer<'_>, now_ms: i64) -> Result<(), TlsError> {
    let (_, parsed) = parse_x509_certificate(leaf).map_err(|error| TlsError::Certificate(error.to_string()))?;
    let (from, until) = (parsed.validity().not_before.timestamp(), parsed.validity().not_after.timestamp());
    let now_s = now_ms.div_euclid(1000);
    if now_s > until {
        return Err(TlsError::Expired { path: path.to_owned(), day: day(until) });
    }
    if now_s < from {
        return Err(TlsError::NotYet { path: path.to_owned(), day: day(from) });
    }
    Ok(())
}

fn day(second: i64) -> String {
    jiff::Timestamp::from_second(second).map_or_else(|_| second.to_string(), |at| at.to_string())
}
