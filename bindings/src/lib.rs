//! The phone's facade for Kotlin, Swift and Python: convert, call, convert.
//!
//! Nothing is decided here. Each method of [`Phone`] is one call of the facade of the same name; ids cross as hex text,
//! files as paths, moments as milliseconds. Where to start: `phone.rs`; `views.rs` has what comes back, `ports.rs` what
//! an app may bring (key store, clock, an observer of syncs), `error.rs` what can go wrong.
//!
//! Absent on purpose: `async` (calls are plain and short, a sync is run on the app's own background thread), originals as
//! bytes, and any method that the facade does not have.

mod convert;
mod error;
mod permits;
mod phone;
mod ports;
mod views;

pub use error::PhoneError;
pub use permits::{
    Cause, ChecklistView, Colour, LateStart, LateState, LateView, PermitFacts, Shown, SiteView, Verified,
};
pub use phone::{Cancel, Phone, qr_png};
pub use ports::{DeviceClock, DeviceKeyStore, DeviceSigner, PortError, SyncObserver};
pub use views::{
    Amended, Among, Choice, Enrolled, Field, FieldStanding, Form, FormFinding, FormItem, HandOver, HandedOver, Held,
    HeldBy, Outbox, PersonView, PhotoState, PhotoView, RawValue, RowView, SectionView, Settled, Step, SyncOptions,
    SyncReport, Unsettled, Words, WorkItem, WorkState,
};

uniffi::setup_scaffolding!();
