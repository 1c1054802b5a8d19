//! What an app can act on.

use wurao_device::PhoneError as Facade;

/// What went wrong. `code` is stable; `detail` is for people who look into it, never for the screen. The app owns the
/// words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
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
    /// It may not be done; the code says why.
    #[error("not allowed: {code}")]
    NotAllowed {
        /// A stable code.
        code: String,
    },
    /// What was given cannot be used.
    #[error("{code}: {detail}")]
    BadInput {
        /// A stable code; `bad-id` for what is no id.
        code: String,
        /// What and where.
        detail: String,
    },
    /// No connection, or it broke; nothing is lost.
    #[error("no connection: {detail}")]
    Offline {
        /// What the network said.
        detail: String,
    },
    /// The server said no to a whole request.
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

impl From<Facade> for PhoneError {
    fn from(error: Facade) -> Self {
        match error {
            Facade::NotEnrolled => Self::NotEnrolled,
            Facade::NobodyAtWork => Self::NobodyAtWork,
            Facade::NotFound { what, id } => Self::NotFound { what, id },
            Facade::NotAllowed { code } => Self::NotAllowed { code },
            Facade::BadInput { code, detail } => Self::BadInput { code, detail },
            Facade::Offline { detail } => Self::Offline { detail },
            Facade::Server { code } => Self::Server { code },
            Facade::DiskFull => Self::DiskFull,
            Facade::Cancelled => Self::Cancelled,
            Facade::UpdateApp => Self::UpdateApp,
            Facade::Unexpected { code, detail } => Self::Unexpected { code, detail },
        }
    }
}
