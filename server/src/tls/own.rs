//! A CA of the server's own, for counties without one: its key never leaves the key folder, and phones are told its
//! pin when they are let in.

use super::load::{certificates, read};
use super::{TlsError, TlsFiles};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SerialNumber,
};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use time::{Duration, OffsetDateTime};
use wurao_protocol::Digest;
use x509_parser::parse_x509_certificate;

/// How long the CA is good. Phones keep its pin for as long, so it must outlast the system.
const CA_DAYS: i64 = 30 * 365;
/// How long a certificate is good; browsers take none of more than 398 days.
const LEAF_DAYS: i64 = 397;
/// Clocks of phones may be behind.
const EARLIER: Duration = Duration::days(2);

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// What the server serves with.
    pub files: TlsFiles,
    /// SHA-256 of the CA's public key (SPKI).
    pub pin: Digest,
    /// The hosts that the certificate is good for.
    pub hosts: Vec<String>,
}

/// Where the own certificate lies in a key folder.
pub fn own_files(keys: &Path) -> TlsFiles {
    TlsFiles { certificate: keys.join("tls/server.crt"), key: keys.join("tls/server.key") }
}

/// Makes a CA and a certificate under it. Refused when there is a CA: phones would not know another.
pub fn init(keys: &Path, hosts: &[String], now_ms: i64) -> Result<Made, TlsError> {
    let folder = keys.join("tls");
    let (ca_key, ca) = (folder.join("ca.key"), folder.join("ca.crt"));
    if ca_key.exists() || ca.exists() {
        return Err(TlsError::HasCa { path: ca });
    }
    let params = leaf_params(hosts, now_ms)?;
    std::fs::create_dir_all(&folder).map_err(|source| TlsError::File { path: folder.clone(), source })?;
    let key = KeyPair::generate().map_err(failed)?;
    let made = ca_params(now_ms)?.self_signed(&key).map_err(failed)?;
    write(&ca_key, key.serialize_pem().as_bytes(), 0o600)?;
    write(&ca, made.pem().as_bytes(), 0o644)?;
    leaf(keys, params, hosts)
}

/// Makes a new certificate under the CA that is there, for these hosts or for those of the last one. A running server
/// takes it up by itself.
pub fn renew(keys: &Path, hosts: &[String], now_ms: i64) -> Result<Made, TlsError> {
    let last = match hosts {
        [] => {
            let path = hosts_file(keys);
            let text = read(&path).map_err(|_| TlsError::NoCa { path: keys.join("tls/ca.crt") })?;
            String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
        }
        _ => hosts.to_vec(),
    };
    leaf(keys, leaf_params(&last, now_ms)?, &last)
}

/// The pin of the CA in a key folder; none when there is no own CA.
pub fn pin(keys: &Path) -> Result<Option<Digest>, TlsError> {
    let path = keys.join("tls/ca.crt");
    if !path.exists() {
        return Ok(None);
    }
    let chain = certificates(&path)?;
    let (_, parsed) = parse_x509_certificate(&chain[0]).map_err(failed)?;
    Ok(Some(Digest::of(&[parsed.public_key().raw])))
}

fn leaf(keys: &Path, params: CertificateParams, hosts: &[String]) -> Result<Made, TlsError> {
    let (ca_key, ca) = (keys.join("tls/ca.key"), keys.join("tls/ca.crt"));
    let no_ca = |path: &Path| TlsError::NoCa { path: path.to_owned() };
    let pin = pin(keys)?.ok_or_else(|| no_ca(&ca))?;
    let above = read(&ca)?;
    let text = read(&ca_key).map_err(|_| no_ca(&ca_key))?;
    let key = KeyPair::from_pem(&String::from_utf8_lossy(&text)).map_err(failed)?;
    let issuer = Issuer::from_ca_cert_pem(&String::from_utf8_lossy(&above), key).map_err(failed)?;
    let own = KeyPair::generate().map_err(failed)?;
    let made = params.signed_by(&own, &issuer).map_err(failed)?;
    let files = own_files(keys);
    // The key first: a server that looks in between keeps the last pair that fits.
    write(&files.key, own.serialize_pem().as_bytes(), 0o600)?;
    // The CA goes along: a phone knows only its pin and takes the rest from here.
    write(&files.certificate, &[made.pem().as_bytes(), &above].concat(), 0o644)?;
    write(&hosts_file(keys), hosts.join("\n").as_bytes(), 0o644)?;
    Ok(Made { files, pin, hosts: hosts.to_vec() })
}

fn ca_params(now_ms: i64) -> Result<CertificateParams, TlsError> {
    let mut params = days(CertificateParams::default(), now_ms, CA_DAYS)?;
    params.distinguished_name.push(DnType::CommonName, "Wurao server CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn leaf_params(hosts: &[String], now_ms: i64) -> Result<CertificateParams, TlsError> {
    for host in hosts {
        let named = host.split('.').all(|label| {
            !label.is_empty() && label.len() <= 63 && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
        });
        if host.len() > 253 || !(named || host.parse::<std::net::IpAddr>().is_ok()) {
            return Err(TlsError::Host(host.clone()));
        }
    }
    let [first, ..] = hosts else { return Err(TlsError::Host(String::new())) };
    let mut params = days(CertificateParams::new(hosts).map_err(failed)?, now_ms, LEAF_DAYS)?;
    params.distinguished_name.push(DnType::CommonName, first.as_str());
    params.serial_number = Some(SerialNumber::from((now_ms as u64).max(1)));
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn days(mut params: CertificateParams, now_ms: i64, days: i64) -> Result<CertificateParams, TlsError> {
    let now = OffsetDateTime::from_unix_timestamp(now_ms.div_euclid(1000)).map_err(failed)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = now - EARLIER;
    params.not_after = now + Duration::days(days);
    Ok(params)
}

fn hosts_file(keys: &Path) -> PathBuf {
    keys.join("tls/hosts")
}

/// Written whole or not at all, and durable before it has its name.
fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), TlsError> {
    let failed = |source| TlsError::File { path: path.to_owned(), source };
    let fresh = path.with_extension("new");
    // What a broken try left behind may have another mode.
    let _ = std::fs::remove_file(&fresh);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&fresh).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&fresh, path).map_err(failed)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> TlsError {
    TlsError::Certificate(error.to_string())
}
