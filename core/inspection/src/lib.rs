//! An inspection's document read under its checklist: what phone and page both show.
//!
//! [`Compiled`] is a checklist ready to use, read under the hash it must have. [`Reading`] is a document's live puts
//! under it at one moment: the answers, their evaluation, who disagrees. [`Reading::outline`] is the form with them:
//! sections, questions, rows; [`settled`] is what was chosen among. [`value`], [`scalar`] and [`text`] lead from a document's values to a checklist's and to
//! words; [`Compiled::shown`] and [`label`] are those words.
//!
//! Where to start: [`Reading::new`], then [`Reading::outline`].
//!
//! What it deliberately does not do: it knows no person, device, photo file or language of its own, reads no clock,
//! stores nothing, and draws nothing. It neither loads a document nor writes one.

mod answers;
mod compiled;
mod error;
mod key;
mod outline;
mod reading;
mod settled;
mod value;
mod words;

pub use compiled::Compiled;
pub use error::ChecklistError;
pub use key::{key, question_of, remark, remarked};
pub use outline::{Entry, Item, Row, Rows, Section};
pub use reading::{Reading, at};
pub use settled::{Among, Settled, settled};
pub use value::{scalar, text, value};
pub use words::{choice_label, label};
