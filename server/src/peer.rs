//! Who is at the other end of a connection: for counting tries, never for keeping.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The address at the other end; behind the proxy that was named at start, the one that it says it speaks for. What
/// anybody else says of others is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer(Option<IpAddr>);

impl Peer {
    /// A socket that listens for both kinds of address says `::ffff:192.0.2.1` of an older one; they all lie in one /64.
    pub(crate) fn new(address: IpAddr) -> Self {
        Self(Some(address.to_canonical()))
    }

    /// Who sent a request that came from this address. A proxy adds whom it speaks for at the end of the list
    /// (`X-Forwarded-For`); what stands before is whatever the sender wrote.
    pub(crate) fn of_request(address: IpAddr, proxy: Option<IpAddr>, headers: &HeaderMap) -> Self {
        if !is_proxy(address, proxy) {
            return Self::new(address);
        }
        let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
        let last = lines.flat_map(|line| line.split(',')).last().map(str::trim);
        Self::new(last.and_then(|last| last.parse().ok()).unwrap_or(address))
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

/// Whether this address is that of the proxy that was named at start.
pub(crate) fn is_proxy(address: IpAddr, proxy: Option<IpAddr>) -> bool {
    proxy.is_some_and(|proxy| proxy.to_canonical() == address.to_canonical())
}

/// How many connections each address has, or how many of something anybody who has a name.
#[derive(Clone, Default)]
pub(crate) struct Crowd(Arc<Mutex<HashMap<String, usize>>>);

/// The place of one connection among those of its address, until it is dropped.
pub(crate) struct Place {
    crowd: Crowd,
    name: String,
}

impl Crowd {
    /// A place for one more connection of this address; none when it has `most` already.
    pub(crate) fn enter(&self, peer: Peer, most: usize) -> Option<Place> {
        self.enter_as(peer.name(), most)
    }

    /// The same under another name than an address.
    pub(crate) fn enter_as(&self, name: String, most: usize) -> Option<Place> {
        let mut here = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = here.get(&name).copied().unwrap_or_default();
        if count >= most {
            return None;
        }
        here.insert(name.clone(), count + 1);
        Some(Place { crowd: self.clone(), name })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut here = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        match here.get_mut(&self.name) {
            Some(count) if *count > 1 => *count -= 1,
            // Who has left is forgotten.
            _ => drop(here.remove(&self.name)),
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
    fn only_the_proxy_that_was_named_says_whom_it_speaks_for_and_only_its_own_word_counts() {
        let said = |from: &str, proxy: Option<&str>, lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            let proxy = proxy.map(|proxy| proxy.parse().unwrap());
            Peer::of_request(from.parse().unwrap(), proxy, &headers).name()
        };
        let proxy = Some("127.0.0.1");
        assert_eq!(said("127.0.0.1", None, &["192.0.2.7"]), "127.0.0.1");
        assert_eq!(said("192.0.2.9", proxy, &["192.0.2.7"]), "192.0.2.9", "not the proxy");
        assert_eq!(said("127.0.0.1", proxy, &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(said("::ffff:127.0.0.1", proxy, &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(said("127.0.0.1", proxy, &["198.51.100.1, 192.0.2.7"]), "192.0.2.7");
        assert_eq!(said("127.0.0.1", proxy, &["198.51.100.1", "192.0.2.7"]), "192.0.2.7", "two lines are one list");
        for unreadable in ["", "unknown", "192.0.2.7, nobody"] {
            assert_eq!(said("127.0.0.1", proxy, &[unreadable]), "127.0.0.1", "{unreadable}");
        }
        assert_eq!(said("127.0.0.1", proxy, &[]), "127.0.0.1");
    }

    #[test]
    fn one_subscriber_is_one_name() {
        let name = |address: &str| Peer::new(address.parse().unwrap()).name();
        assert_eq!(name("2001:db8:1:2::3"), name("2001:db8:1:2:ffff::4"));
        assert_ne!(name("2001:db8:1:2::3"), name("2001:db8:1:3::3"));
        assert_ne!(name("192.0.2.1"), name("192.0.2.2"));
        assert_eq!(name("::ffff:192.0.2.1"), name("192.0.2.1"));
        assert_ne!(name("::ffff:192.0.2.1"), name("::ffff:192.0.2.2"));
    }

    #[test]
    fn whom_a_proxy_names_by_the_newer_form_is_the_same_as_by_the_older_one() {
        let proxy = "::ffff:127.0.0.1".parse().ok();
        let name = |said: &str| {
            let headers = HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), said.parse().unwrap())]);
            Peer::of_request("127.0.0.1".parse().unwrap(), proxy, &headers).name()
        };
        assert_eq!(name("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(name("192.0.2.7"), "192.0.2.7");
    }

    #[test]
    fn an_address_has_so_many_connections_and_gets_a_place_back_with_each_that_ends() {
        let (crowd, peer) = (Crowd::default(), |address: &str| Peer::new(address.parse().unwrap()));
        let first = crowd.enter(peer("192.0.2.1"), 2);
        let second = crowd.enter(peer("::ffff:192.0.2.1"), 2);
        assert!(first.is_some() && second.is_some());
        assert!(crowd.enter(peer("192.0.2.1"), 2).is_none());
        assert!(crowd.enter(peer("192.0.2.2"), 2).is_some(), "and nobody else's");
        drop(first);
        let third = crowd.enter(peer("192.0.2.1"), 2);
        assert!(third.is_some() && crowd.enter(peer("192.0.2.1"), 2).is_none());
        drop((second, third));
        assert!(crowd.0.lock().unwrap().is_empty(), "nobody is remembered");
    }
}
