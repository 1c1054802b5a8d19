//! The pages supervisors open.
