//! Fixed keys and one fixed value of every kind of record.

use wurao_protocol::cbor::{self, Bytes, CborError};
use wurao_protocol::enrol::{EnrolAnswer, EnrolRequest};
use wurao_protocol::envelope;
use wurao_protocol::frame::{DocumentChanges, Frame};
use wurao_protocol::handover::{Ask, Contents, HandOver, Known};
use wurao_protocol::key::{Signer, SoftwareKey};
use wurao_protocol::merkle;
use wurao_protocol::permit::{Member, Permit, Visit};
use wurao_protocol::proof::Proof;
use wurao_protocol::record::{
    Blob, Capture, Carried, Cause, Checklist, Checkpoint, Decision, Deed, Device, EvidenceEntry, Heads, Image, Kind,
    Late, Leave, Order, PermitKey, Person, PlanItem, Position, Presentation, Receipt, RecordBody, Revocation,
    RevokedPhone, Session, SignedBy, Site, Stamp, State, TrustList, Verdict, Void, Witness,
};
use wurao_protocol::sync::{
    Answer, DocumentStatus, Feed, Holds, LogMark, Outcome, Request, RequestHead, RequestStart, Status, Upload,
    frames_digest,
};
use wurao_protocol::{
    BodyId, DeviceId, Digest, DocumentId, PermitId, PersonId, PlanItemId, Problem, ServerId, SiteId, Words,
};

pub(crate) fn server_key() -> SoftwareKey {
    SoftwareKey::from_bytes(&[0x11; 32]).unwrap()
}

pub(crate) fn device_key() -> SoftwareKey {
    SoftwareKey::from_bytes(&[0x22; 32]).unwrap()
}

/// Signs permits, by the list of keys.
pub(crate) fn permit_key() -> SoftwareKey {
    SoftwareKey::from_bytes(&[0x33; 32]).unwrap()
}

pub(crate) fn digest(n: u8) -> Digest {
    Digest([n; 32])
}

pub(crate) const SERVER: ServerId = ServerId([0x01; 16]);
pub(crate) const PERSON: PersonId = PersonId([0x02; 16]);
pub(crate) const COLLEAGUE: PersonId = PersonId([0x03; 16]);
pub(crate) const BODY: BodyId = BodyId([0x04; 16]);
pub(crate) const SITE: SiteId = SiteId([0x05; 16]);
pub(crate) const PLAN_ITEM: PlanItemId = PlanItemId([0x06; 16]);
pub(crate) const PERMIT: PermitId = PermitId([0x07; 16]);
pub(crate) const DOCUMENT: DocumentId = DocumentId([0x08; 16]);
const NONCE: [u8; 16] = [0x09; 16];

/// 2026-07-01 09:30:00 in Beijing.
const MORNING_MS: i64 = 1_782_869_400_000;

fn stamp() -> Stamp {
    Stamp { wall_ms: MORNING_MS, mono_ms: 3_600_000, server_ms: Some(MORNING_MS - 86_400_000) }
}

fn actor() -> [u8; 16] {
    Session::actor_of(&device_key().public(), &NONCE)
}

pub(crate) fn session() -> Session {
    Session {
        actor: actor(),
        nonce: NONCE,
        person: PERSON,
        device: device_key().public().device(),
        began: stamp(),
        engine: "wurao 0.1.0".to_owned(),
    }
}

pub(crate) fn leave() -> Leave {
    Leave { document: DOCUMENT, person: PERSON, actor: actor(), heads: vec![digest(0x31), digest(0x32)], at: stamp() }
}

pub(crate) fn evidence() -> EvidenceEntry {
    EvidenceEntry {
        document: DOCUMENT,
        question: "extinguisher".to_owned(),
        instance: "-".to_owned(),
        original: Blob { sha256: digest(0x41), bytes: 3_145_728 },
        media_type: "image/jpeg".to_owned(),
        rendition: Image { blob: Blob { sha256: digest(0x42), bytes: 398_112 }, width: 2016, height: 1512 },
        thumbnail: Image { blob: Blob { sha256: digest(0x43), bytes: 14_200 }, width: 320, height: 240 },
        pipeline: "wurao-evidence 0.1.0".to_owned(),
        perceptual: 0xfedc_ba98_7654_3210,
        capture: Capture {
            attached: stamp(),
            camera_time: Some("2026-07-01T09:29:12+08:00".to_owned()),
            position: Some(Position {
                lat_e7: 304_512_345,
                lon_e7: -1_201_234_567,
                accuracy_cm: Some(480),
                source: "fix".to_owned(),
                datum: "WGS-84".to_owned(),
                mock: Some(false),
            }),
            orientation: 6,
            camera: Some("Acme A1".to_owned()),
        },
        person: PERSON,
        actor: actor(),
        sequence: 2,
        previous: Some(digest(0x44)),
    }
}

/// The first of its chain, by a phone that never met its server, of a photo that says nothing of itself.
pub(crate) fn bare_evidence() -> EvidenceEntry {
    EvidenceEntry {
        capture: Capture {
            attached: Stamp { server_ms: None, ..stamp() },
            camera_time: None,
            position: None,
            orientation: 1,
            camera: None,
        },
        sequence: 1,
        previous: None,
        ..evidence()
    }
}

pub(crate) fn device() -> Device {
    let key = device_key().public();
    Device {
        id: key.device(),
        key: key.to_bytes(),
        name: "督查 1".to_owned(),
        persons: vec![PERSON, COLLEAGUE],
        enrolled_ms: MORNING_MS - 30 * 86_400_000,
    }
}

pub(crate) fn plan_item() -> PlanItem {
    PlanItem {
        id: PLAN_ITEM,
        year: 2026,
        body: BODY,
        body_name: Words::new("应急管理局", "Emergency Management Bureau"),
        purpose: purpose(),
        sites: vec![SITE],
        checklist: digest(0x51),
        team: vec![PERSON, COLLEAGUE],
        from_day: 20_635,
        to_day: 20_637,
        minutes: 40,
    }
}

fn purpose() -> Words {
    Words::new("汛期避险物资", "Flood season shelter stocks")
}

pub(crate) fn checklist() -> Checklist {
    Checklist {
        hash: digest(0x51),
        title: Words::new("村级避险点", "Village shelter"),
        version: "2026.1".to_owned(),
        template: r#"{"questions":[]}"#.to_owned(),
    }
}

pub(crate) fn permit() -> Permit {
    Permit {
        // 2026-07-01 and the two days after it, in Beijing.
        not_before_s: 1_782_835_200,
        expires_s: 1_783_094_400,
        issued_s: 1_782_000_000,
        id: PERMIT,
        visit: visit(),
    }
}

pub(crate) fn visit() -> Visit {
    Visit {
        plan_item: PLAN_ITEM,
        number: "2026-017".to_owned(),
        ad_hoc: false,
        body: BODY,
        body_name: Words::new("应急管理局", "Emergency Management Bureau"),
        purpose: purpose(),
        site: SITE,
        site_name: Words::new("柳溪镇上河村避险点", "Shanghe village shelter, Liuxi"),
        checklist: digest(0x51),
        team: vec![
            Member { person: PERSON, name: "王芳".to_owned() },
            Member { person: COLLEAGUE, name: "李建国".to_owned() },
        ],
        devices: vec![device_key().public().device()],
        visits: 1,
        document: DOCUMENT,
    }
}

pub(crate) fn trust_list() -> TrustList {
    TrustList {
        sequence: 7,
        at_s: MORNING_MS / 1000 - 3_600,
        good_until_s: MORNING_MS / 1000 + 90 * 86_400,
        keys: vec![
            PermitKey {
                key: SoftwareKey::from_bytes(&[0x34; 32]).unwrap().public().to_bytes(),
                from_s: 1_750_000_000,
                until_s: Some(1_780_000_000),
                revoked_s: Some(1_781_000_000),
            },
            PermitKey { key: permit_key().public().to_bytes(), from_s: 1_780_000_000, until_s: None, revoked_s: None },
        ],
        revoked: vec![Revocation::of(&PermitId([0x0c; 16]), 1_782_500_000)],
        feedback_key: SoftwareKey::from_bytes(&[0x35; 32]).unwrap().public().to_bytes(),
        drain_key: SoftwareKey::from_bytes(&[0x36; 32]).unwrap().public().to_bytes(),
        phones: vec![RevokedPhone { device: DeviceId([0x0d; 16]), at_s: 1_782_400_000 }],
    }
}

fn late() -> Late {
    Late {
        document: DOCUMENT,
        permit: PERMIT,
        site: SITE,
        checklist: digest(0x51),
        person: PERSON,
        actor: actor(),
        cause: Cause::Clock,
        reason: "手机时间不对".to_owned(),
        standing: "clock-doubtful".to_owned(),
        at: stamp(),
    }
}

fn void() -> Void {
    Void { document: DOCUMENT, person: PERSON, actor: actor(), reason: "开错了点位".to_owned(), at: stamp() }
}

fn presentation() -> Presentation {
    Presentation {
        permit: Bytes(sealed(Kind::Permit)),
        key: device_key().public().to_bytes(),
        half_minute: MORNING_MS as u64 / 30_000,
        challenge: Some(40_721),
    }
}

pub(crate) fn site() -> Site {
    Site {
        id: SITE,
        name: Words::new("上河村避险点", "Shanghe village shelter"),
        division: "330122103205".to_owned(),
        above: vec![Words::new("浙江省", "Zhejiang"), Words::new("某镇", "Some township")],
    }
}

pub(crate) fn head(frames: &[Digest]) -> RequestHead {
    RequestHead {
        server: SERVER,
        device: device_key().public().device(),
        counter: 42,
        frames: frames_digest(frames),
        cursor: Bytes(vec![0x61; 8]),
        seen: LogMark { epoch: 1, size: 1_000, root: Bytes(vec![0x62; 8]), kept: None },
        limit: 1 << 20,
        holds: Holds { changes: 12, records: 3, files: 2, bytes: 796_224 },
    }
}

pub(crate) fn enrol() -> EnrolRequest {
    EnrolRequest { code: "7K3M-92QF".to_owned(), key: device_key().public().to_bytes(), name: "督查 1".to_owned() }
}

/// The fixed key of whoever signs a kind.
pub(crate) fn key_of(kind: Kind) -> SoftwareKey {
    match kind.signer() {
        SignedBy::Device => device_key(),
        SignedBy::Server => server_key(),
        SignedBy::PermitKey => permit_key(),
    }
}

fn by<T: RecordBody>(body: &T) -> Vec<u8> {
    envelope::seal(&key_of(T::KIND), body).unwrap()
}

/// The one fixed record of a kind.
pub(crate) fn sealed(kind: Kind) -> Vec<u8> {
    match kind {
        Kind::Session => by(&session()),
        Kind::Heads => by(&Heads::over(&[
            merkle::leaf(&DOCUMENT, &[digest(0x31), digest(0x32)]),
            merkle::leaf(&DocumentId([0x0a; 16]), &[digest(0x33)]),
            merkle::leaf(&DocumentId([0x0b; 16]), &[digest(0x34)]),
        ])),
        Kind::Leave => by(&leave()),
        Kind::Evidence => by(&evidence()),
        Kind::Request => by(&head(&[digest(0x71)])),
        Kind::Enrol => by(&enrol()),
        Kind::Device => by(&device()),
        Kind::Person => by(&Person { id: PERSON, name: "王芳".to_owned(), body: BODY }),
        Kind::Site => by(&site()),
        Kind::PlanItem => by(&plan_item()),
        Kind::Checklist => by(&checklist()),
        Kind::Permit => by(&permit()),
        Kind::Receipt => {
            by(&Receipt { records: vec![digest(0x81), digest(0x82)], state: State::Held, at_ms: MORNING_MS })
        }
        Kind::Decision => by(&Decision {
            document: DOCUMENT,
            verdict: Verdict::Closed,
            heads: vec![digest(0x31)],
            at_ms: MORNING_MS,
            by: None,
            reason: None,
        }),
        Kind::TrustList => by(&trust_list()),
        Kind::Late => by(&late()),
        Kind::Void => by(&void()),
        Kind::Carried => by(&Carried { sealed: Bytes(vec![0x91; 120]), at: stamp() }),
        Kind::Order => by(&Order { device: device_key().public().device(), what: Deed::Wipe, at_ms: MORNING_MS }),
        Kind::Presentation => by(&presentation()),
        Kind::Checkpoint => by(&checkpoint()),
        Kind::Witness => by(&Witness { epoch: 1, size: 1_003, checkpoint: digest(0x92), at: stamp(), signed: None }),
        Kind::Ask => by(&ask()),
        Kind::HandOver => by(&hand_over()),
    }
}

/// The fixed records of all kinds, and those with more or less of what is optional.
pub(crate) fn records() -> Vec<(String, Kind, Vec<u8>)> {
    let mut all: Vec<_> = Kind::ALL.iter().map(|kind| (file_name(*kind), *kind, sealed(*kind))).collect();
    all.push(("evidence-bare".to_owned(), Kind::Evidence, by(&bare_evidence())));
    all.push(("decision-declined".to_owned(), Kind::Decision, by(&declined())));
    all.push(("presentation-bare".to_owned(), Kind::Presentation, by(&unasked())));
    all
}

fn checkpoint() -> Checkpoint {
    Checkpoint { epoch: 1, size: 1_003, root: digest(0x93), at_ms: MORNING_MS }
}

/// With all that is optional.
fn declined() -> Decision {
    Decision {
        document: DOCUMENT,
        verdict: Verdict::Declined,
        heads: vec![digest(0x31), digest(0x32)],
        at_ms: MORNING_MS,
        by: Some(COLLEAGUE),
        reason: Some("不在许可的日期内".to_owned()),
    }
}

/// Nobody asked for six digits.
fn unasked() -> Presentation {
    Presentation { challenge: None, ..presentation() }
}

fn file_name(kind: Kind) -> String {
    kind.name().trim_start_matches("wurao/").to_owned()
}

/// Reads a payload as the body of its kind and writes it again.
pub(crate) fn respell(kind: Kind, payload: &[u8]) -> Result<Vec<u8>, CborError> {
    fn again<T: RecordBody>(payload: &[u8]) -> Result<Vec<u8>, CborError> {
        cbor::decode::<T>(payload).map(|body| cbor::encode(&body))
    }
    match kind {
        Kind::Session => again::<Session>(payload),
        Kind::Heads => again::<Heads>(payload),
        Kind::Leave => again::<Leave>(payload),
        Kind::Evidence => again::<EvidenceEntry>(payload),
        Kind::Request => again::<RequestHead>(payload),
        Kind::Enrol => again::<EnrolRequest>(payload),
        Kind::Device => again::<Device>(payload),
        Kind::Person => again::<Person>(payload),
        Kind::Site => again::<Site>(payload),
        Kind::PlanItem => again::<PlanItem>(payload),
        Kind::Checklist => again::<Checklist>(payload),
        Kind::Permit => again::<Permit>(payload),
        Kind::Receipt => again::<Receipt>(payload),
        Kind::Decision => again::<Decision>(payload),
        Kind::TrustList => again::<TrustList>(payload),
        Kind::Late => again::<Late>(payload),
        Kind::Void => again::<Void>(payload),
        Kind::Carried => again::<Carried>(payload),
        Kind::Order => again::<Order>(payload),
        Kind::Checkpoint => again::<Checkpoint>(payload),
        Kind::Witness => again::<Witness>(payload),
        Kind::Presentation => again::<Presentation>(payload),
        Kind::Ask => again::<Ask>(payload),
        Kind::HandOver => again::<HandOver>(payload),
    }
}

pub(crate) fn ask() -> Ask {
    let known = vec![
        Known { document: DOCUMENT, heads: vec![digest(0x31)] },
        Known { document: DocumentId([0x16; 16]), heads: vec![] },
    ];
    Ask { server: SERVER, device: device_key().public().device(), known, at: stamp() }
}

fn hand_over() -> HandOver {
    let own = device_key().public().device();
    HandOver { server: SERVER, from: own, to: DeviceId([0x17; 16]), contents: digest(0x94), at: stamp() }
}

/// What a phone hands over: a session, changes, and the author's signature over them and over another inspection.
pub(crate) fn contents() -> Contents {
    let pairs = [(DOCUMENT, vec![digest(0x32), digest(0x31)]), (DocumentId([0x16; 16]), vec![digest(0x33)])];
    let leaves: Vec<Digest> = pairs.iter().map(|(document, heads)| merkle::leaf(document, heads)).collect();
    let proofs = Proof::all(&by(&Heads::over(&leaves)), &pairs);
    Contents { records: vec![Bytes(sealed(Kind::Session))], documents: vec![changes()], proofs }
}

/// The file of that.
pub(crate) fn hand_over_file() -> Vec<u8> {
    let to = (SERVER, DeviceId([0x17; 16]), stamp());
    contents().to_file(&device_key(), &sealed(Kind::Device), to).unwrap()
}

pub(crate) fn frame() -> Frame {
    Frame {
        records: vec![Bytes(sealed(Kind::Session)), Bytes(sealed(Kind::Heads)), Bytes(sealed(Kind::Evidence))],
        documents: vec![changes()],
        proofs: None,
    }
}

fn changes() -> DocumentChanges {
    DocumentChanges { document: DOCUMENT, heads: None, changes: vec![Bytes(vec![0x85; 100]), Bytes(vec![0x86; 50])] }
}

/// A second frame, whose changes are signed for by named heads.
pub(crate) fn second_frame() -> Frame {
    Frame {
        records: vec![],
        documents: vec![DocumentChanges { heads: Some(vec![digest(0x31), digest(0x32)]), ..changes() }],
        proofs: None,
    }
}

/// A whole request: these frames, signed for.
pub(crate) fn request_of(frames: Vec<Vec<u8>>) -> Request {
    let hashes: Vec<Digest> = frames.iter().map(|frame| Digest::of(&[frame])).collect();
    Request {
        start: RequestStart { head: Bytes(by(&head(&hashes))), device: Bytes(sealed(Kind::Device)), frames: hashes },
        frames,
    }
}

pub(crate) fn request() -> Request {
    request_of(vec![frame().pack().unwrap(), second_frame().pack().unwrap()])
}

pub(crate) fn answer() -> Answer {
    Answer {
        server_ms: MORNING_MS,
        records: vec![
            Status::plain(Outcome::Ok),
            Status::plain(Outcome::Have),
            Status::because(Outcome::Held, Problem::PermitState, "expired"),
        ],
        documents: vec![DocumentStatus {
            status: Status::because(Outcome::Refused, Problem::Gate, "not-flat"),
            stopped: Some(1),
            heads: vec![digest(0x31)],
        }],
        cursor: Bytes(vec![0x63; 8]),
        more: true,
        feed: Feed {
            records: vec![Bytes(sealed(Kind::Site)), Bytes(sealed(Kind::Permit))],
            documents: vec![changes()],
            proof: None,
        },
        uploads: vec![Upload { sha256: digest(0x43), path: "/v1/blobs/4343?until=1782869400".to_owned(), has: None }],
        more_uploads: true,
        log: LogMark { epoch: 1, size: 1_003, root: Bytes(vec![0x64; 8]), kept: None },
        shown: None,
    }
}

pub(crate) fn enrol_answer() -> EnrolAnswer {
    EnrolAnswer {
        server: SERVER,
        server_key: server_key().public().to_bytes(),
        device: Bytes(sealed(Kind::Device)),
        persons: vec![Bytes(sealed(Kind::Person))],
        server_ms: MORNING_MS,
    }
}

/// The same answer in parts.
pub(crate) fn answer_in_parts() -> Vec<u8> {
    let mut body = vec![wurao_protocol::sync::IN_PARTS];
    for part in answer().into_parts() {
        body.extend(part.to_bytes().unwrap());
    }
    body
}
