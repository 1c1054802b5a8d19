//! Who is at the other end of a connection: for counting tries, never for keeping.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::IpAddr;

/// The address at the other end. Behind a proxy that is the proxy: what it says of others is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer(Option<IpAddr>);

impl Peer {
    pub(crate) fn new(address: IpAddr) -> Self {
        Self(Some(address))
    }

    /// What its tries are counted under. Of the newer addresses one subscriber has a whole /64.
    pub(crate) fn name(self) -> String {
        match self.0 {
            Some(IpAddr::V6(address)) => format!("{:x?}", &address.segments()[..4]),
            Some(address) => address.to_string(),
            None => String::new(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or(Self(None)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_subscriber_is_one_name() {
        let name = |address: &str| Peer::new(address.parse().unwrap()).name();
        assert_eq!(name("2001:db8:1:2::3"), name("2001:db8:1:2:ffff::4"));
        assert_ne!(name("2001:db8:1:2::3"), name("2001:db8:1:3::3"));
        assert_ne!(name("192.0.2.1"), name("192.0.2.2"));
    }
}
