//! Who sees what: random division trees, random people and tokens, every route asked as every one of them.
//!
//! Every village, person, plan item, answer, phone and photo carries a text of its own (a [`Mark`]) that says where it
//! belongs. Nothing that comes back to a reader may hold a mark of elsewhere; and so that this says something, marks of
//! the reader's own must come back. The routes are those the server's router itself lists.

mod ask;
mod tree;

use crate::Trial;
use ask::Asker;
use std::collections::BTreeSet;
use tree::{Mark, Tree};
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
    let watching =
        tree.readers.iter().map(|reader| Asker::person(&tree, reader)?.watch()).collect::<Result<Vec<_>, Trouble>>()?;
    tree.visit()?;
    let mut failures = Vec::new();
    let mut own = BTreeSet::new();
    let mut look = |tree: &Tree, reader: &tree::Reader, asked: &str, body: &[u8]| {
        for mark in &tree.marks {
            let named = asked.contains(&mark.text);
            if !named && contains(body, mark.text.as_bytes()) {
                if reader.may_see(mark) {
                    own.insert(mark.kind);
                } else {
                    failures.push(format!("{} got {} of {} from {asked}", reader.name, mark.text, mark.division));
                }
            }
        }
    };
    // First all who only look, then all who send: what is sent may change who may do what.
    for sending in [false, true] {
        for reader in &tree.readers {
            let asker = Asker::person(&tree, reader)?;
            asker.everything(&tree, sending, |asked, body| look(&tree, reader, asked, body))?;
        }
        for token in &tree.tokens {
            let asker = Asker::token(&tree, token)?;
            asker.everything(&tree, sending, |asked, body| look(&tree, token, asked, body))?;
        }
        let stranger = tree.stranger();
        Asker::stranger(&tree)?.everything(&tree, sending, |asked, body| look(&tree, &stranger, asked, body))?;
    }
    for phone in &tree.phones {
        for file in files(&phone.folder)? {
            let body = std::fs::read(&file).doing("read a phone's file")?;
            look(&tree, &phone.reader, "a phone's own files", &body);
        }
    }
    // Streams end with the server.
    tree.stop();
    for (reader, watching) in tree.readers.iter().zip(watching) {
        let told = watching.join().map_err(|_| Trouble::new("watch", "the watcher failed"))?;
        look(&tree, reader, "/live", &told);
    }
    for kind in Mark::KINDS {
        if !own.contains(kind) {
            failures.push(format!("nobody saw any {kind} of their own: nothing was shown by this tree"));
        }
    }
    Ok(failures)
}

fn files(folder: &std::path::Path) -> Result<Vec<std::path::PathBuf>, Trouble> {
    let entries = std::fs::read_dir(folder).doing("look into a phone")?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    Ok(paths.doing("look into a phone")?.into_iter().filter(|path| path.is_file()).collect())
}

fn contains(body: &[u8], text: &[u8]) -> bool {
    body.windows(text.len()).any(|window| window == text)
}
