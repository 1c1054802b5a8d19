//! The phone: one SQLite file and one folder of photos, and everything an inspector does with them.
//!
//! [`Phone`] is the only entry. Its methods are plain calls with plain types: no Automerge and no SQLite shows through.
//! What a call has returned is durable (`synchronous=FULL`). Nothing here needs a network but [`Phone::enrol`] and
//! [`Phone::sync`].
//!
//! Where to start: `phone.rs` (open), `enrol.rs`, `people.rs` (who is at work, PINs), `inspect.rs` (start, answer,
//! choose, leave), `late.rs` (start without a valid permit, void), `show.rs` (a permit's code), `form/` (what the screen
//! shows), `photo.rs`, `sync/`.
//!
//! Absent on purpose: clocks, randomness, keys and network are arguments ([`Ports`]); [`system`] has those of an
//! ordinary computer.

mod checklists;
mod cleared;
mod enrol;
mod error;
mod fate;
mod form;
mod handover;
mod http;
mod inspect;
mod journal;
mod late;
mod people;
mod phone;
mod photo;
mod picture;
mod ports;
mod proven;
mod show;
mod store;
mod sync;
pub mod system;
pub mod terminal;
mod trust;
mod wipe;
mod work;

pub use enrol::Enrolled;
pub use error::PhoneError;
pub use fate::{LateState, LateView};
pub use form::{
    Amended, Among, Field, FieldStanding, Form, FormFinding, FormItem, Held, HeldBy, RowView, SectionView, Settled,
};
pub use handover::{HandOver, HandedOver};
pub use inspect::RawValue;
pub use late::{ChecklistView, LateStart, SiteView};
pub use people::PersonView;
pub use phone::{Phone, Settings};
pub use photo::{PhotoState, PhotoView};
pub use ports::{
    Clock, DeviceKey, HttpAnswer, HttpRequest, KeyStore, KeyStoreError, Network, NetworkError, Ports, Random,
};
pub use show::{PermitFacts, Shown, Verified, qr_png};
pub use sync::{Cancel, Observer, Step, SyncOptions, SyncReport, SyncRun, Want};
pub use work::{Outbox, Unsettled, UnsettledRecords, WorkItem, WorkState};
pub use wurao_protocol::record::Cause;
pub use wurao_protocol::standing::Colour;
