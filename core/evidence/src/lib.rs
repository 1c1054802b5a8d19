//! Photo evidence: from the file a camera wrote to what an inspection can carry and prove.
//!
//! A photo goes through steps, each durable before the next, each giving the same bytes when it is run again:
//!
//! 1. [`keep`] copies the file into a [`Folder`] under its SHA-256. From here on the photo cannot be lost.
//! 2. [`Processing::begin`] scans the markers ([`scan`]), reads the metadata ([`metadata`]) and decodes once, small.
//! 3. [`Processing::thumbnail`] stores the 320 px thumbnail, so that it can be queued for upload at once.
//! 4. [`Processing::finish`] stores the rendition and returns everything as [`Captured`].
//!
//! [`process`] does 2 to 4 in one call. Start reading there.
//!
//! What this crate deliberately does not do: it signs nothing, knows no inspection, clock or network, keeps no queue,
//! and judges no photo by its content. It never changes an original. A photo that cannot be shown gets a named
//! [`Verdict`]; its original stays kept all the same.

mod encode;
mod error;
mod fit;
mod folder;
mod markers;
mod metadata;
mod orientation;
mod phash;
mod picture;
mod process;
mod resample;
pub mod sample;
mod scan;
mod sealed;

pub use encode::Rendered;
pub use error::{EvidenceError, Verdict};
pub use folder::{Blob, BlobReader, Folder, MAX_FILE_BYTES, Random, keep, keep_reader};
pub use metadata::{Metadata, Position, Taken, metadata};
pub use orientation::Orientation;
pub use phash::{distance, phash};
pub use picture::{Picture, RENDITION_BYTES, RENDITION_SIDE, THUMBNAIL_SIDE};
pub use process::{Captured, Processing, Stored, media_type, process};
pub use scan::{MAX_PIXELS, MAX_PROGRESSIVE_SCANS, MAX_SIDE, MEMORY_BUDGET, Scan, scan};
pub use sealed::FilesKey;
