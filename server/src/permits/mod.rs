//! Permits: signing, signing anew without the phones that show it no more, withdrawing, the list of keys, withdrawals and
//! phones.
//!
//! A permit is approved elsewhere ([`crate::plan`], [`crate::county`]); here it is signed, its inspection opened and
//! everyone told who needs to know. [`trust`] makes the list by which phones and villages judge permits.

mod issue;
pub(crate) mod keys;
mod phones;
mod renew;
mod revoke;
pub mod trust;
mod withdraw;

pub(crate) use issue::OPEN_FOR_S;
pub use issue::{Approved, Issued, fits, issue, visits};
pub(crate) use phones::following;
pub use renew::{renew, renew_for};
pub use revoke::revoke_device;
pub use withdraw::withdraw;
