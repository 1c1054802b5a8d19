//! Which operation fails, and how.

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The power is cut: this operation and all after it fail, and what was not flushed is in doubt.
    Cut,
    /// The disk is full: nothing grows.
    Full,
    /// An I/O error.
    Failing,
}

/// A fault and when it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What goes wrong.
    pub fault: Fault,
    /// At which operation from now on, of those that it can hit; the first is 1.
    pub at: u64,
    /// Every such operation after that fails too, until [`Disk::calm`](super::Disk::calm). A cut always lasts.
    pub lasts: bool,
}

/// What SQLite is doing to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Reading bytes.
    Read,
    /// Writing within the file.
    Write,
    /// Writing beyond its end.
    Grow,
    /// Cutting it.
    Truncate,
    /// Flushing it.
    Flush,
    /// Making it.
    Create,
    /// Removing it.
    Delete,
    /// Opening it, or asking how long it is or whether it is there.
    Look,
    /// Mapping shared memory.
    Map,
    /// Making more shared memory.
    MapMore,
    /// Taking a lock.
    Lock,
}

impl Operation {
    /// Whether a fault can come at this. A cut during what changes nothing is a cut before the next change; a lock fails
    /// only when everything does; what fits into the file needs no room.
    pub(super) fn can_meet(self, fault: Fault) -> bool {
        match fault {
            Fault::Cut => self.changes(),
            Fault::Full => matches!(self, Operation::Grow | Operation::Create | Operation::MapMore),
            Fault::Failing => self != Operation::Lock,
        }
    }

    /// Whether this changes what is on the disk.
    fn changes(self) -> bool {
        matches!(
            self,
            Operation::Write
                | Operation::Grow
                | Operation::Truncate
                | Operation::Flush
                | Operation::Create
                | Operation::Delete
        )
    }
}
