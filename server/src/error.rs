//! The one error of the server: what went wrong, and what the other side is told about it.

use crate::county::CountyError;
use crate::tls::TlsError;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::path::{Path, PathBuf};
use wurao_protocol::envelope::EnvelopeError;
use wurao_protocol::key::KeyError;
use wurao_protocol::sync::counter::{COUNTER_HEADER, COUNTER_PROOF_HEADER};
use wurao_protocol::{DocumentId, Problem};
use wurao_record::{RowError, VerifyError};

/// What can go wrong in the server.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request is refused for a reason the other side is told.
    #[error("refused: {problem}: {detail}")]
    Refused {
        /// The reason.
        problem: Problem,
        /// More about it, for the log.
        detail: String,
    },
    /// The request's counter is not above the one that is known: a replay, or a phone that was brought back from a backup.
    #[error("a request of {device} at or below counter {counter}")]
    StaleCounter {
        /// Whose.
        device: wurao_protocol::DeviceId,
        /// The one that is known.
        counter: u64,
        /// The server's signature over it.
        proof: String,
    },
    /// As many as are served at a time are under way.
    #[error("no place for more {what}")]
    Full {
        /// What there are too many of.
        what: &'static str,
        /// In how many seconds to come back.
        after_s: u64,
    },
    /// A file or folder could not be used.
    #[error("{doing} {}: {source}", path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The operating system refused something that is not about a file: a thread, a port, a signal.
    #[error("{doing}: {source}")]
    System {
        /// What was tried.
        doing: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The database refused.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// The linked SQLite is older than the first one without known loss of committed data.
    #[error("SQLite {found} is too old, {wanted} is the first one taken")]
    SqliteTooOld {
        /// The version linked.
        found: i32,
        /// The first version taken.
        wanted: i32,
    },
    /// The database was written by a newer server.
    #[error("the database is at migration {found}, this server knows {known}")]
    NewerDatabase {
        /// The last migration applied.
        found: i64,
        /// The last one known here.
        known: i64,
    },
    /// A row does not hold what this server writes.
    #[error("damaged row: {0}")]
    Row(#[from] RowError),
    /// A document's packed changes cannot be read.
    #[error("the pack of {document}: {reason}")]
    Pack {
        /// Which document.
        document: DocumentId,
        /// Why.
        reason: VerifyError,
    },
    /// Something that must be in the database is not.
    #[error("missing in the database: {0}")]
    Missing(&'static str),
    /// A stored record does not open, or one could not be signed.
    #[error("record: {0}")]
    Record(#[from] EnvelopeError),
    /// A key file holds no key.
    #[error("key: {0}")]
    Key(#[from] KeyError),
    /// The audit log, or what it tells of, is not as it was.
    #[error("audit: {0}")]
    AuditFault(crate::audit::verify::Altered),
    /// The key that signed the data is not in its folder.
    #[error("{} is missing: the data here need it; bring it back from the keys' own backup", path.display())]
    KeyMissing {
        /// Where it belongs.
        path: PathBuf,
    },
    /// The key in the folder is not the one that signed the data.
    #[error("{} is not the key that the data was signed with", path.display())]
    OtherKey {
        /// Where it lies.
        path: PathBuf,
    },
    /// A password could not be hashed.
    #[error("password hashing: {0}")]
    Password(String),
    /// The operating system gave no randomness.
    #[error("no randomness to be had")]
    NoRandomness,
    /// A job panicked; its writes were undone.
    #[error("a job panicked")]
    Panicked,
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
    /// The county file cannot be loaded.
    #[error("county file: {0}")]
    County(#[from] CountyError),
    /// The certificate, or the own CA.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The command line asks for what does not exist.
    #[error("{0}")]
    Usage(String),
}

impl Error {
    /// A refusal with its reason.
    pub(crate) fn refused(problem: Problem, detail: impl Into<String>) -> Self {
        Self::Refused { problem, detail: detail.into() }
    }

    /// For `map_err` on anything done to a file.
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }

    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused { problem, .. } => problem.code(),
            Self::StaleCounter { .. } => Problem::StaleCounter.code(),
            Self::Full { .. } => Problem::Busy.code(),
            Self::File { .. } => "file",
            Self::System { .. } => "system",
            Self::Database(_) => "database",
            Self::SqliteTooOld { .. } => "sqlite-too-old",
            Self::NewerDatabase { .. } => "newer-database",
            Self::Row(error) => error.code(),
            Self::Pack { .. } => "pack",
            Self::Missing(_) => "missing",
            Self::Record(_) => "record",
            Self::Key(_) => "key",
            Self::AuditFault(_) => "audit-fault",
            Self::KeyMissing { .. } => "key-missing",
            Self::OtherKey { .. } => "other-key",
            Self::Password(_) => "password",
            Self::NoRandomness => "no-randomness",
            Self::Panicked => "panicked",
            Self::Closed => "closed",
            Self::County(error) => error.code(),
            Self::Tls(error) => error.code(),
            Self::Usage(_) => "usage",
        }
    }

    /// What the other side is told: the reason of a refusal, and of everything else only that it failed.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Refused { problem, .. } => *problem,
            Self::Closed | Self::Full { .. } => Problem::Busy,
            Self::StaleCounter { .. } => Problem::StaleCounter,
            _ => Problem::Internal,
        }
    }
}

impl Error {
    /// Says in the log what went wrong; the other side is told no more than what comes back.
    pub(crate) fn log(&self) -> Problem {
        match self {
            Self::Refused { .. } | Self::StaleCounter { .. } | Self::Full { .. } => {
                tracing::info!(code = self.code(), "{self}")
            }
            _ => tracing::error!(code = self.code(), "{self}"),
        }
        self.problem()
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::refused(problem, "")
    }
}

/// The status and, as the whole body, the code of the problem in plain text.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let problem = self.log();
        let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, problem.code()).into_response();
        if let Self::StaleCounter { counter, proof, .. } = &self {
            response.headers_mut().insert(COUNTER_HEADER, HeaderValue::from(*counter));
            // Hexadecimal digits are always a header's.
            let proof = HeaderValue::from_str(proof).ok();
            response.headers_mut().extend(proof.map(|proof| (HeaderName::from_static(COUNTER_PROOF_HEADER), proof)));
        }
        if problem == Problem::Busy {
            let after_s = if let Self::Full { after_s, .. } = self { after_s } else { 2 };
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(after_s));
        }
        response
    }
}
