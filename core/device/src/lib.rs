//! The phone: one SQLite file and one folder of photos, and everything an inspector does with them.
//!
//! [`Phone`] is the only entry. Its methods are plain calls with plain types: no Automerge and no SQLite shows through.
//! What a call has returned is durable (`synchronous=FULL`). Nothing here needs a network but [`Phone::enrol`] and
//! [`Phone::sync`].
//!
//! Where to start: `phone.rs` (open, enrol, who is at work), `inspect.rs` (start, answer, choose, leave), `form.rs`
//! (what the screen shows), `photo.rs`, `sync/`.
//!
//! Absent on purpose: clocks, randomness, keys and network are arguments ([`Ports`]); [`system`] has those of an
//! ordinary computer.

mod checklists;
mod error;
mod form;
mod http;
mod inspect;
mod phone;
mod photo;
mod ports;
mod store;
mod sync;
pub mod system;
pub mod terminal;
mod work;

pub use error::PhoneError;
pub use form::{Field, FieldStanding, Form, FormFinding, FormItem, Held, HeldBy, RowView, SectionView};
pub use inspect::RawValue;
pub use phone::{Enrolled, PersonView, Phone, Settings};
pub use photo::{PhotoState, PhotoView};
pub use ports::{Clock, HttpAnswer, HttpRequest, KeyStore, KeyStoreError, Network, NetworkError, Ports, Random};
pub use sync::{Cancel, Observer, Step, SyncOptions, SyncReport};
pub use work::{Outbox, Unsettled, UnsettledRecords, WorkItem, WorkState};
