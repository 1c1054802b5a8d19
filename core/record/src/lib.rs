//! The inspection document: genesis, changes, the gate, the projection.
//!
//! An inspection is one small Automerge document of six flat maps. This crate is the only one that knows that:
//! it names a document ([`Genesis`]), checks what comes from outside ([`admit`]), builds what is written here
//! ([`build`]) and says what a field holds ([`field`]), all from rows that a store keeps ([`History`]), without loading a
//! document. Automerge itself is loaded only by [`verify_with_automerge`] and [`unpack`], and by [`pack`] and
//! [`unpack_all`] through these.
//!
//! Start at [`Genesis`] and [`History`]; [`Ledger`] is a store in memory that shows how the pieces fit.
//!
//! What it does not do: read a clock, make an identifier, touch a file or a database, decide who wrote a change
//! (callers bind an actor to a device through signed heads and [`Clock::covers`]), or know what a question is.

mod build;
pub mod check;
mod choice;
mod chunk;
mod clock;
mod columns;
mod decode;
mod encode;
mod error;
mod field;
mod gate;
mod genesis;
mod ids;
mod ledger;
pub mod limits;
mod pack;
mod reading;
mod reauthor;
mod repeats;
mod rows;
mod tips;
mod value;
mod verify;

pub use build::build;
pub use choice::{choice_key, choose_puts, is_choice};
pub use chunk::change_hash;
pub use clock::Clock;
pub use error::{AdmitError, GateError, RowError};
pub use field::{Choice, Field, Held, Stamp, Standing, field, live, live_at};
pub use gate::admit;
pub use genesis::{GENESIS_VERSION, Genesis, GenesisSeed};
pub use ids::{ActorId, ChangeHash, DocumentId, OpId, ParseIdError};
pub use ledger::Ledger;
pub use pack::{pack, unpack_all};
pub use reading::{ReadRow, Reading, read};
pub use reauthor::{Moves, reauthor, successor};
pub use repeats::{RowPart, add_row_puts, instance_of_answer, is_row_alive, removal_puts, row_key, split_row_key};
pub use rows::{Admitted, ChangeRow, History, OpRow, preds_from_bytes, preds_to_bytes};
pub use tips::{below, tips};
pub use value::{Map, Put, Scalar};
pub use verify::{VerifyError, unpack, verify_with_automerge};
