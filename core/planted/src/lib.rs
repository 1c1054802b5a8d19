//! Known bugs, to be planted one at a time: a simulation that does not find them finds nothing.
//!
//! Where such a bug would be, the code asks [`is`]. Without the feature `sown`, so in all that ships, that is a constant no
//! and the compiler leaves nothing of it. With it, [`plant`] switches one on for the whole process.

/// Declares the bugs, each with its name on the command line.
macro_rules! bugs {
    ($($(#[doc = $doc:literal])* $bug:ident = $name:literal,)*) => {
        /// A bug that somebody once made, or could.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Bug { $($(#[doc = $doc])* $bug,)* }

        impl Bug {
            /// All of them.
            pub const ALL: &[Bug] = &[$(Bug::$bug),*];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Bug::$bug => $name,)* }
            }

            /// What it is, in words.
            pub const fn what(self) -> &'static str {
                match self { $(Bug::$bug => concat!($($doc),*).trim_ascii(),)* }
            }
        }
    };
}

bugs! {
    /// The server acknowledges before it commits.
    AckBeforeCommit = "ack-before-commit",
    /// The phone stores a cursor before what it came with.
    CursorAlone = "cursor-alone",
    /// The phone goes on under the actor of an earlier opening.
    NoActorRotation = "no-actor-rotation",
    /// What a change depends on need not be there.
    DependencyUnchecked = "dependency-unchecked",
    /// Held work is thrown away.
    HeldDropped = "held-dropped",
    /// Who is let in again is fed nothing of before.
    NoRegrant = "no-regrant",
    /// A change counts without its author's signature.
    UnsignedAccepted = "unsigned-accepted",
    /// A removed row stays removed whatever was written in it unseen.
    RevivedForgotten = "revived-forgotten",
    /// The phone stores its counter after sending.
    CounterAfterSending = "counter-after-sending",
    /// Values that were overwritten stay live on the phone.
    OverwrittenLive = "overwritten-live",
    /// The phone offers nothing again to a server that was restored.
    NotOfferedAgain = "not-offered-again",
    /// Of a phone's own work only its changes, and the sessions that they need, are offered again to a server that was restored.
    RecordsNotOffered = "records-not-offered",
    /// The server does not notice that it was restored.
    RestoreUnnoticed = "restore-unnoticed",
    /// A signature over the same heads is sent once only.
    HeadsOnce = "heads-once",
    /// What a restored server refuses for want of what it lost is refused for good.
    RefusedByRestored = "refused-by-restored",
    /// What was held is not offered again to a server that was restored.
    HeldNotOffered = "held-not-offered",
    /// A request may come twice.
    ReplayAccepted = "replay-accepted",
    /// What the server has already is fed once more.
    FedTwice = "fed-twice",
    /// The feed goes to everybody.
    ForeignFeed = "foreign-feed",
    /// The feed leaves out who wrote what is in it.
    SessionsUnfed = "sessions-unfed",
    /// A full answer's cursor leads past what did not fit.
    CursorSkips = "cursor-skips",
    /// An answer that was cut counts as if all of it had come.
    CutIsWhole = "cut-is-whole",
    /// A permit that was signed anew is fed behind what was written under it.
    PermitBehind = "permit-behind",
    /// A choice is noted, and the values stay as they are.
    ChoiceAlone = "choice-alone",
    /// Photo entries of a restored phone keep the places that are taken.
    ChainUnmended = "chain-unmended",
    /// What comes after an inspection was left counts all the same.
    LateAccepted = "late-accepted",
    /// What is written under a permit that was withdrawn counts all the same.
    WithdrawnAccepted = "withdrawn-accepted",
    /// A revoked phone is emptied though the office may still enter what its work was refused for.
    WantingForgotten = "wanting-forgotten",
    /// A past that the server has again is not continued: the phone witnesses nothing any more.
    RegainedIgnored = "regained-ignored",
    /// Changes that came together are told to stand alike.
    AllAlike = "all-alike",
    // Believed only where the name that it carries stands there again, it would do harm by a rare chance alone.
    /// A cursor of a past that is lost is believed, whatever stands at its place by now.
    LostCursorBelieved = "lost-cursor-believed",
    /// An answer in a row that is there by itself vanishes when somebody adds a row.
    AutomaticRowForgotten = "automatic-row-forgotten",
    /// Held work that comes into force by itself is not told.
    ReleaseUntold = "release-untold",
    /// What is handed over counts without its author's signature.
    HandedUnproven = "handed-unproven",
    /// What was handed over is brought to the server by nobody.
    HandedKept = "handed-kept",
    /// What the server has fed is brought back to it by nobody, once it has lost that.
    FedForgotten = "fed-forgotten",
    /// What was told in a past counts as there in every other that has as many entries.
    LostPastBelieved = "lost-past-believed",
    /// The phone goes on from work that was declined or refused.
    NoFork = "no-fork",
    /// A change is dropped for a pack that does not hold it.
    CompactionUnproven = "compaction-unproven",
}

#[cfg(feature = "sown")]
mod sown {
    use super::Bug;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// One more than the place of the planted bug; 0 for none.
    static PLANTED: AtomicUsize = AtomicUsize::new(0);

    pub(super) fn is(bug: Bug) -> bool {
        PLANTED.load(Ordering::Relaxed) == bug as usize + 1
    }

    /// Plants a bug in this process, in place of the one before; none for none.
    pub fn plant(bug: Option<Bug>) {
        PLANTED.store(bug.map_or(0, |bug| bug as usize + 1), Ordering::Relaxed);
    }
}

#[cfg(feature = "sown")]
pub use sown::plant;

/// Whether this bug is planted.
#[cfg(feature = "sown")]
pub fn is(bug: Bug) -> bool {
    sown::is(bug)
}

/// Whether this bug is planted: never.
#[cfg(not(feature = "sown"))]
#[inline(always)]
pub const fn is(_: Bug) -> bool {
    false
}
