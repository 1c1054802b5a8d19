//! A disk that fails under SQLite: power cuts that lose what was not flushed, a full disk, I/O errors.
//!
//! [`Disk::under`] watches a folder. Whatever SQLite opens there goes on to the real files, and beside them is kept what would
//! be left of them: [`Image`] holds a file's flushed bytes and each write since. After a [`Fault::Cut`] nothing works any
//! more until [`Disk::settle`]; then the files are what was flushed and, by chance, some of what was not, torn. Faults come
//! at the operation that was named, chance comes from a seed: the same again does the same again.
//!
//! SQLite finds all this by the process's default VFS, which `sqlite.rs` makes a shim over the system's own: the product's
//! code is what ships, and locks and the WAL's shared memory are SQLite's own.
//!
//! Absent on purpose: what is written past SQLite (photos, keys, the sealed journal) is not watched.

mod disk;
mod image;
mod plan;
#[expect(unsafe_code, reason = "SQLite asks for its files through C functions")]
mod sqlite;
mod watched;

pub use disk::{Disk, Settled};
pub use image::Image;
pub use plan::{Fault, Operation, Plan};
pub use sqlite::seed_sqlite;

#[cfg(test)]
mod tests;
