//! What the list of withdrawals calls a permit.
//!
//! The list is public, and a permit's id is all that its [short code](PermitId::short_code) takes: a list of ids would lead
//! anybody to every withdrawn visit. Whoever has the permit finds its mark; from the mark nobody finds the permit.

use crate::{Digest, PermitId, PermitMark};

impl PermitMark {
    /// The mark of a permit: the first 16 bytes of SHA-256 over `wurao withdrawn` and the permit's id.
    pub fn of(permit: &PermitId) -> Self {
        Self(Digest::of(&[b"wurao withdrawn", &permit.0]).first_16())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_never_changes_and_says_nothing_of_the_id() {
        // printf 'wurao withdrawn' and sixteen bytes c1, through sha256sum.
        let mark = PermitMark::of(&PermitId([0xc1; 16]));
        assert_eq!(mark.to_string(), "06263ee64845e4f126c650f5e598cb8a");
        assert_ne!(mark, PermitMark::of(&PermitId([0xc2; 16])));
        assert_ne!(PermitId(mark.0).short_code(), PermitId([0xc1; 16]).short_code());
    }
}
