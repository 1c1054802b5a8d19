//! A phone in a process of its own: `wurao-phone shell`, talked to line by line.

use crate::process::Process;
use crate::{Doing, Trouble, roles};
use std::path::Path;

/// A running shell.
pub struct Shell(Process);

impl Shell {
    /// Opens the phone in this folder.
    pub fn open(program: &Path, folder: &Path) -> Result<Self, Trouble> {
        Ok(Self(Process::start(
            program,
            &[Path::new(roles::PHONE), Path::new("--folder"), folder, Path::new("shell")],
        )?))
    }

    /// Gives a command and waits for its `ok`; the lines before it.
    pub fn ask(&mut self, command: &str) -> Result<Vec<String>, Trouble> {
        self.tell(command)?;
        self.answered().doing(command)
    }

    /// Gives a command and does not wait.
    pub fn tell(&mut self, command: &str) -> Result<(), Trouble> {
        self.0.say(command)
    }

    /// The lines up to the next `ok`.
    pub fn answered(&self) -> Result<Vec<String>, Trouble> {
        let mut lines = Vec::new();
        loop {
            let line = self.0.line()?;
            if line == "ok" {
                return Ok(lines);
            }
            if line.starts_with("error ") {
                return Err(Trouble::new("the phone says", line));
            }
            lines.push(line);
        }
    }

    /// The next line, whatever it is.
    pub fn line(&self) -> Result<String, Trouble> {
        self.0.line()
    }

    /// Whether a command told has been answered by now; reads over the lines before that.
    pub fn is_over(&self) -> bool {
        std::iter::from_fn(|| self.0.line_if_there()).any(|line| line == "ok" || line.starts_with("error "))
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Kills it (SIGKILL); the lines it had printed and nobody had read.
    pub fn kill(self) -> Vec<String> {
        self.0.kill()
    }
}

/// A word for a shell line, quoted.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
