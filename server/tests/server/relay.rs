//! Work that came to a phone from a colleague's without a server, and that this phone brings along: it is its author's.

use crate::support::{LI, Phone, Push, WANG, World};
use wurao_protocol::cbor::Bytes;
use wurao_protocol::envelope::{open, open_as};
use wurao_protocol::frame::{DocumentChanges, Frame};
use wurao_protocol::key::{Signer, SoftwareKey};
use wurao_protocol::proof::Proof;
use wurao_protocol::record::{
    Blob, Capture, Cause, Decision, Device, EvidenceEntry, Heads, Image, Kind, Late, Receipt, Session, State, Verdict,
    Void,
};
use wurao_protocol::sync::parts::{self, Begin, End, News, Part, Taken};
use wurao_protocol::sync::{Outcome, Request, Status};
use wurao_protocol::{DeviceId, Digest, DocumentId, PermitId, Problem, merkle};
use wurao_record::{Admitted, Genesis, GenesisSeed, Ledger, Map, Put, Scalar, below, tips};
use wurao_server::permits;
use wurao_server::store::read;

/// What a phone was told of one frame, and what is new to it.
struct Told {
    taken: Taken,
    news: Vec<News>,
    end: End,
}

impl Told {
    fn change(&self) -> (Outcome, Option<Problem>, Option<u32>) {
        let told = &self.taken.documents[0];
        (told.status.outcome, told.status.problem, told.stopped)
    }

    fn records(&self) -> Vec<(Outcome, Option<Problem>)> {
        self.taken.records.iter().map(|status| (status.outcome, status.problem)).collect()
    }

    fn fed(&self) -> Vec<Kind> {
        let records = self.news.iter().flat_map(|news| &news.feed.records);
        records.map(|record| open(&record.0).unwrap().kind).collect()
    }
}

const OK: (Outcome, Option<Problem>) = (Outcome::Ok, None);
const HAVE: (Outcome, Option<Problem>) = (Outcome::Have, None);

/// Sends one frame in a request whose frames stand alone.
fn sends(world: &World, phone: &mut Phone, frame: &Frame) -> Told {
    let body = phone.body_of(vec![frame.pack().unwrap()]);
    let body = Request::from_body(&body).unwrap().to_body_in_parts();
    let (status, answer) = phone.post(&world.url("/v1/sync"), body);
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    let (mut taken, mut news, mut end) = (None, Vec::new(), None);
    for part in parts::all(&answer).unwrap() {
        match part {
            Part::Begin(Begin { .. }) => {}
            Part::Taken(part) => taken = Some(part),
            Part::News(part) => {
                phone.cursor = part.cursor.clone();
                news.push(part);
            }
            Part::End(part) => end = Some(part),
            Part::Fault(problem) => panic!("{problem}"),
        }
    }
    Told { taken: taken.unwrap(), news, end: end.unwrap() }
}

/// The heads of an entry.
fn heads(entry: &DocumentChanges) -> Vec<Digest> {
    tips(entry.changes.iter().map(|change| change.0.as_slice())).unwrap().into_iter().map(Digest).collect()
}

/// The proofs that a phone has signed for these entries.
fn proofs(phone: &Phone, entries: &[DocumentChanges]) -> Vec<Proof> {
    let pairs: Vec<_> = entries.iter().map(|entry| (entry.document, heads(entry))).collect();
    Proof::all(&phone.heads(entries), &pairs)
}

fn frame(records: Vec<Vec<u8>>, documents: Vec<DocumentChanges>, proofs: Vec<Proof>) -> Frame {
    let proofs = Some(proofs).filter(|proofs| !proofs.is_empty());
    Frame { records: records.into_iter().map(Bytes).collect(), documents, proofs }
}

/// What a phone hands over of its work: these records, these changes and its signature over them.
pub(crate) fn handed(phone: &Phone, records: Vec<Vec<u8>>, changes: &[&Admitted]) -> Frame {
    let documents = vec![phone.entry(changes)];
    let proofs = proofs(phone, &documents);
    frame(records, documents, proofs)
}

/// The same as its author would push it.
fn pushed(phone: &Phone, records: Vec<Vec<u8>>, changes: &[&Admitted]) -> Push {
    let mut push = phone.covered(changes);
    push.records.splice(0..0, records);
    push
}

/// Li's and Wang's phones, on the team, and Zhao's, which is not.
fn ready(world: &World) -> [Phone; 3] {
    let mut phones = world.phones();
    phones.iter_mut().for_each(|phone| drop(phone.sync(world, &Push::default())));
    phones
}

/// Li's first session and answer, which no server has seen.
fn first(li: &mut Phone) -> (Vec<u8>, Admitted) {
    (li.session(), li.answer("water", 12))
}

fn device(phone: &Phone) -> DeviceId {
    phone.key.public().device()
}

/// The answers in force.
fn in_force(world: &World, document: DocumentId) -> Vec<Scalar> {
    world.write(move |tx, _, _| read::live_ops(tx, &document)).into_iter().map(|op| op.value).collect()
}

fn count(world: &World, sql: &'static str) -> i64 {
    world.write(move |tx, _, _| Ok(tx.query_row(sql, [], |row| row.get(0))?))
}

/// How many rows of a table are under this phone's name.
fn under(world: &World, table: &str, phone: &Phone) -> i64 {
    let (sql, id) = (format!("SELECT COUNT(*) FROM {table} WHERE device = ?1"), device(phone).0);
    world.write(move |tx, _, _| Ok(tx.query_row(&sql, [id], |row| row.get(0))?))
}

fn is_wiped(world: &World, phone: &Phone) -> bool {
    let id = device(phone).0;
    let sql = "SELECT wiped_ms IS NOT NULL FROM device WHERE id = ?1";
    world.write(move |tx, _, _| Ok(tx.query_row(sql, [id], |row| row.get(0))?))
}

fn revoke(world: &World, phone: &Phone) {
    let device = device(phone);
    world.write(move |tx, keys, now| permits::revoke_device(tx, keys, &device, "丢失", None, now));
    world.pass_minutes(1);
}

fn photo(phone: &Phone) -> Vec<u8> {
    let blob = |n: u8| Blob { sha256: Digest([n; 32]), bytes: 9 };
    let image = |n: u8| Image { blob: blob(n), width: 4, height: 3 };
    phone.seal(&EvidenceEntry {
        document: phone.document(),
        question: "water".to_owned(),
        instance: "-".to_owned(),
        original: blob(1),
        media_type: "image/jpeg".to_owned(),
        rendition: image(2),
        thumbnail: image(3),
        pipeline: "test".to_owned(),
        perceptual: 0,
        capture: Capture { attached: phone.at, camera_time: None, position: None, orientation: 1, camera: None },
        person: phone.person,
        actor: phone.actor(),
        sequence: 1,
        previous: None,
    })
}

/// Runs the server on over the data it had before this.
fn after_a_restore(world: &mut World, lost: impl FnOnce(&mut World)) {
    world.stop();
    let database = world.folder.path().join("data/wurao.sqlite");
    let backup = std::fs::read(&database).unwrap();
    world.start();
    lost(world);
    world.stop();
    std::fs::write(&database, backup).unwrap();
    world.start();
}

#[test]
fn what_a_third_phone_passes_on_is_in_force_under_its_author_s_name_and_nothing_doubles() {
    let world = World::new();
    let [mut li, mut wang, mut zhao] = ready(&world);
    let (session, change) = first(&mut li);
    let handed = handed(&li, vec![session.clone()], &[&change]);
    let told = sends(&world, &mut zhao, &handed);
    assert_eq!((told.records(), told.change()), (vec![OK], (Outcome::Ok, None, None)));
    assert_eq!(in_force(&world, li.document()), [Scalar::Int(12)]);
    let sql = "SELECT COUNT(*) FROM change c JOIN session s ON s.actor = c.actor WHERE c.covered = 1";
    assert_eq!((count(&world, sql), under(&world, "session", &li), under(&world, "session", &zhao)), (1, 1, 0));
    // Kept under its author's device, as if that had brought it.
    assert_eq!(
        count(&world, "SELECT COUNT(*) FROM record r JOIN session s ON s.record = r.id AND s.device = r.device"),
        1
    );

    let pulled = wang.sync(&world, &Push::default());
    let kinds: Vec<Kind> = pulled.feed.records.iter().map(|record| open(&record.0).unwrap().kind).collect();
    assert_eq!(kinds, [Kind::Person, Kind::Device, Kind::Session]);
    assert!(pulled.feed.records.iter().any(|record| record.0 == li.device), "the colleague's own phone");
    assert_eq!(pulled.feed.documents[0].changes[0].0, change.bytes);

    let again = sends(&world, &mut zhao, &handed);
    assert_eq!((again.records(), again.change().0), (vec![HAVE], Outcome::Have));
    let own = li.sync(&world, &pushed(&li, vec![session], &[&change]));
    assert_eq!(
        (own.records[0].outcome, own.documents[0].status.clone()),
        (Outcome::Have, Status::plain(Outcome::Have))
    );
    assert_eq!((count(&world, "SELECT COUNT(*) FROM change"), count(&world, "SELECT COUNT(*) FROM session")), (1, 1));
    // And goes on from there.
    let next = li.answer("water", 13);
    assert_eq!(li.sync(&world, &li.covered(&[&next])).documents[0].status.outcome, Outcome::Ok);
    assert_eq!(in_force(&world, li.document()), [Scalar::Int(13)]);
}

#[test]
fn a_phone_brings_its_own_work_and_what_it_builds_on_in_one_frame() {
    let world = World::new();
    let [mut li, mut wang, _] = ready(&world);
    let (session, change) = first(&mut li);
    wang.ledger.apply(change.clone());
    let over = (wang.session(), wang.answer("water", 14));
    let documents = vec![wang.entry(&[&change, &over.1])];
    let signed = wang.heads(&documents);
    let proofs = proofs(&li, &[li.entry(&[&change])]);
    let told = sends(&world, &mut wang, &frame(vec![session, over.0, signed], documents, proofs));
    assert_eq!((told.records(), told.change().0), (vec![OK; 3], Outcome::Ok));
    assert_eq!(in_force(&world, li.document()), [Scalar::Int(14)]);
    assert_eq!(count(&world, "SELECT COUNT(*) FROM change WHERE state = 'accepted' AND covered = 1"), 2);
    assert_eq!((under(&world, "session", &li), under(&world, "session", &wang)), (1, 1));
}

#[test]
fn a_leave_that_is_passed_on_is_its_author_s_and_closes_the_inspection() {
    let world = World::new();
    let [mut li, mut wang, mut zhao] = ready(&world);
    let session = wang.session();
    wang.sync(&world, &Push { records: vec![session, wang.leave()], documents: vec![] });
    let (session, change) = first(&mut li);
    let leave = li.leave();
    let told = sends(&world, &mut zhao, &handed(&li, vec![session, leave.clone()], &[&change]));
    assert_eq!((told.records(), told.change().0), (vec![OK; 2], Outcome::Ok));
    assert_eq!((under(&world, "leave", &li), under(&world, "leave", &zhao)), (1, 0));
    let news = li.sync(&world, &Push { records: vec![leave], documents: vec![] });
    assert_eq!(news.records[0].outcome, Outcome::Have);
    let decision = news.feed.records.iter().find_map(|record| open_as::<Decision>(&record.0).ok()).unwrap();
    assert_eq!(decision.body.verdict, Verdict::Closed);
    assert_eq!(decision.body.heads, [Digest(change.row.hash)]);
}

#[test]
fn a_photo_s_entry_that_is_passed_on_is_receipted_to_its_own_phone_and_only_that_is_asked_for_the_files() {
    let world = World::new();
    let [mut li, _, mut zhao] = ready(&world);
    let (session, entry) = (li.session(), photo(&li));
    let told = sends(&world, &mut zhao, &frame(vec![session, entry.clone()], vec![], vec![]));
    assert_eq!(told.records(), [OK; 2]);
    assert!(told.end.uploads.is_empty() && !told.end.more_uploads, "it has no photo of it");
    assert_eq!(told.fed(), []);
    assert_eq!(sends(&world, &mut zhao, &Frame::default()).fed(), []);
    assert_eq!((under(&world, "evidence", &li), under(&world, "evidence", &zhao)), (1, 0));

    let own = li.sync(&world, &Push { records: vec![entry.clone()], documents: vec![] });
    assert_eq!(own.records[0].outcome, Outcome::Have);
    assert_eq!(own.uploads.iter().map(|upload| upload.sha256).collect::<Vec<_>>(), [Digest([3; 32]), Digest([2; 32])]);
    let receipts: Vec<_> = own.feed.records.iter().filter_map(|record| open_as::<Receipt>(&record.0).ok()).collect();
    let [receipt] = receipts.as_slice() else { panic!("{} receipts", receipts.len()) };
    assert_eq!((&receipt.body.records, receipt.body.state), (&vec![open(&entry).unwrap().id], State::Accepted));
}

#[test]
fn a_late_registration_and_a_void_that_are_passed_on_are_their_author_s() {
    let world = World::new();
    let [mut li, mut wang, mut zhao] = ready(&world);
    let session = li.session();
    let visit = li.permit.clone().unwrap().visit;
    let (permit, site, checklist) = (PermitId([7; 16]), visit.site, visit.checklist);
    let genesis = Genesis::new(&GenesisSeed { permit: permit.0, site: site.0, checklist: checklist.0 });
    let document = DocumentId(genesis.document().0);
    let late = Late {
        document,
        permit,
        site,
        checklist,
        person: LI,
        actor: li.actor,
        cause: Cause::Urgent,
        standing: "no-permit".to_owned(),
        reason: "暴雨".to_owned(),
        at: li.at,
    };
    let told = sends(&world, &mut zhao, &frame(vec![session, li.seal(&late)], vec![], vec![]));
    assert_eq!(told.records(), [OK, (Outcome::Held, Some(Problem::LateRegistration))]);
    assert_eq!((under(&world, "late", &li), under(&world, "late", &zhao)), (1, 0));
    let sql = "SELECT COUNT(*) FROM team t JOIN late l ON l.document = t.document AND l.person = t.person";
    assert_eq!(count(&world, sql), 1, "the team of the visit is who made it");

    let session = wang.session();
    let void =
        Void { document: wang.document(), person: WANG, actor: wang.actor, reason: "误开".to_owned(), at: wang.at };
    let told = sends(&world, &mut zhao, &frame(vec![session, wang.seal(&void)], vec![], vec![]));
    assert_eq!((told.records(), under(&world, "void", &wang)), (vec![OK; 2], 1));
    assert_eq!(count(&world, "SELECT COUNT(*) FROM inspection WHERE voided_ms IS NOT NULL"), 1);
}

#[test]
fn a_colleague_s_changes_without_their_signature_are_forged_and_take_no_place() {
    let world = World::new();
    let [mut li, _, mut zhao] = ready(&world);
    let session = li.session();
    let before = li.ledger.clone();
    let change = li.answer("water", 12);
    let entry = li.entry(&[&change]);
    assert_eq!(sends(&world, &mut zhao, &frame(vec![session.clone()], vec![], vec![])).records(), [OK]);
    let other = DocumentChanges { document: DocumentId([9; 16]), ..entry.clone() };
    let two = [entry.clone(), other.clone()];
    let genuine = proofs(&li, &two)[0].clone();
    let elsewhere = proofs(&li, &[other])[0].clone();
    // What Zhao would have Li say, under Li's actor.
    zhao.permit.clone_from(&li.permit);
    (zhao.ledger, zhao.actor) = (before, li.actor);
    let forged = zhao.answer("water", 99);
    let claimed = proofs(&li, &[li.entry(&[&forged])]);
    let cases: Vec<(&str, &Admitted, Vec<Proof>)> = vec![
        ("nobody signed", &change, vec![]),
        ("of another document", &change, vec![elsewhere.clone()]),
        ("moved to this document", &change, vec![Proof { document: entry.document, ..elsewhere }]),
        ("by who passes it on", &change, proofs(&zhao, std::slice::from_ref(&entry))),
        ("the way cut", &change, vec![Proof { path: vec![], ..genuine.clone() }]),
        ("the way led elsewhere", &change, vec![Proof { at: 1 - genuine.at, ..genuine.clone() }]),
        ("no heads", &change, vec![Proof { heads: vec![], ..genuine.clone() }]),
        ("a record of another kind", &change, vec![Proof { record: Bytes(session), ..genuine.clone() }]),
        ("no record", &change, vec![Proof { record: Bytes(vec![1, 2, 3]), ..genuine.clone() }]),
        ("heads that it is not below", &forged, vec![genuine.clone()]),
        ("heads named besides", &forged, vec![Proof { heads: claimed[0].heads.clone(), ..genuine.clone() }]),
        ("by who made it up", &forged, proofs(&zhao, &[zhao.entry(&[&forged])])),
    ];
    for (name, change, proofs) in cases {
        let told = sends(&world, &mut zhao, &frame(vec![], vec![li.entry(&[change])], proofs));
        assert_eq!(told.change(), (Outcome::Refused, Some(Problem::ForgedActor), Some(0)), "{name}");
        assert_eq!(count(&world, "SELECT COUNT(*) FROM change"), 0, "{name}");
    }
    // Where all frames are one it is no other.
    let one = Push { records: vec![zhao.heads(std::slice::from_ref(&entry))], documents: vec![entry.clone()] };
    assert_eq!(zhao.sync(&world, &one).documents[0].status.problem, Some(Problem::ForgedActor));
    let told = sends(&world, &mut zhao, &frame(vec![], vec![entry], vec![genuine]));
    assert_eq!(told.change(), (Outcome::Ok, None, None), "the very change finds its place free");
}

#[test]
fn what_was_written_after_the_signature_is_not_covered_by_it() {
    let world = World::new();
    let [mut li, _, mut zhao] = ready(&world);
    let (session, change) = first(&mut li);
    let signed = proofs(&li, &[li.entry(&[&change])]);
    let later = li.answer("water", 13);
    let told = sends(&world, &mut zhao, &frame(vec![session], vec![li.entry(&[&change, &later])], signed));
    assert_eq!(told.change(), (Outcome::Ok, Some(Problem::ForgedActor), Some(1)));
    assert_eq!(in_force(&world, li.document()), [Scalar::Int(12)]);
    assert_eq!(li.sync(&world, &li.covered(&[&later])).documents[0].status.outcome, Outcome::Ok);
}

#[test]
fn what_comes_before_a_change_that_the_gate_stops_is_signed_all_the_same() {
    let world = World::new();
    let [mut li, _, mut zhao] = ready(&world);
    let (session, change) = first(&mut li);
    let meta = li.put(Put::new(Map::Meta, "state", Scalar::Text("closed".into())));
    let told = sends(&world, &mut zhao, &handed(&li, vec![session], &[&change, &meta]));
    assert_eq!(told.change(), (Outcome::Ok, Some(Problem::FieldRefused), Some(1)));
    assert_eq!(in_force(&world, li.document()), [Scalar::Int(12)]);
}

#[test]
fn a_signature_that_is_passed_on_covers_what_waits_for_it() {
    let world = World::new();
    let [mut li, _, mut zhao] = ready(&world);
    let (session, change) = first(&mut li);
    let second = li.answer("water", 13);
    let bare = Push { records: vec![session], documents: vec![li.entry(&[&change, &second])] };
    assert_eq!(li.sync(&world, &bare).documents[0].status.outcome, Outcome::Waiting);
    let told = sends(&world, &mut zhao, &handed(&li, vec![], &[&second]));
    assert_eq!(told.change().0, Outcome::Ok);
    assert_eq!(in_force(&world, li.document()), [Scalar::Int(13)], "and all that it stands on");
}

#[test]
fn a_session_that_its_phone_may_not_open_is_refused_whoever_brings_it() {
    let world = World::new();
    let [mut li, wang, mut zhao] = ready(&world);
    li.session();
    let mine = li.session_body();
    let nobody = SoftwareKey::from_bytes(&[77; 32]).unwrap();
    let stranger = wurao_protocol::envelope::seal(&nobody, &mine).unwrap();
    let mut torn = li.seal(&mine);
    *torn.last_mut().unwrap() ^= 1;
    let cases = [
        (li.seal(&Session { person: WANG, ..mine.clone() }), Problem::NotOnTeam),
        (li.seal(&Session { device: device(&wang), ..mine.clone() }), Problem::ForgedActor),
        (li.seal(&Session { actor: [5; 16], ..mine.clone() }), Problem::ForgedActor),
        (wang.seal(&mine), Problem::ForgedActor),
        (zhao.seal(&mine), Problem::ForgedActor),
        (stranger, Problem::WrongSignature),
        (torn, Problem::WrongSignature),
    ];
    for (record, problem) in cases {
        let told = sends(&world, &mut zhao, &frame(vec![record], vec![], vec![]));
        assert_eq!(told.records(), [(Outcome::Refused, Some(problem))]);
    }
    assert_eq!(count(&world, "SELECT COUNT(*) FROM session"), 0);
}

#[test]
fn heads_without_their_proofs_and_witnesses_are_not_passed_on() {
    let world = World::new();
    let [mut li, _, mut zhao] = ready(&world);
    let (session, change) = first(&mut li);
    let documents = vec![li.entry(&[&change])];
    let witness =
        wurao_protocol::record::Witness { epoch: 1, size: 1, checkpoint: Digest([1; 32]), at: li.at, signed: None };
    let records = vec![session, li.heads(&documents), li.seal(&witness)];
    let told = sends(&world, &mut zhao, &frame(records, documents, vec![]));
    let wrong = (Outcome::Refused, Some(Problem::WrongSignature));
    assert_eq!(told.records(), [OK, wrong, wrong]);
    assert_eq!(told.change().1, Some(Problem::ForgedActor));
}

#[test]
fn a_server_that_lost_a_phone_s_enrolment_takes_its_work_from_a_colleague_with_its_record() {
    let mut world = World::new();
    let mut phones = None;
    after_a_restore(&mut world, |world| phones = Some(ready(world)));
    let [mut li, _, mut zhao] = phones.unwrap();
    let (session, change) = first(&mut li);
    let mut work = handed(&li, vec![session], &[&change]);
    let told = sends(&world, &mut zhao, &work);
    assert_eq!(told.records(), [(Outcome::Refused, Some(Problem::WrongSignature))], "nobody is known by that key");
    assert_eq!(told.change().1, Some(Problem::NoSession));

    let claimed = Device { name: "x".to_owned(), ..open_as::<Device>(&li.device).unwrap().body };
    work.records.push(Bytes(zhao.seal(&claimed)));
    let told = sends(&world, &mut zhao, &work);
    let not_taken = (Outcome::Refused, Some(Problem::KindNotTaken));
    assert_eq!(told.records(), [(Outcome::Refused, Some(Problem::WrongSignature)), not_taken], "not let in by us");

    // Wherever in the frame it stands.
    *work.records.last_mut().unwrap() = Bytes(li.device.clone());
    let told = sends(&world, &mut zhao, &work);
    assert_eq!((told.records(), told.change().0), (vec![OK; 2], Outcome::Ok));
    assert_eq!(in_force(&world, li.document()), [Scalar::Int(12)]);
    assert_eq!(sends(&world, &mut zhao, &work).records(), [HAVE; 2]);
    assert_eq!(li.sync(&world, &pushed(&li, vec![], &[&change])).documents[0].status.outcome, Outcome::Have);
}

#[test]
fn what_a_server_fed_and_has_lost_comes_back_under_its_own_signature() {
    let mut world = World::new();
    let (mut phones, mut fed) = (None, None);
    after_a_restore(&mut world, |world| {
        let [mut li, mut wang, zhao] = ready(world);
        let (session, change) = first(&mut li);
        li.sync(world, &pushed(&li, vec![session], &[&change]));
        let mut told = sends(world, &mut wang, &Frame::default());
        fed = Some(told.news.remove(0).feed);
        phones = Some([li, wang, zhao]);
    });
    let ([li, mut wang, _], fed) = (phones.unwrap(), fed.unwrap());
    assert!(in_force(&world, li.document()).is_empty());
    let pairs: Vec<_> = fed.documents.iter().map(|entry| (entry.document, heads(entry))).collect();
    let proofs = Proof::all(&fed.proof.unwrap().0, &pairs);
    // Wang has what the server said of Li, and no signature of Li's over the change.
    let of_li = |record: &&Bytes| matches!(open(&record.0).unwrap().kind, Kind::Device | Kind::Session);
    let records = fed.records.iter().filter(of_li).map(|record| record.0.clone()).collect();
    let told = sends(&world, &mut wang, &frame(records, fed.documents, proofs));
    assert_eq!((told.records(), told.change()), (vec![OK; 2], (Outcome::Ok, None, None)));
    assert_eq!(in_force(&world, li.document()), [Scalar::Int(12)]);
    assert_eq!((under(&world, "session", &li), under(&world, "session", &wang)), (1, 0));
}

#[test]
fn a_revoked_phone_s_work_is_held_whoever_passes_it_on_and_nobody_is_wiped_for_it() {
    let world = World::new();
    let [mut li, _, mut zhao] = ready(&world);
    let (session, change) = first(&mut li);
    revoke(&world, &li);
    let told = sends(&world, &mut zhao, &handed(&li, vec![session, photo(&li), li.leave()], &[&change]));
    let held = (Outcome::Held, Some(Problem::FromRevoked));
    assert_eq!((told.records(), told.change()), (vec![OK, held, held], (held.0, held.1, None)));
    assert!(in_force(&world, li.document()).is_empty());
    assert!(!told.fed().contains(&Kind::Order));
    assert!(!is_wiped(&world, &zhao) && !is_wiped(&world, &li));

    // When it comes itself it has only its photo to bring: until that is here it is not told to destroy itself.
    let own = li.sync(&world, &pushed(&li, vec![photo(&li)], &[&change]));
    assert_eq!((own.records[0].outcome, own.documents[0].status.outcome), (Outcome::Held, Outcome::Held));
    assert_eq!(own.uploads.len(), 2);
    let receipt = own.feed.records.iter().find_map(|record| open_as::<Receipt>(&record.0).ok()).unwrap().body;
    assert_eq!(receipt.state, State::Held);
    assert!(!is_wiped(&world, &li));
}

#[test]
fn a_revoked_phone_that_passes_on_a_colleague_s_work_is_heard_out_and_holds_up_nothing_of_it() {
    let world = World::new();
    let [mut li, mut wang, _] = ready(&world);
    let (session, change) = first(&mut li);
    revoke(&world, &wang);
    // It still holds something of its own.
    wang.holds.changes = 1;
    let mut work = handed(&li, vec![session, photo(&li)], &[&change]);
    let told = sends(&world, &mut wang, &work);
    assert_eq!((told.records(), told.change()), (vec![OK; 2], (Outcome::Ok, None, None)), "Li's phone was not lost");
    assert_eq!(in_force(&world, li.document()), [Scalar::Int(12)]);
    assert!(told.end.uploads.is_empty() && told.news.iter().all(|news| news.feed.documents.is_empty()));
    assert!(!is_wiped(&world, &wang));

    let (session, own) = (wang.session(), wang.answer("remark", 1));
    let own = wang.sync(&world, &pushed(&wang, vec![session], &[&own]));
    assert_eq!(own.documents[0].status.problem, Some(Problem::FromRevoked));

    // What is not taken is kept on it: it is not told to destroy itself then.
    wang.holds.changes = 0;
    let unsigned = li.answer("water", 13);
    let told = sends(&world, &mut wang, &frame(vec![], vec![li.entry(&[&unsigned])], vec![]));
    assert_eq!(told.change().1, Some(Problem::ForgedActor));
    assert!(!is_wiped(&world, &wang) && !told.fed().contains(&Kind::Order));

    // All of it taken, and nothing left: Li's photos, which it never had, keep it no longer.
    work.records.clear();
    let told = sends(&world, &mut wang, &work);
    assert_eq!((told.change().0, told.fed()), (Outcome::Have, vec![Kind::Order]));
    assert!(is_wiped(&world, &wang) && !is_wiped(&world, &li));
    assert_eq!(li.sync(&world, &Push::default()).uploads.len(), 2, "Li's phone is asked for them");
}

#[test]
fn each_piece_of_the_feed_is_signed_over_its_changes_and_over_no_others() {
    let world = World::new();
    let [mut li, mut wang, _] = ready(&world);
    let session = li.session();
    let long = "水".repeat(300);
    let mut text =
        |n: usize| li.put(Put::new(Map::Answers, format!("remark{}@-", n % 7), Scalar::Text(format!("{n}{long}"))));
    let changes: Vec<_> = (0..60).map(&mut text).collect();
    let all: Vec<&Admitted> = changes.iter().collect();
    assert_eq!(li.sync(&world, &pushed(&li, vec![session], &all)).documents[0].status.outcome, Outcome::Ok);

    let told = sends(&world, &mut wang, &Frame::default());
    assert!(told.news.len() > 1, "several pieces");
    let key = world.server().app().keys().records.public();
    let mut seen = 0;
    for news in &told.news {
        let [entry] = news.feed.documents.as_slice() else { panic!("one document") };
        let record = &news.feed.proof.as_ref().unwrap().0;
        let proofs = Proof::all(record, &[(entry.document, heads(entry))]);
        let [proof] = proofs.as_slice() else { panic!("a proof for it") };
        proof.open().unwrap().verify(&key).unwrap();
        let beside = entry.changes.iter().map(|change| change.0.as_slice());
        assert_eq!(below(beside, proof.heads.iter().map(|head| head.0)).len(), entry.changes.len(), "all of them");
        let leaf = merkle::leaf(&entry.document, &heads(entry));
        assert_eq!(open_as::<Heads>(record).unwrap().body, Heads::over(&[leaf]));
        seen += entry.changes.len();
    }
    assert_eq!(seen, 60);
    assert_eq!(
        count(&world, "SELECT COUNT(*) FROM record WHERE kind = 'wurao/heads'"),
        1,
        "that of Li's push: no other is kept"
    );

    let idle = sends(&world, &mut wang, &Frame::default());
    assert!(idle.news.iter().all(|news| news.feed.proof.is_none()), "there is nothing to prove");
    // Version 1 knows no such field.
    wang.cursor = Bytes::default();
    wang.ledger = Ledger::new();
    let whole = wang.sync(&world, &Push::default());
    assert_eq!((whole.feed.documents[0].changes.len(), whole.feed.proof), (60, None));
}
