//! Every way a change or a row can be wrong.

use thiserror::Error;

use crate::ids::{ActorId, ChangeHash, OpId};
use crate::value::Map;

/// A refusal of the gate, or a failure of the store it asked.
#[derive(Debug, Error)]
pub enum AdmitError<E> {
    /// The change is not one of this document, or not one an honest builder writes.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// The store could not answer; says nothing about the change.
    #[error("the store did not answer")]
    History(#[source] E),
}

impl<E> AdmitError<E> {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            AdmitError::Gate(gate) => gate.code(),
            AdmitError::History(_) => "store",
        }
    }
}

/// A column of a row that this crate did not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{row} in a row is damaged near byte {at}")]
pub struct RowError {
    /// What the column holds.
    pub row: &'static str,
    /// About where.
    pub at: usize,
}

impl RowError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        "damaged-row"
    }
}

macro_rules! gate_errors {
    ($($(#[doc = $doc:literal])+ #[error($text:literal)] $name:ident $({ $($(#[doc = $field_doc:literal])+ $field:ident: $kind:ty),* $(,)? })? => $code:literal,)*) => {
        /// Why the gate refused, one variant a reason, each with a stable code.
        #[derive(Clone, Debug, PartialEq, Eq, Error)]
        pub enum GateError {
            $($(#[doc = $doc])+ #[error($text)] $name $({ $($(#[doc = $field_doc])+ $field: $kind),* })?,)*
        }

        impl GateError {
            /// The stable code of this reason.
            pub fn code(&self) -> &'static str {
                match self {
                    $(GateError::$name $({ $($field: _),* })? => $code,)*
                }
            }

            /// The codes of all reasons, for documents and for tests that want each one met.
            pub const CODES: &[&str] = &[$($code),*];
        }
    };
}

gate_errors! {
    /// More bytes than a change may have.
    #[error("a change of {length} bytes, more than {limit}")]
    ChangeTooLarge {
        /// Bytes found.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    } => "change-too-large",
    /// The bytes end early, or a number in them is none.
    #[error("damaged: no {what} at byte {at}")]
    Damaged {
        /// What should have stood there.
        what: &'static str,
        /// Where reading stopped.
        at: usize,
    } => "damaged",
    /// The checksum does not fit the content.
    #[error("the checksum does not fit the content")]
    Checksum => "checksum",
    /// A chunk, but a document, a bundle or a deflated change.
    #[error("a chunk of type {chunk}, not a raw change")]
    NotAChange {
        /// The type byte.
        chunk: u8,
    } => "not-a-change",
    /// Bytes after the last column, or after the chunk.
    #[error("{length} bytes after the end")]
    TrailingBytes {
        /// How many.
        length: usize,
    } => "trailing-bytes",
    /// A commit text; honest builders write none.
    #[error("a commit text of {length} bytes")]
    CommitText {
        /// Its bytes.
        length: u64,
    } => "commit-text",
    /// The actor or another named actor has not 16 bytes.
    #[error("an actor of {length} bytes")]
    ActorLength {
        /// Its bytes.
        length: u64,
    } => "actor-length",
    /// The genesis actor goes on.
    #[error("a change by the genesis actor")]
    GenesisActor => "genesis-actor",
    /// The time is out of range.
    #[error("the time {time_ms} ms is out of range")]
    Time {
        /// The time found.
        time_ms: i64,
    } => "time",
    /// An operation counter or sequence number beyond the cap.
    #[error("counter {counter}, more than {limit}")]
    CounterTooLarge {
        /// The counter found.
        counter: u64,
        /// The cap.
        limit: u64,
    } => "counter-too-large",
    /// A list of more entries than allowed.
    #[error("{count} {list}, more than {limit}")]
    TooMany {
        /// Which list.
        list: &'static str,
        /// Entries claimed.
        count: u64,
        /// Entries allowed.
        limit: usize,
    } => "too-many",
    /// A run-length record claims more rows than a change may have; refused before a row is made.
    #[error("column {column} claims a run of {length}, with room for {limit}")]
    RunTooLong {
        /// The column.
        column: u64,
        /// Rows claimed.
        length: u64,
        /// Rows still allowed.
        limit: usize,
    } => "run-too-long",
    /// A column that a scalar put does not have, or a column twice or out of order.
    #[error("column {column} is unknown or out of order")]
    Column {
        /// The column.
        column: u64,
    } => "column",
    /// Columns that do not have the same number of rows.
    #[error("column {column} has {rows} rows where {wanted} are due")]
    Ragged {
        /// The column.
        column: u64,
        /// Its rows.
        rows: usize,
        /// The rows of the change.
        wanted: usize,
    } => "ragged-columns",
    /// An index into the actors that names none.
    #[error("actor number {index} of {actors}")]
    ActorIndex {
        /// The index.
        index: u64,
        /// Actors listed.
        actors: usize,
    } => "actor-index",
    /// No operation.
    #[error("a change without operations")]
    NoOps => "no-ops",
    /// An operation other than a put at a key: delete, increment, make, mark, list insert.
    #[error("operation {op} is no put at a key (action {action})")]
    NotAPut {
        /// Which of the change's operations.
        op: usize,
        /// Automerge's action number.
        action: u64,
    } => "not-a-put",
    /// A put at the root, where only the genesis writes.
    #[error("operation {op} puts at the root")]
    PutAtRoot {
        /// Which of the change's operations.
        op: usize,
    } => "put-at-root",
    /// A put into an object that is none of the genesis maps.
    #[error("operation {op} puts into unknown object {object}")]
    UnknownObject {
        /// Which of the change's operations.
        op: usize,
        /// The object.
        object: OpId,
    } => "unknown-object",
    /// An empty key.
    #[error("an empty key in {map:?}")]
    EmptyKey {
        /// The map.
        map: Map,
    } => "empty-key",
    /// A key beyond the cap.
    #[error("a key of {length} bytes in {map:?}, more than {limit}")]
    KeyTooLong {
        /// The map.
        map: Map,
        /// Its bytes.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    } => "key-too-long",
    /// A key or text that is not UTF-8.
    #[error("operation {op} has a key or text that is not UTF-8")]
    NotText {
        /// Which of the change's operations.
        op: usize,
    } => "not-text",
    /// A key that only the genesis writes.
    #[error("the genesis wrote {key:?} for good")]
    GenesisKey {
        /// The key.
        key: String,
    } => "genesis-key",
    /// One key twice in a change.
    #[error("{map:?} {key:?} twice in one change")]
    KeyTwice {
        /// The map.
        map: Map,
        /// The key.
        key: String,
    } => "key-twice",
    /// A counter value: adds up where a value is due.
    #[error("operation {op} puts a counter")]
    CounterValue {
        /// Which of the change's operations.
        op: usize,
    } => "counter-value",
    /// A scalar type this document does not use.
    #[error("operation {op} puts a value of type {kind}")]
    ValueType {
        /// Which of the change's operations.
        op: usize,
        /// Automerge's type number.
        kind: u64,
    } => "value-type",
    /// NaN or an infinity.
    #[error("{map:?} {key:?} is not a finite number")]
    NotFinite {
        /// The map.
        map: Map,
        /// The key.
        key: String,
    } => "not-finite",
    /// A text or bytes beyond the cap.
    #[error("a value of {length} bytes at {map:?} {key:?}, more than {limit}")]
    ValueTooLong {
        /// The map.
        map: Map,
        /// The key.
        key: String,
        /// Its bytes.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    } => "value-too-long",
    /// A put in `choices` that settles no key written in the same change, or names no operations.
    #[error("the choice {key:?} does not fit its change")]
    BadChoice {
        /// The key in `choices`.
        key: String,
    } => "bad-choice",
    /// The same operation overwritten twice.
    #[error("operation {op} names {pred} twice")]
    PredTwice {
        /// Which of the change's operations.
        op: usize,
        /// The operation named.
        pred: OpId,
    } => "pred-twice",
    /// Well formed, but not the bytes an honest builder writes for this content.
    #[error("another spelling of change content than Automerge's own")]
    NotCanonical => "not-canonical",
    /// No dependency: would fit any document.
    #[error("a change without dependencies")]
    NoDeps => "no-deps",
    /// Dependencies not in order.
    #[error("dependencies are not sorted")]
    DepsUnsorted => "deps-unsorted",
    /// A dependency twice.
    #[error("a dependency named twice")]
    DepTwice => "dep-twice",
    /// Already here; nothing to do.
    #[error("change {seq} of {actor} is already here")]
    AlreadyKnown {
        /// The actor.
        actor: ActorId,
        /// The change's number.
        seq: u64,
    } => "already-known",
    /// The same number of the same actor with other bytes: a cloned or restored device.
    #[error("another change {seq} of {actor} is already here")]
    Equivocation {
        /// The actor.
        actor: ActorId,
        /// The change's number.
        seq: u64,
        /// The change that is here.
        known: ChangeHash,
    } => "equivocation",
    /// A dependency that is not here; it may still come.
    #[error("depends on a change that is not here")]
    UnknownDependency {
        /// The first one missing.
        dependency: ChangeHash,
    } => "unknown-dependency",
    /// The actor's change before this one is missing, though all dependencies are here.
    #[error("change {seq} of {actor} where {wanted} is next")]
    SeqGap {
        /// The actor.
        actor: ActorId,
        /// The number found.
        seq: u64,
        /// The number due.
        wanted: u64,
    } => "seq-gap",
    /// The actor's change before this one is not among its ancestors.
    #[error("change {seq} of {actor} does not follow the actor's own last change")]
    NotAfterOwn {
        /// The actor.
        actor: ActorId,
        /// The number found.
        seq: u64,
    } => "not-after-own",
    /// The counters do not start right after those of the dependencies.
    #[error("counters start at {start_op}, not at {wanted}")]
    StartOp {
        /// The start found.
        start_op: u64,
        /// The start due.
        wanted: u64,
    } => "start-op",
    /// Overwrites an operation that was never at this key.
    #[error("{map:?} {key:?} never held {pred}")]
    PredUnknown {
        /// The map.
        map: Map,
        /// The key.
        key: String,
        /// The operation named.
        pred: OpId,
    } => "pred-unknown",
    /// Overwrites an operation that is here but that its author had not seen.
    #[error("{pred} at {map:?} {key:?} is no ancestor")]
    PredNotAncestor {
        /// The map.
        map: Map,
        /// The key.
        key: String,
        /// The operation named.
        pred: OpId,
    } => "pred-not-ancestor",
    /// Overwrites an operation that one of its ancestors had overwritten.
    #[error("{pred} at {map:?} {key:?} was overwritten before")]
    PredNotLive {
        /// The map.
        map: Map,
        /// The key.
        key: String,
        /// The operation named.
        pred: OpId,
    } => "pred-not-live",
    /// Leaves standing a value its author had seen.
    #[error("{pred} at {map:?} {key:?} is live and not overwritten")]
    PredMissing {
        /// The map.
        map: Map,
        /// The key.
        key: String,
        /// The operation left out.
        pred: OpId,
    } => "pred-missing",
}
