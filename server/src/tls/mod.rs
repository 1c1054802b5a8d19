//! TLS: which certificate the server shows, and a CA of its own for counties that have none.
//!
//! [`own`] makes a CA and a certificate under it in `keys/tls`, [`load`] reads a certificate and its key and says what is
//! wrong with them, [`Certificates`] hands them to rustls and takes up new ones without a restart. Phones know the CA
//! by its pin: SHA-256 of its public key (SPKI), which stands in the enrolment's QR code.
//!
//! Deliberately absent: asking a public CA for certificates (a proxy or another program does, and the server takes up
//! what it writes), client certificates (phones sign each request), any cryptography but that of aws-lc.

mod command;
mod current;
mod error;
mod load;
mod own;

pub(crate) use command::{TlsArgs, TlsCommand};
pub use current::{Certificates, acceptor};
pub use error::TlsError;
pub use load::load;
pub use own::{Made, init, own_files, pin, renew};

use std::path::PathBuf;

/// A certificate with the CAs above it, and its key, as PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate first, then the CAs that lead up to its root.
    pub certificate: PathBuf,
    /// The key of the certificate.
    pub key: PathBuf,
}
