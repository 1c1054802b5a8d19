//! The pages supervisors open.
//!
//! Start with [`view`]: one plain struct per page, filled by the routes and turned into HTML by its `render`. A
//! [`Frame`] says what is the same around every page: reader, language, moment. [`words`] holds every fixed word in
//! both languages, [`address`] every link, [`assets`] the style, the script and the icons, all served from memory.
//!
//! Deliberately absent: queries, routes and permissions (the caller's), a map, any script or style inside a page, any
//! request to another host, any script the page would need in order to be read.

pub mod address;
pub mod assets;
mod frame;
mod lang;
mod parts;
mod show;
pub mod view;
pub mod words;

#[cfg(test)]
mod tests;

pub use crate::days::ZONE;
pub use frame::Frame;
pub use lang::Lang;
