//! Sixteen-byte names of things, each its own type so that a site is never taken for a person.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl std::str::FromStr for $name {
            type Err = hex::FromHexError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let mut bytes = [0; 16];
                hex::decode_to_slice(text, &mut bytes)?;
                Ok(Self(bytes))
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = std::array::TryFromSliceError;
            fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
                Ok(Self(bytes.try_into()?))
            }
        }

        $crate::cbor::as_bytes!($name);
    )*};
}

ids! {
    /// A server's data set: drawn once when its folder is made; requests name it so that none can be replayed elsewhere.
    ServerId;
    /// A phone: the first 16 bytes of its key's thumbprint ([`crate::key::PublicKey::thumbprint`]).
    DeviceId;
    /// A person who inspects or supervises.
    PersonId;
    /// A department that inspects.
    BodyId;
    /// What is inspected; division codes change, this does not.
    SiteId;
    /// One approved kind of inspection.
    PlanItemId;
    /// One approved visit (`cti`, which survives re-signing).
    PermitId;
    /// What the list of withdrawals calls a permit; see [`PermitMark::of`].
    PermitMark;
    /// One inspection's document, derived from its permit, site and checklist.
    DocumentId;
}
