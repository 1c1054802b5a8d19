//! The supervisors' pages: their routes, and how their views are filled. Signing in is in [`crate::people`].
//!
//! A handler reads one moment of the database into a view of [`crate::page`] and renders it. [`Case`] is all that is
//! known of one inspection, evaluated; every page about inspections is made from cases, and so is [`crate::export`].
//! [`Reader`] is who asks: signed in, allowed to read, with a language and a scope.
//!
//! Deliberately absent: loading a document (everything comes from the projection's rows), a query without a scope, and
//! any page for inspectors, who work on their phones.

mod assets;
mod blobs;
pub(crate) mod burden;
mod case;
mod checklists;
mod chosen;
mod county;
mod fields;
mod findings;
mod handlers;
mod held;
mod inspection;
mod phones;
mod photos;
mod reader;
mod sections;
mod timeline;
mod words;

pub(crate) use burden::year;
pub(crate) use case::Case;
pub(crate) use checklists::Checklists;
pub(crate) use chosen::{ChosenAnswer, SaidValue, chosen};
pub(crate) use held::said as held_said;
pub(crate) use inspection::page as inspection_page;
pub(crate) use words::scalar_text;

pub use handlers::routes;
pub(crate) use phones::page as phones_page;
pub use reader::Reader;
pub(crate) use reader::{html_page, remembering, strangers};

/// Where a blob is served.
pub(crate) fn blob_address(sha256: &wurao_protocol::Digest) -> String {
    format!("{BLOBS}{sha256}")
}

/// Where photos are served, by their hash.
const BLOBS: &str = "/blobs/";
