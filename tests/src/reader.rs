//! What a QR reader that nobody here wrote finds in a picture: `zbarimg`, of Debian's `zbar-tools`.

use crate::trouble::{Doing as _, Trouble};
use std::path::Path;
use std::process::Command;

/// The text of the code in a picture.
///
/// # Errors
/// When the reader is missing, or finds no code.
pub fn read_code(picture: &Path) -> Result<String, Trouble> {
    let zbarimg = Command::new("zbarimg").args(["--quiet", "--raw", "--nodbus"]).arg(picture).output();
    let found = zbarimg.doing("zbarimg, of Debian's zbar-tools")?;
    if !found.status.success() {
        return Err(Trouble::new("zbarimg", String::from_utf8_lossy(&found.stderr)));
    }
    let text = String::from_utf8(found.stdout).doing("what zbarimg read")?;
    Ok(text.trim_end_matches('\n').to_owned())
}
