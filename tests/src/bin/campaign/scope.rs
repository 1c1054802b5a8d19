//! Who sees what: random division trees, random people and tokens, every route asked as every one of them, and every
//! form that names something sent with what is not theirs.
//!
//! Every village, person, plan item, answer, reason, comment, phone and photo carries a text of its own (a
//! [`mark::Mark`]) that says where it belongs. Nothing that comes back to a reader may hold a mark of elsewhere, nor be
//! a photo of elsewhere; and so that this says something, every kind of mark must come back to somebody. The routes are
//! those the server's router itself lists. A form that names what lies elsewhere is refused and leaves the database as
//! it was.

mod ask;
mod desk;
mod field;
mod forms;
mod mark;
mod tree;

use crate::Trial;
use ask::{Answer, Asker};
use mark::{Marks, Reader};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use tree::Tree;
use wurao_tests::{Doing, Trouble};

/// One tree, its people and all they ask for.
pub(crate) fn trial(seed: u64) -> Trial {
    let failures = match run(seed) {
        Ok(failures) => failures,
        Err(trouble) => vec![trouble.to_string()],
    };
    Trial { tried: 1, failures }
}

fn run(seed: u64) -> Result<Vec<String>, Trouble> {
    let folder = tempfile::tempdir().doing("make a folder")?;
    let mut tree = Tree::grow(seed, folder.path())?;
    let people = |tree: &Tree| -> Result<Vec<Asker>, Trouble> {
        tree.readers.iter().map(|reader| Asker::person(tree, &reader.name)).collect()
    };
    let mut askers = people(&tree)?;
    let watching = askers.iter().map(Asker::watch).collect::<Result<Vec<_>, Trouble>>()?;
    tree.happen()?;
    for token in &tree.tokens {
        askers.push(Asker::token(&tree, token)?);
    }
    askers.push(Asker::stranger(&tree)?);
    let nobody = Reader { name: "a stranger".to_owned(), ..Reader::default() };
    let readers: Vec<&Reader> = tree.readers.iter().chain(&tree.tokens).chain([&nobody]).collect();
    let mut seen = Seen { marks: Marks::of(&tree.marks), tree: &tree, own: BTreeSet::new(), failures: Vec::new() };
    // First all who only look, then forms that name what is not theirs, then all who send anything anywhere: what is
    // sent may change who may do what.
    for (reader, asker) in readers.iter().zip(&askers) {
        asker.everything(&tree, false, |asked, answer| seen.look(reader, asked, answer))?;
    }
    for (reader, asker) in readers.iter().zip(&askers) {
        forms::send(&tree, reader, asker, &mut seen)?;
    }
    for (reader, asker) in readers.iter().zip(&askers) {
        asker.everything(&tree, true, |asked, answer| seen.look(reader, asked, answer))?;
    }
    for phone in &tree.phones {
        for file in files(&phone.folder)? {
            seen.bytes(&phone.reader, "a phone's own files", &std::fs::read(&file).doing("read a phone's file")?);
        }
    }
    let (own, mut failures) = (seen.own, seen.failures);
    for kind in mark::kinds(&tree.marks) {
        if !own.contains(kind) {
            failures.push(format!("nobody saw any {kind} of their own: nothing was shown by this tree"));
        }
    }
    // Streams end with the server.
    tree.stop();
    let mut seen = Seen { marks: Marks::of(&tree.marks), tree: &tree, own, failures };
    for (reader, watching) in tree.readers.iter().zip(watching) {
        let told = watching.join().map_err(|_| Trouble::new("watch", "the watcher failed"))?;
        seen.bytes(reader, "/live", &told);
    }
    Ok(seen.failures)
}

/// What came back to anybody.
struct Seen<'a> {
    marks: Marks<'a>,
    tree: &'a Tree,
    own: BTreeSet<&'static str>,
    failures: Vec<String>,
}

impl Seen<'_> {
    fn look(&mut self, reader: &Reader, asked: &str, answer: &Answer) {
        self.bytes(reader, asked, &answer.headers);
        self.bytes(reader, asked, &answer.body);
        let hash: [u8; 32] = Sha256::digest(&answer.body).into();
        if let Some(photo) = self.tree.photos.iter().find(|photo| photo.text == hex::encode(hash)) {
            if reader.may_see(photo) {
                self.own.insert(photo.kind);
            } else {
                self.failures.push(format!("{} got a photo of {:?} from {asked}", reader.name, photo.places));
            }
        }
    }

    fn bytes(&mut self, reader: &Reader, asked: &str, bytes: &[u8]) {
        for mark in self.marks.found(bytes) {
            if asked.contains(&mark.text) {
                continue;
            }
            if reader.may_see(mark) {
                self.own.insert(mark.kind);
            } else {
                let who = format!("{} {:?}", reader.name, reader.grants);
                self.failures.push(format!("{who} got {} of {:?} from {asked}", mark.text, mark.places));
            }
        }
    }
}

fn files(folder: &std::path::Path) -> Result<Vec<std::path::PathBuf>, Trouble> {
    let entries = std::fs::read_dir(folder).doing("look into a phone")?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    Ok(paths.doing("look into a phone")?.into_iter().filter(|path| path.is_file()).collect())
}
