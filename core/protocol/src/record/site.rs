use crate::{SiteId, Words};
use minicbor::{Decode, Encode};

/// A site as it stands now. Its division code changes when divisions merge; its id does not.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Site {
    /// Which.
    #[n(0)]
    pub id: SiteId,
    /// Its name.
    #[n(1)]
    pub name: Words,
    /// Twelve digits: province, prefecture, county, township, village (GB/T 2260, GB/T 10114).
    #[n(2)]
    pub division: String,
    /// The names above it, largest first, down to the township.
    #[n(3)]
    pub above: Vec<Words>,
}
