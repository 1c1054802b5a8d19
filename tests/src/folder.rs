//! Folders and what lies in them.

use crate::{Doing, Trouble};
use std::path::Path;

/// A copy of all files of a folder; of a folder in use, as they lie there, which is what a kill leaves.
///
/// # Errors
/// When one cannot be read or written.
pub fn copy(from: &Path, to: &Path) -> Result<(), Trouble> {
    std::fs::create_dir_all(to).doing("make a folder")?;
    for entry in std::fs::read_dir(from).doing("list a folder")? {
        let entry = entry.doing("list a folder")?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target).doing("copy a file")?;
        }
    }
    Ok(())
}
