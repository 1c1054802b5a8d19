//! Photos and their chain, changes and who signs for them, uploads.

use super::super::cose::Parts;
use super::super::office::{key, sealed};
use super::{Field, Phone, Tried, in_a_word};
use rand::Rng as _;
use rand::rngs::StdRng;
use std::slice;
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::frame::{DocumentChanges, Frame};
use wurao_protocol::key::Signer as _;
use wurao_protocol::record::{Blob, Capture, EvidenceEntry, Heads, Image, Kind, Session, Stamp};
use wurao_protocol::sync::Answer;
use wurao_protocol::{Digest, DocumentId, PersonId, merkle};
use wurao_record::{ActorId, Admitted, Genesis, Map, Put, Scalar};
use wurao_tests::{Doing, Trouble};

/// Letters of a path to upload to that are of its authenticator alone.
const SEAL: usize = 21;
const PATCH: &str = "application/offset+octet-stream";

impl Field {
    /// Entries that are not where they belong; what the honest one announced goes up in [`Field::uploads`].
    pub(super) fn photos(&mut self, chance: &mut StdRng, tried: &mut Vec<Tried>) -> Result<(), Trouble> {
        let (mine, theirs) = (self.ours.open(chance, self.now_ms), self.theirs.open(chance, self.now_ms));
        self.pushed(&self.ours.seal(&mine), true);
        self.pushed(&self.theirs.seal(&theirs), false);
        let (document, me, them) = (self.visit.visit.document, self.ours.person, self.theirs.person);
        let team = &self.visit.visit.team;
        let colleague = team.iter().map(|member| member.person).find(|person| *person != me).unwrap_or(them);
        let picture: Vec<u8> = (0..64).map(|_| chance.random()).collect();
        let (sequence, previous) = self.chain;
        let honest = entry(document, me, mine.actor, sequence + 1, previous, &picture, mine.began);
        let record = self.ours.seal(&honest);
        let name = wurao_protocol::envelope::open(&record).doing("read an entry")?.id;
        tried.push(("(honest) a photo", "Ok", self.pushed(&record, true)));
        self.chain = (sequence + 1, Some(name));

        let next = EvidenceEntry { sequence: sequence + 2, previous: Some(name), ..honest.clone() };
        let other: Vec<u8> = (0..32).map(|_| chance.random()).collect();
        let other = Digest::of(&[&other]);
        let elsewhere = DocumentId(chance.random());
        let mut large = next.clone();
        large.original.bytes = u64::MAX;
        let twice = entry(document, me, mine.actor, sequence + 1, previous, b"another", mine.began);
        let team_of_theirs = self.their_visit.visit.document;
        let moved = {
            let record = self.ours.seal(&next);
            let other = EvidenceEntry { document: team_of_theirs, ..next.clone() };
            let parts = Parts::honest(Kind::Evidence, self.ours.key.public().id(), cbor::encode(&other));
            parts.with(&record[record.len() - 64..])
        };
        let of = |change: fn(&mut EvidenceEntry)| {
            let mut entry = next.clone();
            change(&mut entry);
            self.ours.seal(&entry)
        };
        let with = |entry: EvidenceEntry| self.ours.seal(&entry);
        let list = vec![
            ("another photo at the same place of the chain", "equivocation", with(twice)),
            (
                "a photo that names another before it",
                "equivocation",
                with(EvidenceEntry { previous: Some(other), ..next.clone() }),
            ),
            ("a photo that begins the chain anew", "malformed", of(|entry| entry.previous = None)),
            ("a photo at no place of the chain", "malformed", of(|entry| entry.sequence = 0)),
            ("a photo at the end of all chains", "malformed", of(|entry| entry.sequence = u64::MAX)),
            ("a photo moved to another inspection", "wrong-signature", moved),
            (
                "a photo of another team's inspection",
                "not-on-team",
                with(EvidenceEntry { document: team_of_theirs, ..next.clone() }),
            ),
            (
                "a photo of an inspection that there is not",
                "no-permit",
                with(EvidenceEntry { document: elsewhere, ..next.clone() }),
            ),
            (
                "a photo in a colleague's name",
                "forged-actor",
                with(EvidenceEntry { person: colleague, ..next.clone() }),
            ),
            (
                "a photo in another phone's session",
                "forged-actor",
                with(EvidenceEntry { actor: theirs.actor, ..next.clone() }),
            ),
            ("a photo larger than any", "too-large", with(large)),
        ];
        for (name, expect, record) in list {
            tried.push((name, expect, self.pushed(&record, true)));
        }
        let stolen = self.theirs.seal(&next);
        tried.push(("another phone's photo, signed anew", "forged-actor", self.pushed(&stolen, false)));
        let joined = self.theirs.seal(&EvidenceEntry { person: them, actor: theirs.actor, ..next });
        tried.push(("a photo by somebody not on the team", "not-on-team", self.pushed(&joined, false)));
        self.uploads(&honest, &picture, tried)
    }

    /// Bytes for which no leave was given.
    fn uploads(&mut self, entry: &EvidenceEntry, picture: &[u8], tried: &mut Vec<Tried>) -> Result<(), Trouble> {
        let offered = self.exchange(&[], &[], Who::Ours)?.uploads;
        let path = |blob: &Blob| {
            let found = offered.iter().find(|upload| upload.sha256 == blob.sha256).map(|upload| upload.path.clone());
            found.ok_or_else(|| Trouble::new("look for an upload", "none is offered"))
        };
        let (thumbnail, rendition) = (path(&entry.thumbnail.blob)?, path(&entry.rendition.blob)?);
        let mut turned = thumbnail.clone().into_bytes();
        let at = turned.len() / 2;
        turned[at] = if turned[at] == b'A' { b'B' } else { b'A' };
        let turned = String::from_utf8(turned).doing("turn a letter")?;
        let half = thumbnail.len() - SEAL;
        let mixed = format!("{}{}", &thumbnail[..half], &rendition[rendition.len() - SEAL..]);
        let right = &picture[..THUMBNAIL];
        let wrong: Vec<u8> = right.iter().map(|byte| !byte).collect();
        tried.push(("(honest) a look at an upload", "200", self.look(&thumbnail)?));
        tried.push(("leave to upload with a letter changed", "upload-capability", self.append(&turned, right)?));
        tried.push(("leave to upload under another's seal", "upload-capability", self.append(&mixed, right)?));
        tried.push(("leave to upload made up", "upload-capability", self.append("/v1/uploads/AAAA", right)?));
        tried.push(("an upload of another length", "upload-capability", self.create(&thumbnail, THUMBNAIL + 1)?));
        tried.push(("more bytes than were announced", "too-large", self.append(&thumbnail, picture)?));
        tried.push(("other bytes than were announced", "blob-hash", self.append(&rendition, &wrong)?));
        let now_ms = self.clock.get();
        self.clock.set(now_ms + 24 * 3_600_000);
        let late = self.append(&thumbnail, right);
        self.clock.set(now_ms);
        tried.push(("leave to upload of yesterday", "upload-capability", late?));
        Ok(())
    }

    fn look(&self, path: &str) -> Result<String, Trouble> {
        let request = self.http.head(format!("{}{path}", self.url)).header("tus-resumable", "1.0.0");
        Ok(request.send().doing("look at an upload")?.status().as_u16().to_string())
    }

    fn create(&self, path: &str, length: usize) -> Result<String, Trouble> {
        let request = self.http.post(format!("{}{path}", self.url)).header("tus-resumable", "1.0.0");
        request.header("upload-length", length).send().doing("begin an upload")?.text().doing("read why not")
    }

    fn append(&self, path: &str, bytes: &[u8]) -> Result<String, Trouble> {
        let request = self.http.patch(format!("{}{path}", self.url)).header("tus-resumable", "1.0.0");
        let request = request.header("upload-offset", 0).header("content-type", PATCH).body(bytes.to_vec());
        request.send().doing("upload")?.text().doing("read why not")
    }

    /// Changes by others than who opened their session, and heads that cover nothing.
    pub(super) fn changes(&mut self, chance: &mut StdRng, tried: &mut Vec<Tried>) -> Result<(), Trouble> {
        let (mine, theirs) = (self.ours.open(chance, self.now_ms), self.theirs.open(chance, self.now_ms));
        self.pushed(&self.ours.seal(&mine), true);
        self.pushed(&self.theirs.seal(&theirs), false);
        let document = self.visit.visit.document;
        let nobody: [u8; 16] = chance.random();
        let change = self.write(chance, mine.actor, Map::Answers)?;
        let twice = self.write(chance, mine.actor, Map::Answers)?;
        let outside = self.write(chance, theirs.actor, Map::Answers)?;
        let loose = self.write(chance, nobody, Map::Answers)?;
        let meta = self.write(chance, mine.actor, Map::Meta)?;
        let visit = &self.their_visit;
        let other = Genesis::of(wurao_record::DocumentId(visit.visit.document.0), visit.visit.checklist.0);
        let graft = built(&other, &wurao_record::Ledger::new(), mine.actor, self.now_ms, chance, Map::Answers)?;
        let here = |change: &Admitted| entry_of(document, &[change]);
        let named = DocumentChanges { document, heads: Some(vec![Digest(change.row.hash)]), changes: Vec::new() };
        let heads = heads_over(&self.ours, &named);
        let elsewhere = Heads::over(&[merkle::leaf(&self.their_visit.visit.document, &[Digest(change.row.hash)])]);

        let first = [
            ("a change in another phone's session", "forged-actor", here(&change), Who::Second),
            ("a change by somebody not on the team", "not-on-team", here(&outside), Who::Theirs),
            ("a change in no session", "no-session", here(&loose), Who::Ours),
            ("a change of what a document says of itself", "field-refused", here(&meta), Who::Ours),
            ("a change grafted from another inspection", "unknown-dependency", here(&graft), Who::Ours),
            (
                "a change of an inspection that there is not",
                "no-permit",
                entry_of(DocumentId(nobody), &[&change]),
                Who::Ours,
            ),
            ("a change that nobody signed for", "Waiting", here(&change), Who::Ours),
            ("another change at the same place of a session", "equivocation", here(&twice), Who::Ours),
        ];
        for (name, expect, entry, who) in first {
            let answer = self.exchange(&[], &[entry], who)?;
            tried.push((name, expect, of_document(&answer)));
        }
        let wrong = self.ours.seal(&elsewhere);
        let answer = self.exchange(&[wrong], slice::from_ref(&named), Who::Ours)?;
        tried.push(("heads of another inspection", "Waiting", of_document(&answer)));
        let second = heads_over(&self.second, &named);
        let answer = self.exchange(&[second], slice::from_ref(&named), Who::Second)?;
        tried.push(("heads signed by another phone of the same person", "Waiting", of_document(&answer)));
        let answer = self.exchange(slice::from_ref(&heads), slice::from_ref(&named), Who::Second)?;
        let carried = answer.records.first().map(in_a_word).unwrap_or_default();
        tried.push(("heads of one phone pushed by another", "wrong-signature", carried));
        let answer = self.exchange(&[heads], &[named], Who::Ours)?;
        tried.push(("(honest) heads of the session's phone", "Ok", of_document(&answer)));
        self.ledger.apply(change);
        Ok(())
    }

    fn write(&self, chance: &mut StdRng, actor: [u8; 16], map: Map) -> Result<Admitted, Trouble> {
        let visit = &self.visit.visit;
        let genesis = Genesis::of(wurao_record::DocumentId(visit.document.0), visit.checklist.0);
        built(&genesis, &self.ledger, actor, self.now_ms, chance, map)
    }

    /// One push and its answer.
    pub(super) fn exchange(
        &mut self,
        records: &[Vec<u8>],
        documents: &[DocumentChanges],
        who: Who,
    ) -> Result<Answer, Trouble> {
        let records = records.iter().cloned().map(Bytes).collect();
        let frame = Frame { records, documents: documents.to_vec(), proofs: None };
        let frame = frame.pack().map_err(|problem| Trouble::new("pack", problem.code()))?;
        let phone = match who {
            Who::Ours => &mut self.ours,
            Who::Second => &mut self.second,
            Who::Theirs => &mut self.theirs,
        };
        let request = phone.request(vec![frame]);
        let (_, body) = self.raw("/v1/sync", request.to_body());
        Answer::from_body(&body).map_err(|_| Trouble::new("sync", String::from_utf8_lossy(&body).into_owned()))
    }

    /// What a village said, as nobody said it.
    pub(super) fn carried(&mut self, chance: &mut StdRng, tried: &mut Vec<Tried>) {
        use wurao_protocol::feedback::PURPOSE;
        use wurao_protocol::record::Carried;
        use wurao_protocol::seal;
        let stranger = key(chance).public();
        let office = wurao_protocol::key::PublicKey::from_bytes(&self.feedback).unwrap_or_else(|_| stranger.clone());
        let noise: Vec<u8> = (0..200).map(|_| chance.random()).collect();
        let ikm: [u8; 32] = chance.random();
        let to = |key, purpose| seal::seal(key, purpose, b"five stars", &ikm).unwrap_or_default();
        let list = [
            ("a village's word that does not open", noise),
            ("a village's word to somebody else", to(&stranger, PURPOSE)),
            ("a village's word for another purpose", to(&office, b"wurao-drain-1")),
            ("a village's word that says nothing", to(&office, PURPOSE)),
        ];
        for (name, sealed) in list {
            let record = self.ours.seal(&Carried { sealed: Bytes(sealed), at: super::STAMP });
            tried.push((name, "sealed", self.pushed(&record, true)));
        }
        let word = Carried { sealed: Bytes(vec![1; 100]), at: super::STAMP };
        let unsigned = self.pushed(&sealed(&self.theirs.key, &word), true);
        tried.push(("a village's word that another phone carried", "wrong-signature", unsigned));
    }
}

/// Which phone pushes.
#[derive(Clone, Copy)]
pub(super) enum Who {
    Ours,
    Second,
    Theirs,
}

/// Bytes of the picture that are its thumbnail.
const THUMBNAIL: usize = 20;

fn entry(
    document: DocumentId,
    person: PersonId,
    actor: [u8; 16],
    sequence: u64,
    previous: Option<Digest>,
    picture: &[u8],
    at: Stamp,
) -> EvidenceEntry {
    let blob = |bytes: &[u8]| Blob { sha256: Digest::of(&[bytes]), bytes: bytes.len() as u64 };
    let image = |bytes: &[u8]| Image { blob: blob(bytes), width: 4, height: 3 };
    EvidenceEntry {
        document,
        question: "water".to_owned(),
        instance: "-".to_owned(),
        original: blob(picture),
        media_type: "image/jpeg".to_owned(),
        rendition: image(&picture.iter().take(THUMBNAIL).rev().copied().collect::<Vec<_>>()),
        thumbnail: image(&picture[..picture.len().min(THUMBNAIL)]),
        pipeline: "forge".to_owned(),
        perceptual: 0,
        capture: Capture { attached: at, camera_time: None, position: None, orientation: 1, camera: None },
        person,
        actor,
        sequence,
        previous,
    }
}

fn built(
    genesis: &Genesis,
    ledger: &wurao_record::Ledger,
    actor: [u8; 16],
    time_ms: i64,
    chance: &mut StdRng,
    map: Map,
) -> Result<Admitted, Trouble> {
    let put = Put::new(map, "remark@-", Scalar::Text(chance.random_range(0..1_000_000).to_string()));
    let built = wurao_record::build(genesis, ledger, &ActorId(actor), time_ms, &[put]);
    built.map_err(|why| why.to_string()).doing("write a change")
}

pub(super) fn entry_of(document: DocumentId, changes: &[&Admitted]) -> DocumentChanges {
    let changes = changes.iter().map(|change| Bytes(change.bytes.clone())).collect();
    DocumentChanges { document, heads: None, changes }
}

fn heads_over(phone: &Phone, entry: &DocumentChanges) -> Vec<u8> {
    let heads = entry.heads.clone().unwrap_or_default();
    phone.seal(&Heads::over(&[merkle::leaf(&entry.document, &heads)]))
}

pub(super) fn of_document(answer: &Answer) -> String {
    answer.documents.first().map(|document| in_a_word(&document.status)).unwrap_or_default()
}

impl Phone {
    /// A session that begins now.
    fn open(&self, chance: &mut StdRng, now_ms: i64) -> Session {
        let mut session = self.session(chance);
        session.began.wall_ms = now_ms;
        session.began.server_ms = Some(now_ms);
        session
    }
}
