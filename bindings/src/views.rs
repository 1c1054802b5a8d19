//! What comes back: the facade's views with ids as hex text and files as paths. The words are the facade's own.

use crate::permits::LateView;

/// One text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// What enrolling gave.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Enrolled {
    /// The phone's id at the server.
    pub device: String,
    /// What people call it: the name it was let in under first, whatever name came with a later try.
    pub name: String,
    /// Whether it was in already under this code.
    pub already: bool,
    /// Who may work on it.
    pub persons: Vec<PersonView>,
}

/// A person who may work on this phone.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonView {
    /// Who.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Whether they are at work on it now.
    pub at_work: bool,
    /// Whether they have a PIN.
    pub has_pin: bool,
}

/// One visit on the work list.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct WorkItem {
    /// The permit to start under; of a late registration without one, the name it was given.
    pub permit: String,
    /// The plan's or ad-hoc item's number as people say it; empty without a permit.
    pub number: String,
    /// Whether that is an ad-hoc item.
    pub ad_hoc: bool,
    /// Visits this site has had this year before this one.
    pub visits: u16,
    /// The team, by name.
    pub team: Vec<String>,
    /// The inspection it is, or will be.
    pub document: String,
    /// Where.
    pub site: Words,
    /// Which site that is.
    pub site_id: String,
    /// The site's twelve-digit division code.
    pub division: String,
    /// What for.
    pub purpose: Words,
    /// The body that inspects.
    pub body: Words,
    /// The checklist's title.
    pub checklist: Words,
    /// First moment, seconds since 1970 UTC.
    pub not_before_s: i64,
    /// Not after, seconds since 1970 UTC.
    pub expires_s: i64,
    /// How the permit stands now: `valid`, `not-yet`, `expired`, `revoked`, ..., `no-permit`.
    pub permit_standing: String,
    /// How far the visit is.
    pub state: WorkState,
    /// Begun without a valid permit, and what has become of that.
    pub late: Option<LateView>,
    /// It shall not count; why.
    pub voided: Option<String>,
    /// Its permit was withdrawn; why.
    pub withdrawn: Option<String>,
    /// This phone's work there that the server holds, has refused, or that was declined.
    pub problems: Vec<Unsettled>,
}

/// How far a visit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum WorkState {
    /// Not started on this phone.
    Planned,
    /// Started on this phone.
    Started,
    /// The person at work has left.
    Left,
    /// Closed: the whole team has left.
    Closed,
    /// Voided: it does not count, and nobody writes there any more.
    Voided,
}

/// An inspection on the screen.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Form {
    /// Which inspection.
    pub document: String,
    /// The checklist's title.
    pub title: String,
    /// The site's name.
    pub site: String,
    /// What is asked outside any section comes in a section without a title.
    pub sections: Vec<SectionView>,
    /// What the answers imply is wrong.
    pub findings: Vec<FormFinding>,
    /// Questions still to be answered, photos and notes still to be given.
    pub missing: u32,
    /// Fields on which people disagree.
    pub conflicts: u32,
    /// Begun without a valid permit, and what has become of that.
    pub late: Option<LateView>,
    /// It shall not count; why.
    pub voided: Option<String>,
    /// Its permit was withdrawn; why.
    pub withdrawn: Option<String>,
    /// This phone's work in it that the server holds, has refused, or that was declined.
    pub problems: Vec<Unsettled>,
    /// What was written and is not in force: declined, refused, or standing on such. Nothing of it is in the sections.
    pub amendment: Vec<Amended>,
}

/// An answer, a remark or a photo that is kept beside the inspection.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Amended {
    /// The question's uid; of a remark, with `#note` behind it.
    pub question: String,
    /// The instance id.
    pub instance: String,
    /// What is asked.
    pub label: String,
    /// The value as it would be entered; empty when cleared, and of a photo.
    pub value: String,
    /// The value as it is shown.
    pub shown: String,
    /// Of a photo, the SHA-256 of its original, in hex.
    pub original: Option<String>,
    /// That photo, when it was taken on this phone.
    pub photo: Option<PhotoView>,
    /// Who, and when.
    pub by: HeldBy,
    /// How it stands: `declined`, `refused`; what stands on such, `unsent` or `held`.
    pub standing: String,
    /// Why, by its code.
    pub problem: Option<String>,
    /// More about that; of what was declined, the reason given.
    pub detail: Option<String>,
}

/// One section.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct SectionView {
    /// Its heading; empty outside any section.
    pub title: String,
    /// What is in it, in order.
    pub items: Vec<FormItem>,
}

/// One thing in a section.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
#[expect(clippy::large_enum_variant, reason = "what crosses the border is written out, not pointed at")]
pub enum FormItem {
    /// A question.
    Question {
        /// With all about it.
        field: Field,
    },
    /// The rows of a repeated group.
    Rows {
        /// The repeat's uid, for adding a row.
        kind: String,
        /// The instance the rows lie in.
        parent: String,
        /// Its heading.
        title: String,
        /// The rows, in order.
        rows: Vec<RowView>,
    },
}

/// One row of a repeated group.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct RowView {
    /// Its instance id.
    pub instance: String,
    /// Its heading.
    pub title: String,
    /// Its questions, and rows within it.
    pub items: Vec<FormItem>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Field {
    /// The question's uid.
    pub question: String,
    /// The instance id.
    pub instance: String,
    /// What is asked.
    pub label: String,
    /// More about it.
    pub hint: String,
    /// The kind of answer, as workbooks name it.
    pub kind: String,
    /// The value as it would be entered.
    pub value: String,
    /// The value as it is shown.
    pub shown: String,
    /// An answer is required and missing.
    pub missing: bool,
    /// Nobody may change it.
    pub readonly: bool,
    /// What is wrong with the value: `constraint`, `type` or `choice`.
    pub violation: Option<String>,
    /// What the checklist says about that.
    pub violation_text: String,
    /// The answer fails.
    pub failed: bool,
    /// A photo is still needed.
    pub needs_photo: bool,
    /// A note is still needed.
    pub needs_note: bool,
    /// How the answer stands among people.
    pub standing: FieldStanding,
    /// The different values held, the shown one first.
    pub held: Vec<Held>,
    /// The puts that these values are from, in a conflict: choosing among them is told them. Empty otherwise.
    pub among: String,
    /// The choices behind these values. One beside another value: that came without knowing of the choice. Several with
    /// different values: people chose differently.
    pub settled: Vec<Settled>,
    /// The choices on offer.
    pub choices: Vec<Choice>,
    /// Photos attached on this phone.
    pub photos: Vec<PhotoView>,
}

/// One choice on offer.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Choice {
    /// What is entered.
    pub name: String,
    /// What is shown.
    pub label: String,
}

/// How an answer stands among people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum FieldStanding {
    /// No answer.
    Empty,
    /// One value.
    Agreed,
    /// Several values; a person must choose.
    Conflict,
    /// One value, which a person chose among several.
    Chosen,
}

/// A value and who gave it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Held {
    /// The value as it would be entered; empty when cleared.
    pub value: String,
    /// The value as it is shown.
    pub shown: String,
    /// Who, the latest first.
    pub by: Vec<HeldBy>,
}

/// Somebody chose between different values.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Settled {
    /// What they chose, as it is shown.
    pub shown: String,
    /// Who, and when.
    pub by: HeldBy,
    /// All that had been answered or chosen before, in the order in which it was.
    pub among: Vec<Among>,
}

/// A value that was chosen among.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Among {
    /// The value as it is shown; empty when cleared.
    pub shown: String,
    /// Who, and when.
    pub by: HeldBy,
    /// It was a choice itself.
    pub chose: bool,
}

/// Who gave a value, and when.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HeldBy {
    /// The person's name.
    pub person: String,
    /// The phone's name; or that it was on the server's page.
    pub device: String,
    /// When, ms since 1970 UTC by their clock.
    pub at_ms: i64,
}

/// Something wrong that follows from an answer.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FormFinding {
    /// The question.
    pub question: String,
    /// The instance.
    pub instance: String,
    /// `minor`, `major` or `critical`.
    pub severity: String,
    /// What must be done, or the question.
    pub title: String,
    /// What was found.
    pub detail: String,
}

/// A photo as the screen shows it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PhotoView {
    /// SHA-256 of the original, in hex.
    pub original: String,
    /// The question it answers to.
    pub question: String,
    /// The repeat instance.
    pub instance: String,
    /// Where it stands.
    pub state: PhotoState,
    /// The thumbnail's file, once made.
    pub thumbnail: Option<String>,
    /// The rendition's file, once made.
    pub rendition: Option<String>,
    /// The rendition's SHA-256, in hex.
    pub rendition_sha256: Option<String>,
    /// The thumbnail's SHA-256, in hex.
    pub thumbnail_sha256: Option<String>,
}

/// Where a photo stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum PhotoState {
    /// The original is kept; the rest follows at the next opening.
    Kept,
    /// Signed; files not all uploaded.
    Ready,
    /// The server has thumbnail and rendition.
    Uploaded,
    /// The original is kept but cannot be shown.
    Unreadable {
        /// Why.
        code: String,
    },
}

/// One key of an inspection with all its live values.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RawValue {
    /// The map, `answers` for instance.
    pub map: String,
    /// The key in it.
    pub key: String,
    /// The different live values as text, the one shown first.
    pub values: Vec<String>,
}

/// What has not reached the server, or was not taken by it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Outbox {
    /// Changes, by inspection and standing.
    pub changes: Vec<Unsettled>,
    /// Records (sessions, leaves, photo entries) the server has not simply taken.
    pub records: u64,
    /// These by kind and standing.
    pub unsettled_records: Vec<UnsettledRecords>,
    /// Thumbnails not yet uploaded.
    pub thumbnails: u64,
    /// Renditions not yet uploaded.
    pub renditions: u64,
    /// Bytes of both.
    pub bytes: u64,
    /// Photos that cannot be shown (their originals are kept) and files damaged on this phone.
    pub photos_with_problems: u64,
}

/// Own records of one kind that the server has not simply taken.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct UnsettledRecords {
    /// The kind: `wurao/leave`, `wurao/evidence`, ...
    pub kind: String,
    /// `unsent`, `waiting`, `held` or `refused`.
    pub standing: String,
    /// Why, by its code.
    pub problem: Option<String>,
    /// How many.
    pub records: u64,
}

/// Own changes of one inspection that the server has not simply taken.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Unsettled {
    /// The inspection.
    pub document: String,
    /// `unsent`, `waiting`, `held`, `refused` or `declined`.
    pub standing: String,
    /// Why, by its code.
    pub problem: Option<String>,
    /// More about that; of what was declined, the reason given.
    pub detail: Option<String>,
    /// How many.
    pub changes: u64,
}

/// What a sync shall do.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SyncOptions {
    /// Send photos too, once everything written is through.
    #[uniffi(default = true)]
    pub photos: bool,
    /// At most this many bytes of feed in one answer; none for the usual.
    #[uniffi(default = None)]
    pub feed_limit: Option<u32>,
    /// Bytes of a photo in one request; none for the usual.
    #[uniffi(default = None)]
    pub chunk: Option<u32>,
    /// How often to try again, after longer and longer waits, when something broke and nothing had moved.
    #[uniffi(default = 0)]
    pub tries: u32,
    /// It ends after so many milliseconds, however far it came; none: when it is done or cannot be. What a system allows an app
    /// in the background belongs here.
    #[uniffi(default = None)]
    pub most_ms: Option<u32>,
}

/// A step of a sync.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Step {
    /// A round trip was made.
    Round {
        /// Own changes in the request.
        pushed: u64,
        /// Changes in the answer.
        pulled: u64,
    },
    /// Something broke; it is tried again after so many milliseconds.
    Waiting {
        /// Milliseconds.
        ms: u64,
    },
    /// A file goes up.
    Upload {
        /// The file's SHA-256 in hex.
        sha256: String,
        /// Bytes the server has.
        sent: u64,
        /// Bytes in all.
        of: u64,
    },
}

/// What is handed over.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HandOver {
    /// The file, for that phone alone; by whatever way it goes there.
    pub file: Vec<u8>,
    /// What people call the phone it is for.
    pub to: String,
    /// Inspections in it.
    pub inspections: u32,
    /// Answers and other changes in it.
    pub changes: u64,
    /// Inspections that are left out, for no file may hold that much: the oldest. They are brought to the server by this phone.
    pub left: u32,
}

/// What came of a file that was handed over.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HandedOver {
    /// What people call the phone it is from.
    pub from: String,
    /// Answers and other changes that were new here.
    pub changes: u64,
    /// Records that were new here.
    pub records: u64,
    /// Items that did not pass and were set aside.
    pub set_aside: u64,
}

/// What a sync did.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SyncReport {
    /// Requests to `/v1/sync`: one, unless there was more than fits.
    pub requests: u32,
    /// Bytes of their bodies.
    pub text_bytes_up: u64,
    /// Bytes of the answers' bodies.
    pub text_bytes_down: u64,
    /// Own changes the server took or had.
    pub changes_taken: u64,
    /// Own changes the server holds until somebody decides.
    pub changes_held: u64,
    /// Own changes it waits for a signature for.
    pub changes_waiting: u64,
    /// Own changes it refused; they stay here.
    pub changes_refused: u64,
    /// Own records (sessions, leaves, photo entries) the server has answered about.
    pub records_settled: u64,
    /// Of these, refused; they stay here and are in the outbox with their reason.
    pub records_refused: u64,
    /// Changes received.
    pub changes_received: u64,
    /// Records received.
    pub records_received: u64,
    /// What came and did not pass the gate; kept apart.
    pub quarantined: u64,
    /// Changes and records that the server had and has lost, restored from a backup: they are offered again.
    pub offered_again: u64,
    /// Photo entries of this phone that stood where others do that it has forgotten, and were signed anew: it was brought back
    /// from a backup.
    pub signed_anew: u64,
    /// The server showed another past of its audit log than this phone has witnessed.
    pub log_forked: bool,
    /// Files that could not be sent because they are damaged here.
    pub photos_damaged: u32,
    /// Files uploaded whole.
    pub photos_uploaded: u32,
    /// Bytes of files sent.
    pub photo_bytes_up: u64,
}
