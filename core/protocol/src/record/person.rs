use crate::{BodyId, PersonId};
use minicbor::{Decode, Encode};

/// A person, as colleagues and villagers may know them.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Person {
    /// Who.
    #[n(0)]
    pub id: PersonId,
    /// Full name, as it is written.
    #[n(1)]
    pub name: String,
    /// The body they work for.
    #[n(2)]
    pub body: BodyId,
}
