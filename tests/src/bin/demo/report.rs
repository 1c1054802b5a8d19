//! What the demo counted.

use serde_json::json;
use std::path::Path;
use wurao_device::SyncReport;
use wurao_tests::{Doing, Trouble};

/// Whether a report can be written there, asked before the work it reports. What is in the file stays.
pub(crate) fn check_writable(file: &Path) -> Result<(), Trouble> {
    let opened = std::fs::OpenOptions::new().create(true).append(true).open(file);
    opened.map(drop).doing(format!("write {}", file.display()))
}

/// Counts; those of the self-check stay zero without one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) phones: u64,
    pub(crate) inspections: u64,
    pub(crate) answers: u64,
    pub(crate) conflicts: u64,
    pub(crate) chosen: u64,
    pub(crate) findings: u64,
    pub(crate) photos: u64,
    pub(crate) text_bytes_up: u64,
    pub(crate) text_bytes_down: u64,
    pub(crate) photo_bytes_up: u64,
    pub(crate) requests_per_sync: u32,
    pub(crate) differences: Vec<String>,
    pub(crate) seconds: f64,
}

impl Report {
    /// Adds what a sync did.
    pub(crate) fn add(&mut self, sync: &SyncReport) {
        self.text_bytes_up += sync.text_bytes_up;
        self.text_bytes_down += sync.text_bytes_down;
        self.photo_bytes_up += sync.photo_bytes_up;
        self.requests_per_sync = self.requests_per_sync.max(sync.requests);
    }

    /// Writes it as one JSON object.
    pub(crate) fn write(&self, file: &Path) -> Result<(), Trouble> {
        let object = json!({
            "phones": self.phones,
            "inspections": self.inspections,
            "answers": self.answers,
            "conflicts": self.conflicts,
            "chosen": self.chosen,
            "findings": self.findings,
            "photos": self.photos,
            "text_bytes_up": self.text_bytes_up,
            "text_bytes_down": self.text_bytes_down,
            "photo_bytes_up": self.photo_bytes_up,
            "requests_per_sync": self.requests_per_sync,
            "mismatches": self.differences.len(),
            "seconds": (self.seconds * 1000.0).round() / 1000.0,
        });
        std::fs::write(file, format!("{object:#}\n")).doing(format!("write {}", file.display()))
    }
}
