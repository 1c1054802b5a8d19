//! A child process whose lines are read with a deadline and which never outlives its handle.

use crate::{Doing, Trouble};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long a line may take; far more than any of them needs on a busy machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// A running child.
pub struct Process {
    name: String,
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Process {
    /// Starts a program with these arguments; the first of them is what it is called in errors.
    pub fn start<A: AsRef<OsStr>>(program: &Path, arguments: &[A]) -> Result<Self, Trouble> {
        let name = arguments.first().map(|first| first.as_ref().to_string_lossy().into_owned()).unwrap_or_default();
        let doing = || format!("start {} {name}", program.display());
        let mut child =
            Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().doing(doing())?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (input, output) = pipes.ok_or_else(|| Trouble::new(doing(), "no pipes"))?;
        let (told, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if told.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { name, child, input, lines })
    }

    /// The next line it prints.
    pub fn line(&self) -> Result<String, Trouble> {
        self.lines.recv_timeout(DEADLINE).doing(format!("read a line of {}", self.name))
    }

    /// A line it has printed already.
    pub fn line_if_there(&self) -> Option<String> {
        self.lines.try_recv().ok()
    }

    /// Writes a line to it.
    pub fn say(&mut self, line: &str) -> Result<(), Trouble> {
        writeln!(self.input, "{line}").and_then(|()| self.input.flush()).doing(format!("say {line:?} to {}", self.name))
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it as a power cut would (SIGKILL) and waits until it is gone; the lines it had printed.
    pub fn kill(mut self) -> Vec<String> {
        self.end();
        self.lines.iter().collect()
    }

    /// Waits for its own end; whether it was a success, and the lines it printed.
    pub fn wait(mut self) -> Result<(bool, Vec<String>), Trouble> {
        let status = self.child.wait().doing(format!("wait for {}", self.name))?;
        Ok((status.success(), self.lines.iter().collect()))
    }

    fn end(&mut self) {
        // An error means that it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
