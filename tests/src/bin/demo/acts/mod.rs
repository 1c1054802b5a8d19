//! The demo in three acts.

pub(crate) mod away;
pub(crate) mod begin;
pub(crate) mod online;
pub(crate) mod permits;
