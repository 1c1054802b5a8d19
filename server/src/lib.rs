//! The server of Wurao: sync, evidence and the supervisors' page.

pub mod page;
