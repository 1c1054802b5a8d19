//! The supervisors' pages over HTTP: what a phone has pushed is what they show, and only to those who may see it.

mod content;
pub(crate) mod county;
mod reader;
mod scope;
