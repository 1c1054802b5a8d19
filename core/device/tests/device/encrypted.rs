//! The encrypted store and photos. Built without the feature `encrypted`, the file says what a plain build does with an
//! encrypted store.

use crate::common::*;
use wurao_device::system::FileKeyStore;
use wurao_device::{KeyStore, KeyStoreError, Phone, Ports, Settings};

fn opened(folder: &std::path::Path, ports: &Ports) -> Result<Phone, String> {
    Phone::open(&Settings { folder: folder.to_owned() }, ports.clone()).map_err(|error| error.code().to_owned())
}

#[test]
fn the_key_of_a_terminals_phone_lies_beside_its_folder_for_its_owner_alone() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("phone");
    std::fs::create_dir(&folder).unwrap();
    let keys = FileKeyStore::beside(&folder);
    assert_eq!(keys.store_key(false), Err(KeyStoreError::Missing));
    let key = keys.store_key(true).unwrap();
    assert_eq!((keys.store_key(true), keys.store_key(false)), (Ok(key), Ok(key)));
    let found = files(home.path());
    assert_eq!(found, [(home.path().join("phone.store-key"), key.to_vec())]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&found[0].0).unwrap().permissions().mode() & 0o777, 0o600);
    }
    keys.destroy().unwrap();
    keys.destroy().unwrap();
    assert_eq!(keys.store_key(false), Err(KeyStoreError::Missing));
    std::fs::write(&found[0].0, [1; 31]).unwrap();
    assert!(matches!(keys.store_key(true), Err(KeyStoreError::Unavailable(_))), "a key cut short is no key");
}

#[cfg(not(feature = "encrypted"))]
#[test]
fn a_plain_build_refuses_an_encrypted_store_and_leaves_it_as_it_is() {
    let desk = Desk::enrolled();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wurao.sqlite3"), [0xA5; 8192]).unwrap();
    assert_eq!(opened(folder.path(), &desk.ports).err().unwrap(), "store-encrypted");
    assert_eq!(std::fs::read(folder.path().join("wurao.sqlite3")).unwrap(), [0xA5; 8192]);
}

#[cfg(feature = "encrypted")]
mod encrypted {
    use super::*;
    use std::io::Read;
    use std::path::{Path, PathBuf};
    use std::sync::{Arc, Mutex};
    use wurao_device::{HttpAnswer, HttpRequest, Network, NetworkError, PhotoState, SyncOptions};
    use wurao_evidence::sample::{SampleSpec, camera_jpeg};
    use wurao_protocol::sync::{Answer, Upload};
    use wurao_protocol::{Digest, DocumentId};

    const ANSWER: &str = "灭火器压力正常，绿区";
    const NOTE: &str = "the generator coughs and stops after a minute";

    /// Every file whose bytes hold one of these, and at least eight bytes long each.
    fn holding(folder: &Path, needles: &[&[u8]]) -> Vec<PathBuf> {
        let has = |bytes: &[u8]| needles.iter().any(|needle| bytes.windows(needle.len()).any(|at| at == *needle));
        files(folder).into_iter().filter(|(_, bytes)| has(bytes)).map(|(path, _)| path).collect()
    }

    fn jpegs(folder: &Path) -> Vec<PathBuf> {
        let is = |bytes: &[u8]| bytes.starts_with(&[0xFF, 0xD8, 0xFF]) || bytes.windows(5).any(|at| at == b"JFIF\0");
        files(folder).into_iter().filter(|(_, bytes)| is(bytes)).map(|(path, _)| path).collect()
    }

    /// The photo that the camera has left beside the phone's folder.
    fn attach(desk: &Desk, document: DocumentId) -> (wurao_device::PhotoView, Vec<u8>) {
        let camera = tempfile::tempdir().unwrap();
        let path = camera.path().join("camera.jpg");
        let bytes = camera_jpeg(&SampleSpec { width: 1600, height: 1200, ..SampleSpec::default() }).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(jpegs(camera.path()), std::slice::from_ref(&path), "the search finds one where there is one");
        (desk.phone.attach_photo(document, "remark", "-", &path).unwrap(), bytes)
    }

    #[test]
    fn no_file_of_the_folder_holds_an_answer_or_a_part_of_a_photo() {
        let (desk, document) = Desk::at_work();
        desk.phone.answer(document, "remark", "-", ANSWER).unwrap();
        desk.phone.answer(document, "generator", "-", "bad").unwrap();
        desk.phone.answer(document, "generator#note", "-", NOTE).unwrap();
        let (photo, original) = attach(&desk, document);
        let thumbnail = desk.phone.picture(photo.thumbnail_sha256.as_ref().unwrap()).unwrap();
        let rendition = desk.phone.picture(photo.rendition_sha256.as_ref().unwrap()).unwrap();
        // Words of answers, of people, places and permits, what SQLite writes of itself, and runs of every picture.
        let words =
            [ANSWER, NOTE, "石桥村", "王芳", "Emergency office", "generator", "SQLite format 3", "CREATE TABLE"];
        let mut needles: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        for picture in [&original, &thumbnail, &rendition] {
            needles.extend(picture.chunks_exact(32).step_by(997));
        }
        let look = |folder: &Path, when: &str| {
            let names: Vec<_> = files(folder).into_iter().map(|(path, _)| path).collect();
            assert!(names.iter().any(|path| path.ends_with("wurao.sqlite3")), "{names:?}");
            assert_eq!(holding(folder, &needles), Vec::<PathBuf>::new(), "{when}");
            assert_eq!(jpegs(folder), Vec::<PathBuf>::new(), "{when}");
        };
        assert!(desk.folder.path().join("wurao.sqlite3-wal").exists());
        look(desk.folder.path(), "at work");
        desk.sync();
        look(desk.folder.path(), "after a sync");
        let Desk { phone, folder, .. } = desk;
        drop(phone);
        look(folder.path(), "closed");
        // The search would find it: the same words beside the folder.
        let beside = tempfile::tempdir().unwrap();
        std::fs::write(beside.path().join("leak"), [b"xx", ANSWER.as_bytes(), b"yy"].concat()).unwrap();
        assert_eq!(holding(beside.path(), &needles).len(), 1);
    }

    #[test]
    fn after_pages_that_could_not_be_read_the_phone_goes_on_without_being_opened_again() {
        let (desk, document) = Desk::at_work();
        desk.phone.answer(document, "remark", "-", ANSWER).unwrap();
        let Desk { phone, ports, folder, .. } = desk;
        // Closed and opened, all of it lies in one file and little of it in memory.
        drop(phone);
        let phone = opened(folder.path(), &ports).unwrap();
        let path = folder.path().join("wurao.sqlite3");
        let sound = std::fs::read(&path).unwrap();
        let mut damaged = sound.clone();
        damaged[4096..].fill(0x5A);
        std::fs::write(&path, damaged).unwrap();
        assert_eq!(phone.work().unwrap_err().code(), "store");
        assert_eq!(phone.answer(document, "water", "-", "1").unwrap_err().code(), "store");
        std::fs::write(&path, sound).unwrap();
        assert!(phone.values(document).unwrap().iter().any(|value| value.values == [ANSWER]));
        phone.answer(document, "water", "-", "1").unwrap();
    }

    #[test]
    fn a_wrong_key_is_told_as_such_and_changes_nothing() {
        let (desk, document) = Desk::at_work();
        desk.phone.answer(document, "remark", "-", ANSWER).unwrap();
        let found = tempfile::tempdir().unwrap();
        copy(desk.folder.path(), found.path());
        let but_the_index = |files: Vec<(PathBuf, Vec<u8>)>| {
            files.into_iter().filter(|(path, _)| !path.ends_with("wurao.sqlite3-shm")).collect::<Vec<_>>()
        };
        let before = but_the_index(files(found.path()));
        let other = HeldKey::default();
        *other.0.lock().unwrap() = Some([18; 32]);
        let ports = Ports { keys: Some(Arc::new(other)), ..desk.ports.clone() };
        assert_eq!(opened(found.path(), &ports).err().unwrap(), "wrong-key");
        assert!(but_the_index(files(found.path())) == before, "a wrong key has changed a file");
        let phone = opened(found.path(), &desk.ports).unwrap();
        assert!(phone.values(document).unwrap().iter().any(|value| value.values == [ANSWER]));
    }

    #[test]
    fn without_a_key_nothing_is_opened_and_nothing_made() {
        let desk = Desk::enrolled();
        let folder = tempfile::tempdir().unwrap();
        let keyless = Ports { keys: None, ..desk.ports.clone() };
        assert_eq!(opened(folder.path(), &keyless).err().unwrap(), "key-missing");
        assert!(!folder.path().join("wurao.sqlite3").exists() && !folder.path().join("blobs").exists());
    }

    #[test]
    fn a_destroyed_key_leaves_nothing_to_be_read() {
        let (desk, document) = Desk::at_work();
        let (photo, _) = attach(&desk, document);
        let Desk { phone, ports, keys, folder, .. } = desk;
        drop(phone);
        keys.destroy().unwrap();
        assert_eq!(opened(folder.path(), &ports).err().unwrap(), "key-missing");
        let anew = Ports { keys: Some(Arc::new(FileKeyStore::beside(folder.path()))), ..ports };
        assert_eq!(opened(folder.path(), &anew).err().unwrap(), "key-missing", "no new key is made for an old store");
        let sha256 = hex::decode(photo.original).unwrap().try_into().unwrap();
        let plain = wurao_evidence::Folder::look(folder.path().join("blobs"), None);
        let mut bytes = Vec::new();
        plain.reader(&sha256).unwrap().read_to_end(&mut bytes).unwrap();
        assert!(!bytes.starts_with(&[0xFF, 0xD8]));
    }

    #[test]
    fn a_plain_store_is_refused_and_left_as_it_is() {
        let desk = Desk::enrolled();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wurao.sqlite3");
        let plain = rusqlite::Connection::open(&path).unwrap();
        plain.execute_batch("CREATE TABLE t (x)").unwrap();
        drop(plain);
        let before = std::fs::read(&path).unwrap();
        assert_eq!(opened(folder.path(), &desk.ports).err().unwrap(), "store-not-encrypted");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn pictures_are_given_as_bytes_and_by_no_path() {
        let (desk, document) = Desk::at_work();
        let (photo, original) = attach(&desk, document);
        assert_eq!((&photo.thumbnail, &photo.rendition), (&None, &None));
        for sha256 in [photo.thumbnail_sha256, photo.rendition_sha256].into_iter().flatten() {
            let bytes = desk.phone.picture(&sha256).unwrap();
            assert_eq!(Digest::of(&[&bytes]).to_string(), sha256);
            assert!(bytes.starts_with(&[0xFF, 0xD8, 0xFF]) && bytes.len() < original.len());
        }
        assert_eq!(desk.phone.picture(&"00".repeat(32)).unwrap_err().code(), "not-found");
        assert_eq!(desk.phone.picture("../../device.key").unwrap_err().code(), "not-found");
    }

    #[test]
    fn a_kill_while_a_photo_is_written_costs_nothing_that_was_saved() {
        let (desk, document) = Desk::at_work();
        let (photo, _) = attach(&desk, document);
        // Killed after the original was kept and noted, in the middle of writing the thumbnail.
        let store = store_in(desk.folder.path());
        store.execute("UPDATE photo SET entry = NULL", []).unwrap();
        store.execute("DELETE FROM blob", []).unwrap();
        drop(store);
        let blobs = desk.folder.path().join("blobs");
        let at = |sha256: &Option<String>| {
            let sha256 = sha256.as_ref().unwrap();
            blobs.join(&sha256[..2]).join(sha256)
        };
        let half = std::fs::read(at(&photo.thumbnail_sha256)).unwrap();
        std::fs::write(blobs.join("incoming/.tmp1"), &half[..half.len() / 2]).unwrap();
        std::fs::remove_file(at(&photo.thumbnail_sha256)).unwrap();
        std::fs::remove_file(at(&photo.rendition_sha256)).unwrap();
        let desk = desk.reopen();
        let mended = desk.phone.photos(document).unwrap().remove(0);
        assert_eq!(mended.state, PhotoState::Ready);
        assert_eq!((&mended.thumbnail_sha256, &mended.original), (&photo.thumbnail_sha256, &photo.original));
        desk.phone.picture(mended.thumbnail_sha256.as_ref().unwrap()).unwrap();
        assert_eq!(std::fs::read_dir(desk.folder.path().join("blobs/incoming")).unwrap().count(), 0);
    }

    /// The office's line, with leave to upload every file of a photo; what came is kept by path.
    struct Uploads {
        line: Line,
        wanted: Vec<String>,
        came: Mutex<Vec<(String, Vec<u8>)>>,
    }

    impl Network for Uploads {
        fn exchange(&self, request: &HttpRequest) -> Result<HttpAnswer, NetworkError> {
            let Some((_, path)) = request.url.split_once("/files/") else {
                let mut answer = self.line.exchange(request)?;
                if let Ok(mut body) = Answer::from_body(&answer.body) {
                    body.uploads = self.wanted.iter().map(|sha256| upload(sha256)).collect();
                    answer.body = body.to_body().unwrap();
                }
                return Ok(answer);
            };
            let mut came = self.came.lock().unwrap();
            let known = came.iter().position(|(known, _)| known == path);
            let (status, offset) = match (request.method, known) {
                ("HEAD", None) => (404, 0),
                ("HEAD", Some(at)) => (200, came[at].1.len()),
                ("POST", _) => {
                    came.push((path.to_owned(), Vec::new()));
                    (201, 0)
                }
                (_, at) => {
                    // The leave to send names the file: its first bytes make it.
                    let at = at.unwrap_or_else(|| {
                        came.push((path.to_owned(), Vec::new()));
                        came.len() - 1
                    });
                    let bytes = &mut came[at].1;
                    bytes.extend(&request.body);
                    (204, bytes.len())
                }
            };
            let headers = vec![("upload-offset".to_owned(), offset.to_string())];
            Ok(HttpAnswer { status, headers, body: Vec::new() })
        }
    }

    fn upload(sha256: &str) -> Upload {
        Upload {
            sha256: Digest(hex::decode(sha256).unwrap().try_into().unwrap()),
            path: format!("/files/{sha256}"),
            has: None,
        }
    }

    #[test]
    fn what_is_uploaded_in_parts_is_the_picture_itself_and_a_damaged_one_is_made_anew() {
        let (desk, document) = Desk::at_work();
        let (photo, _) = attach(&desk, document);
        let wanted: Vec<String> =
            [&photo.thumbnail_sha256, &photo.rendition_sha256].into_iter().flatten().cloned().collect();
        let pictures: Vec<Vec<u8>> = wanted.iter().map(|sha256| desk.phone.picture(sha256).unwrap()).collect();
        let uploads =
            Arc::new(Uploads { line: Line(desk.office.clone()), wanted: wanted.clone(), came: Mutex::default() });
        let Desk { phone, ports, folder, .. } = desk;
        drop(phone);
        let rotten = folder.path().join("blobs").join(&wanted[1][..2]).join(&wanted[1]);
        let mut bytes = std::fs::read(&rotten).unwrap();
        bytes[100] ^= 1;
        std::fs::write(&rotten, bytes).unwrap();
        let phone = opened(folder.path(), &Ports { network: uploads.clone(), ..ports }).unwrap();
        let options = SyncOptions { chunk: 10_000, ..SyncOptions::default() };
        let report = phone.sync(&options, &(), &Default::default()).unwrap();
        assert_eq!((report.photos_uploaded, report.photos_damaged), (2, 0));
        let came = uploads.came.lock().unwrap();
        for (sha256, picture) in wanted.iter().zip(&pictures) {
            let (_, bytes) = came.iter().find(|(path, _)| path == sha256).unwrap();
            assert!(bytes == picture, "{sha256}");
        }
    }
}
