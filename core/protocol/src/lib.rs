//! What phone and server say to each other.
//!
//! Everything is one of three lanes: *changes* of inspection documents, *records* (immutable, signed, named by their
//! hash) and *blobs*. This crate holds their wire types and nothing that acts: no clock, no network, no store, no
//! knowledge of what is inside a change or a checklist.
//!
//! Where to start: [`envelope`] seals and opens a record, [`record`] has one file per kind, [`sync`] is the one round
//! trip, [`permit`] the approval that an inspection starts from, [`present`] that permit as it is shown and judged,
//! [`problem`] the codes of everything that can go wrong.
//!
//! Absent on purpose: JSON (phones pay for every byte), request ids (every item is idempotent by its hash) and any
//! endpoint for facts beside `POST /v1/sync`.

pub mod audit;
pub mod base43;
pub mod cbor;
pub mod digest;
pub mod enrol;
pub mod envelope;
pub mod feedback;
pub mod frame;
pub mod handover;
pub mod ids;
pub mod invite;
pub mod journal;
pub mod key;
mod mark;
pub mod merkle;
pub mod permit;
pub mod present;
pub mod problem;
pub mod proof;
pub mod record;
pub mod seal;
mod short_code;
mod shorten;
pub mod standing;
pub mod sync;
pub mod words;

pub use digest::Digest;
pub use ids::{BodyId, DeviceId, DocumentId, PermitId, PermitMark, PersonId, PlanItemId, ServerId, SiteId};
pub use problem::Problem;
pub use words::Words;

/// The version of the sync protocol this crate speaks, the first byte of every body.
pub const VERSION: u8 = 1;
