//! What can go wrong in a story: what was being done, and why it failed.

/// Something a story could not do.
#[derive(Debug, thiserror::Error)]
#[error("{doing}: {cause}")]
pub struct Trouble {
    doing: String,
    cause: Box<dyn std::error::Error + Send + Sync>,
}

impl Trouble {
    /// Trouble with a cause in words.
    pub fn new(doing: impl Into<String>, cause: impl Into<String>) -> Self {
        Self { doing: doing.into(), cause: cause.into().into() }
    }
}

/// Says what was being done when something failed.
pub trait Doing<T> {
    /// The failure, with what was being done.
    fn doing(self, what: impl Into<String>) -> Result<T, Trouble>;
}

impl<T, E: Into<Box<dyn std::error::Error + Send + Sync>>> Doing<T> for Result<T, E> {
    fn doing(self, what: impl Into<String>) -> Result<T, Trouble> {
        self.map_err(|cause| Trouble { doing: what.into(), cause: cause.into() })
    }
}
