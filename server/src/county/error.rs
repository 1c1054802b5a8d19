//! What can be wrong with a county file.

/// Why a county file cannot be loaded, and which entry is to blame.
#[derive(Debug, thiserror::Error)]
pub enum CountyError {
    /// The file cannot be read.
    #[error("{file}: {source}")]
    Unreadable {
        /// Which file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// Not JSON of the documented shape; the text names line and column.
    #[error("{file}: {source}")]
    Shape {
        /// Which file.
        file: String,
        /// What and where.
        source: serde_json::Error,
    },
    /// An entry says what cannot be.
    #[error("{entry}: {what}")]
    Entry {
        /// Which entry, such as `sites[3]`.
        entry: String,
        /// What is wrong with it.
        what: String,
    },
    /// An entry names something that is not in the file.
    #[error("{entry} names {name}, which is not in {list}")]
    Unknown {
        /// Which entry.
        entry: String,
        /// The name.
        name: String,
        /// The list it should be in.
        list: &'static str,
    },
    /// Two entries of one list have the same name.
    #[error("{entry}: {name} is there twice")]
    Twice {
        /// The second of them.
        entry: String,
        /// The name.
        name: String,
    },
    /// A workbook is no checklist.
    #[error("{entry}: workbook {workbook}: {what}")]
    Workbook {
        /// Which entry.
        entry: String,
        /// Which workbook.
        workbook: String,
        /// What is wrong with it, with the cell.
        what: String,
    },
}

impl CountyError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "county-unreadable",
            Self::Shape { .. } => "county-shape",
            Self::Entry { .. } => "county-entry",
            Self::Unknown { .. } => "county-unknown-name",
            Self::Twice { .. } => "county-twice",
            Self::Workbook { .. } => "county-workbook",
        }
    }

    pub(super) fn entry(entry: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Entry { entry: entry.into(), what: what.into() }
    }
}
