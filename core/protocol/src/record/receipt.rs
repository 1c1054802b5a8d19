use crate::Digest;
use minicbor::{Decode, Encode};

/// The server's signed word that it holds these things. It names the state; work that is held and later accepted
/// gets a second receipt, which names its changes too.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Receipt {
    /// The records, and of a second receipt the changes, each by its hash.
    #[n(0)]
    pub records: Vec<Digest>,
    /// In which state they are.
    #[n(1)]
    pub state: State,
    /// When they came, ms since 1970 UTC.
    #[n(2)]
    pub at_ms: i64,
}

/// What the server did with something.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum State {
    /// Taken as it is.
    #[n(0)]
    Accepted,
    /// Kept until a person decides.
    #[n(1)]
    Held,
}
