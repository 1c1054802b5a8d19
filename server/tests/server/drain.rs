//! A phone's folder emptied: what its journal says, what its photos are, what can be wrong with either.

use crate::support::{LI, MORNING_MS, Phone, Push, World};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wurao_evidence::sample::{SampleSpec, camera_jpeg};
use wurao_evidence::{Blob, Captured, FilesKey, Folder, keep, process};
use wurao_protocol::Digest;
use wurao_protocol::cbor::Bytes;
use wurao_protocol::journal::{Entry, Header, Opening, Writer};
use wurao_protocol::key::{PublicKey, Signer};
use wurao_protocol::record::{Blob as BlobRef, Capture, EvidenceEntry, Image};

/// A phone let in, and the folder it leaves behind.
fn left(world: &World) -> (Phone, PathBuf) {
    let mut li = Phone::new(1, LI);
    li.enrol(world, "code-li");
    li.sync(world, &Push::default());
    let folder = world.folder.path().join("found");
    std::fs::create_dir_all(folder.join("drain")).unwrap();
    (li, folder)
}

/// Segment `number`: these entries, behind an opening.
fn segment(phone: &Phone, folder: &Path, number: u8, files_key: Option<[u8; 32]>, entries: &[Entry]) {
    let drain_key = PublicKey::from_bytes(&phone.trust.as_ref().unwrap().drain_key).unwrap();
    let content = [number; 32];
    let header = Header::sealed_to(&drain_key, &content, &[8; 32]).unwrap();
    let opening = Opening { device: Bytes(phone.device.clone()), files_key, at_ms: MORNING_MS };
    let (mut writer, mut bytes) = Writer::begin(&header, &content, &opening).unwrap();
    for entry in entries {
        bytes.extend(writer.entry(entry).unwrap());
    }
    std::fs::write(folder.join(format!("drain/{number}.journal")), bytes).unwrap();
}

/// A push as a journal's entries, signed for at the end or not.
fn entries(push: &Push, signed: bool) -> Vec<Entry> {
    let (heads, records) = push.records.split_first().unwrap();
    let mut entries: Vec<Entry> = records.iter().map(|record| Entry::Record(Bytes(record.clone()))).collect();
    for document in &push.documents {
        entries.extend(document.changes.iter().map(|change| Entry::Change(document.document, change.clone())));
    }
    entries.push(Entry::Flush(signed.then(|| Bytes(heads.clone()))));
    entries
}

fn drained(world: &World, folder: &Path) -> String {
    world.command(&["drain", "--data", "DATA", folder.to_str().unwrap()]).unwrap()
}

/// An answer and its session, not sent.
fn unsent(li: &mut Phone) -> Push {
    let session = li.session();
    let change = li.answer("water", 12);
    let mut push = li.covered(&[&change]);
    push.records.push(session);
    push
}

/// A photo kept in the phone's folder, encrypted under a key or plain, and the record that announces it.
fn photographed(li: &Phone, folder: &Path, key: Option<[u8; 32]>) -> (Vec<u8>, Vec<u8>) {
    let jpeg = camera_jpeg(&SampleSpec { width: 640, height: 480, ..SampleSpec::default() }).unwrap();
    let camera = folder.with_extension("jpg");
    std::fs::write(&camera, &jpeg).unwrap();
    let blobs = match key {
        Some(key) => {
            let random = Arc::new(|bytes: &mut [u8]| {
                bytes.fill(9);
                Ok(())
            });
            Folder::open_encrypted(folder.join("blobs"), FilesKey(key), random).unwrap()
        }
        None => Folder::open(folder.join("blobs")).unwrap(),
    };
    let original = keep(&blobs, &camera).unwrap();
    let captured = process(&blobs, &original).unwrap();
    (li.seal(&entry(li, &original, &captured)), jpeg)
}

fn entry(li: &Phone, original: &Blob, captured: &Captured) -> EvidenceEntry {
    let blob = |blob: &Blob| BlobRef { sha256: Digest(blob.sha256), bytes: blob.len };
    let image = |stored: &wurao_evidence::Stored| Image {
        blob: blob(&stored.blob),
        width: stored.width,
        height: stored.height,
    };
    EvidenceEntry {
        document: li.document(),
        question: "water".to_owned(),
        instance: "-".to_owned(),
        original: blob(original),
        media_type: captured.media_type.to_owned(),
        rendition: image(&captured.rendition),
        thumbnail: image(&captured.thumbnail),
        pipeline: "test".to_owned(),
        perceptual: captured.phash,
        capture: Capture {
            attached: crate::support::STAMP,
            camera_time: None,
            position: None,
            orientation: 1,
            camera: None,
        },
        person: li.person,
        actor: li.actor(),
        sequence: 1,
        previous: None,
    }
}

/// Every file that lies in a folder, whole.
fn holds(folder: &Path, part: &[u8]) -> bool {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(path).unwrap().windows(part.len()).any(|at| at == part) {
                return true;
            }
        }
    }
    false
}

#[test]
fn photos_come_from_a_phone_whose_text_went_up_before_encrypted_or_not() {
    for key in [None, Some([0x5e; 32])] {
        let world = World::new();
        let (mut li, folder) = left(&world);
        let mut push = unsent(&mut li);
        let (record, jpeg) = photographed(&li, &folder, key);
        push.records.push(record);
        li.sync(&world, &push);
        // Everything was acknowledged: the journal was begun anew and has nothing but its opening.
        segment(&li, &folder, 7, key, &[]);
        assert_eq!(holds(&folder.join("blobs"), &jpeg[..64]), key.is_none(), "encrypted is encrypted");

        let told = drained(&world, &folder);
        assert!(told.contains(&format!("phone {}: 1 journal segments read", li.key.public().device())), "{told}");
        assert!(told.contains("0 records and 0 changes came in") && told.contains("3 photo files came in"), "{told}");
        assert!(holds(&world.folder.path().join("data"), &jpeg), "the original, byte for byte");
        assert!(drained(&world, &folder).contains("0 photo files came in, 0 are missing"), "once");
    }
}

#[test]
fn a_photo_that_is_gone_or_cannot_be_decrypted_is_counted_as_missing() {
    let world = World::new();
    let (mut li, folder) = left(&world);
    let mut push = unsent(&mut li);
    push.records.push(photographed(&li, &folder, Some([0x5e; 32])).0);
    segment(&li, &folder, 1, Some([0x5f; 32]), &entries(&push, true));
    let told = drained(&world, &folder);
    assert!(
        told.contains("3 records and 1 changes") && told.contains("0 photo files came in, 3 are missing"),
        "{told}"
    );
}

#[test]
fn what_is_signed_for_nowhere_waits_until_a_segment_with_the_signature_is_read() {
    let world = World::new();
    let (mut li, folder) = left(&world);
    let push = unsent(&mut li);
    segment(&li, &folder, 1, None, &entries(&push, false));
    let told = drained(&world, &folder);
    assert!(told.contains("1 changes came in, 0 of them held") && told.contains("1 changes wait"), "{told}");
    let again = drained(&world, &folder);
    assert!(again.contains("0 changes came in") && !again.contains("changes wait"), "{again}");
    segment(&li, &folder, 2, None, &entries(&push, true));
    let told = drained(&world, &folder);
    assert!(told.contains("2 journal segments") && told.contains("1 changes came in, 0 of them held"), "{told}");
}

#[test]
fn a_file_that_is_no_segment_or_too_long_for_one_is_named_and_stops_nothing() {
    let world = World::new();
    let (mut li, folder) = left(&world);
    let push = unsent(&mut li);
    segment(&li, &folder, 2, None, &entries(&push, true));
    std::fs::write(folder.join("drain/1.journal"), "no journal").unwrap();
    let long = std::fs::File::create(folder.join("drain/3.journal")).unwrap();
    // A hole in the disk: as long as can be, and read no further than a segment goes.
    long.set_len(1 << 40).unwrap();
    let told = drained(&world, &folder);
    for words in ["1.journal: not-a-journal", "3.journal: too-large", "1 changes came in"] {
        assert!(told.contains(words), "{words} is not in {told}");
    }
    assert_eq!(std::fs::metadata(folder.join("drain/3.journal")).unwrap().len(), 1 << 40);
}

#[test]
fn what_is_no_regular_file_is_named_and_not_waited_for() {
    let world = World::new();
    let (mut li, folder) = left(&world);
    let mut push = unsent(&mut li);
    let (record, jpeg) = photographed(&li, &folder, None);
    push.records.push(record);
    segment(&li, &folder, 2, None, &entries(&push, true));
    // Nobody ever writes into these pipes. One stands where the photo was.
    let name = Digest::of(&[&jpeg]).to_string();
    let photo = folder.join("blobs").join(&name[..2]).join(&name);
    std::fs::remove_file(&photo).unwrap();
    for pipe in [folder.join("drain/1.journal"), photo] {
        assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
    }
    std::os::unix::fs::symlink("2.journal", folder.join("drain/3.journal")).unwrap();
    std::fs::create_dir(folder.join("drain/4.journal")).unwrap();
    let (told, hears) = std::sync::mpsc::channel();
    let from = folder.clone();
    std::thread::spawn(move || told.send(drained(&world, &from)));
    let told = hears.recv_timeout(std::time::Duration::from_secs(60)).unwrap();
    for number in [1, 3, 4] {
        assert!(told.contains(&format!("skipped: {number}.journal: no regular file\n")), "{told}");
    }
    assert!(told.contains("1 journal segments read") && told.contains("1 changes came in"), "{told}");
    assert!(told.contains("2 photo files came in, 1 are missing"), "{told}");
}

#[test]
fn a_folder_that_is_no_phones_and_a_phone_of_another_server_are_refused() {
    let (world, theirs) = (World::new(), World::new());
    let nothing = world.folder.path().join("nothing");
    std::fs::create_dir_all(nothing.join("drain")).unwrap();
    let refused = world.command(&["drain", "--data", "DATA", nothing.to_str().unwrap()]).unwrap_err();
    assert_eq!(refused.code(), "malformed");

    // Sealed to our drain key, and yet of a phone that we never let in.
    let (li, folder) = left(&world);
    let mut stranger = Phone::new(1, LI);
    stranger.enrol(&theirs, "code-li");
    stranger.trust = li.trust.clone();
    segment(&stranger, &folder, 1, None, &[]);
    let refused = world.command(&["drain", "--data", "DATA", folder.to_str().unwrap()]).unwrap_err();
    assert_eq!(refused.code(), "unknown-device");
}

#[test]
fn what_a_found_phone_was_handed_by_a_colleague_s_is_the_colleague_s() {
    let world = World::new();
    let (mut wang, folder) = left(&world);
    let mut li = Phone::new(7, LI);
    li.enrol(&world, "code-spare");
    li.sync(&world, &Push::default());
    let mut push = unsent(&mut wang);
    push.records.push(li.session());
    segment(&wang, &folder, 1, None, &entries(&push, true));
    let told = drained(&world, &folder);
    assert!(told.contains("3 records and 1 changes came in, 0 of them held"), "{told}");
    let device = li.key.public().device().0;
    let sql = "SELECT COUNT(*) FROM session WHERE device = ?1";
    assert_eq!(world.write(move |tx, _, _| Ok(tx.query_row::<i64, _, _>(sql, [device], |row| row.get(0))?)), 1);
}
