use std::path::PathBuf;

/// What is wrong with a certificate, a key, or what was asked of the own CA.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{}: holds no {wanted} in PEM ({why})", path.display())]
    NotPem {
        /// Which.
        path: PathBuf,
        /// What it should hold.
        wanted: &'static str,
        /// What the reader said.
        why: String,
    },
    /// The key is that of another certificate.
    #[error("{} is not the key of {}", key.display(), certificate.display())]
    OtherKey {
        /// The key.
        key: PathBuf,
        /// The certificate.
        certificate: PathBuf,
    },
    /// The certificate is no longer good.
    #[error("{}: expired on {day}", path.display())]
    Expired {
        /// Which.
        path: PathBuf,
        /// Its last day.
        day: String,
    },
    /// The certificate is not good yet.
    #[error("{}: good from {day} on only; is the date of this computer right?", path.display())]
    NotYet {
        /// Which.
        path: PathBuf,
        /// Its first day.
        day: String,
    },
    /// There is no own CA yet.
    #[error("{} is not there: make it with `wurao-server tls init`", path.display())]
    NoCa {
        /// Where it belongs.
        path: PathBuf,
    },
    /// There is an own CA already; phones have its pin.
    #[error("{} is there already; `wurao-server tls renew` makes a new certificate under it", path.display())]
    HasCa {
        /// The CA.
        path: PathBuf,
    },
    /// A host is neither a name nor an address.
    #[error("{0:?} is no host: a name such as wurao.example or an address such as 10.0.0.5")]
    Host(String),
    /// The certificate could not be made, or rustls refused it.
    #[error("certificate: {0}")]
    Certificate(String),
}

impl TlsError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "tls-file",
            Self::NotPem { .. } => "tls-not-pem",
            Self::OtherKey { .. } => "tls-other-key",
            Self::Expired { .. } => "tls-expired",
            Self::NotYet { .. } => "tls-not-yet",
            Self::NoCa { .. } => "tls-no-ca",
            Self::HasCa { .. } => "tls-has-ca",
            Self::Host(_) => "tls-host",
            Self::Certificate(_) => "tls-certificate",
        }
    }
}
