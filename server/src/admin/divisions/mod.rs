//! The division tree with its history.
//!
//! A row says what a code is called from its first day to its last; what an abolished code became stands beside it.
//! A merge moves the sites to the successor on its day; a split waits until the table of sites says which goes where.

mod import;
mod roll;
mod tree;

pub(super) use import::{COLUMNS, follow_merges, import};
pub(crate) use roll::{keep_current, place, refresh};
pub use tree::Listed;
pub(super) use tree::{Tree, listed, needs_a_division, prefix, shape};
