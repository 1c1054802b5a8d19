//! What can go wrong on a phone: rich inside ([`Error`]), small outside ([`PhoneError`]), one bridge between.

use crate::ports::{KeyStoreError, NetworkError};
use wurao_checklist::AnswerError;
use wurao_evidence::EvidenceError;
use wurao_protocol::envelope::EnvelopeError;
use wurao_protocol::key::KeyError;
use wurao_protocol::present::PresentError;
use wurao_protocol::{Problem, cbor::CborError};
use wurao_record::{AdmitError, GateError, RowError};

/// What an app can act on. `code` is stable; `detail` is for people who look into it, never for the screen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// The phone is not enrolled with a server.
    #[error("the phone is not enrolled")]
    NotEnrolled,
    /// Nobody is at work: choose a person first.
    #[error("nobody is at work on this phone")]
    NobodyAtWork,
    /// There is no such permit, inspection, question, row or person on this phone.
    #[error("no {what} {id:?}")]
    NotFound {
        /// What was looked for.
        what: String,
        /// By which id.
        id: String,
    },
    /// It may not be done; `code` says why (`expired`, `wrong-site`, `closed`, `has-left`, ...).
    #[error("not allowed: {code}")]
    NotAllowed {
        /// A stable code.
        code: String,
    },
    /// What was given cannot be used: no answer to the question, a reason that is missing, a PIN that is locked.
    #[error("{code}: {detail}")]
    BadInput {
        /// A stable code.
        code: String,
        /// What and where; of `pin-locked` the seconds to wait.
        detail: String,
    },
    /// No connection, or it broke; nothing is lost, try again later.
    #[error("no connection: {detail}")]
    Offline {
        /// What the network said.
        detail: String,
    },
    /// The server said no to a whole request; `code` is one of the protocol's problem codes.
    #[error("the server refused: {code}")]
    Server {
        /// The problem code.
        code: String,
    },
    /// There is no room on the phone; what was saved stays saved.
    #[error("the disk is full")]
    DiskFull,
    /// The person stopped it.
    #[error("cancelled")]
    Cancelled,
    /// The store is of a newer version of the app.
    #[error("the app is older than its store")]
    UpdateApp,
    /// Anything else; nothing was saved by this call.
    #[error("{code}: {detail}")]
    Unexpected {
        /// A stable code.
        code: String,
        /// What happened.
        detail: String,
    },
}

impl PhoneError {
    /// The stable code.
    pub fn code(&self) -> &str {
        match self {
            PhoneError::NotEnrolled => "not-enrolled",
            PhoneError::NobodyAtWork => "nobody-at-work",
            PhoneError::NotFound { .. } => "not-found",
            PhoneError::NotAllowed { code }
            | PhoneError::BadInput { code, .. }
            | PhoneError::Server { code }
            | PhoneError::Unexpected { code, .. } => code,
            PhoneError::Offline { .. } => "offline",
            PhoneError::DiskFull => "disk-full",
            PhoneError::Cancelled => "cancelled",
            PhoneError::UpdateApp => "update-app",
        }
    }
}

/// Everything that can go wrong, with its cause.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("not enrolled")]
    NotEnrolled,
    #[error("nobody at work")]
    NobodyAtWork,
    #[error("no {what} {id}")]
    NotFound { what: &'static str, id: String },
    #[error("not allowed: {0}")]
    NotAllowed(&'static str),
    #[error("{seconds}")]
    PinLocked { seconds: u64 },
    #[error("argon2: {0}")]
    Pin(String),
    #[error(transparent)]
    Journal(#[from] wurao_protocol::journal::JournalError),
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    #[error(transparent)]
    Present(#[from] PresentError),
    #[error("{code}: {detail}")]
    BadInput { code: &'static str, detail: String },
    #[error("network: {0}")]
    Network(#[from] NetworkError),
    #[error("the server answered {0}")]
    Server(Problem),
    /// The server knows a request of this phone with a higher counter than this one's.
    #[error("the server has heard this phone at counter {counter}")]
    Behind {
        /// That one.
        counter: u64,
        /// What it came with that the server has signed that, if anything.
        proof: String,
    },
    /// The server has too much to do.
    #[error("the server asks to come back in {after_ms} ms")]
    Busy {
        /// When.
        after_ms: u64,
    },
    #[error("the server answered with status {status} and nothing that can be read")]
    Unreadable { status: u16 },
    #[error("cancelled")]
    Cancelled,
    #[error("SQLite {0} has a bug that can damage the store")]
    SqliteTooOld(String),
    #[error("the store has schema {found}, this app knows {newest}")]
    NewerStore { found: i64, newest: i64 },
    /// SQLite could not change the store over to a log, without which a commit is not durable.
    #[error("the store keeps a journal of the kind {0:?} and no log")]
    NoLog(String),
    #[error("damaged row in {0}")]
    Damaged(&'static str),
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    #[error(transparent)]
    Row(#[from] RowError),
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    #[error(transparent)]
    Cbor(#[from] CborError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Answer(#[from] AnswerError),
    #[error("checklist: {0}")]
    Checklist(String),
    #[error("{path}: {source}")]
    File { path: std::path::PathBuf, source: std::io::Error },
    #[error("no randomness: {0}")]
    Random(String),
}

impl From<AdmitError<Error>> for Error {
    fn from(error: AdmitError<Error>) -> Self {
        match error {
            AdmitError::Gate(gate) => Error::Gate(gate),
            AdmitError::History(store) => store,
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Error::Server(problem)
    }
}

impl From<Error> for PhoneError {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        let unexpected = |code: &str| PhoneError::Unexpected { code: code.to_owned(), detail: detail.clone() };
        match error {
            Error::NotEnrolled => PhoneError::NotEnrolled,
            Error::NobodyAtWork => PhoneError::NobodyAtWork,
            Error::NotFound { what, id } => PhoneError::NotFound { what: what.to_owned(), id },
            Error::NotAllowed(code) => PhoneError::NotAllowed { code: code.to_owned() },
            Error::PinLocked { seconds } => {
                PhoneError::BadInput { code: "pin-locked".to_owned(), detail: seconds.to_string() }
            }
            Error::BadInput { code, detail } => PhoneError::BadInput { code: code.to_owned(), detail },
            Error::Answer(error) => PhoneError::BadInput { code: error.code().to_owned(), detail },
            Error::Network(NetworkError::Offline(detail)) => PhoneError::Offline { detail },
            Error::Network(NetworkError::WrongServer(_)) => unexpected("wrong-server"),
            Error::Network(NetworkError::CertificateDate) => unexpected("certificate-date"),
            Error::Server(problem) => PhoneError::Server { code: problem.code().to_owned() },
            Error::Busy { .. } => PhoneError::Server { code: Problem::Busy.code().to_owned() },
            Error::Behind { .. } => PhoneError::Server { code: Problem::StaleCounter.code().to_owned() },
            Error::Unreadable { .. } => PhoneError::Offline { detail },
            Error::Cancelled => PhoneError::Cancelled,
            Error::NewerStore { .. } => PhoneError::UpdateApp,
            Error::Evidence(EvidenceError::DiskFull { .. }) => PhoneError::DiskFull,
            Error::Evidence(EvidenceError::Storage { .. }) => unexpected("storage-failed"),
            Error::Evidence(error) => PhoneError::BadInput { code: error.code().to_owned(), detail },
            Error::Sql(error) if is_full(&error) => PhoneError::DiskFull,
            Error::File { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => PhoneError::DiskFull,
            Error::Gate(error) => match error.code() {
                // The builder refuses what nobody could read back: too long, not finite, a choice unseen.
                code @ ("text-too-long" | "key-too-long" | "not-finite" | "bad-choice") => {
                    PhoneError::BadInput { code: code.to_owned(), detail }
                }
                code => unexpected(code),
            },
            Error::SqliteTooOld(_) => unexpected("sqlite-too-old"),
            Error::Damaged(_) | Error::Row(_) => unexpected("damaged-store"),
            Error::Sql(_) | Error::NoLog(_) => unexpected("store"),
            Error::Envelope(_) | Error::Cbor(_) => unexpected("bad-record"),
            Error::Key(_) => unexpected("key"),
            Error::Checklist(_) => unexpected("bad-checklist"),
            Error::File { .. } => unexpected("file"),
            Error::Journal(_) => unexpected("journal"),
            Error::Pin(_) => unexpected("pin"),
            Error::KeyStore(KeyStoreError::Missing) => PhoneError::NotAllowed { code: "key-missing".to_owned() },
            Error::KeyStore(KeyStoreError::Unavailable(_)) => unexpected("key-store"),
            Error::Present(PresentError::Challenge(_)) => {
                PhoneError::BadInput { code: "bad-challenge".to_owned(), detail }
            }
            Error::Present(PresentError::TooLarge(_)) => PhoneError::NotAllowed { code: "permit-too-large".to_owned() },
            Error::Present(PresentError::Clock(_)) => PhoneError::NotAllowed { code: "clock-doubtful".to_owned() },
            Error::Present(_) => unexpected("bad-permit"),
            Error::Random(_) => unexpected("no-randomness"),
        }
    }
}

/// Whether there was no room. SQLite says so of a write; of the index that it keeps beside its log, and cannot make longer when
/// a phone is opened on a full disk, it says that it is an I/O error with the file's size.
fn is_full(error: &rusqlite::Error) -> bool {
    let Some(found) = error.sqlite_error() else { return false };
    found.code == rusqlite::ErrorCode::DiskFull || found.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE
}
