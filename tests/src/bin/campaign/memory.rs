//! How much memory this program has.
//!
//! Counts what is allocated by all of it: a vector that grows counts with its old and its new place, which is the worst that an
//! allocator makes of it. What SQLite and zstd allocate by themselves is bounded by their own settings and not counted.

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes now.
pub(crate) fn now() -> usize {
    MEMORY.current_usage()
}

/// The most bytes since [`begin`].
pub(crate) fn most() -> usize {
    MEMORY.peak_usage()
}

/// Forgets what was the most.
pub(crate) fn begin() {
    MEMORY.reset_peak_usage();
}
