//! Stories of the whole system: a real server process, real phones, real connections. One program, so that it links
//! once; each module is one kind of trouble.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod amended;
mod audited;
mod broken_requests;
mod by_hand;
mod chosen;
mod cloned;
mod damaged_files;
mod handed_much;
mod handed_over;
mod killed_phone;
mod killed_server;
mod leaving;
mod lost_phone;
mod merging;
mod one_phone;
mod overloaded;
mod pages;
mod permits;
mod planned;
mod registered;
mod restored;
mod rotation;
mod showing;
mod terminal;
mod tls;

use std::sync::mpsc::Receiver;
use std::time::Duration;
use wurao_tests::compare::Comparison;
use wurao_tests::world::{FieldPhone, World};

/// The codes of the demo's phones: 陈立新, 吴晓梅, 刘建国.
const CHEN: &str = "demo-phone-03";
const WU: &str = "demo-phone-05";
const LIU: &str = "demo-phone-11";

/// Longer than anything here takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

fn demo() -> World {
    World::demo(env!("CARGO_BIN_EXE_demo")).unwrap()
}

/// Everything that the phone has of its started inspections equals what the server shows.
fn assert_same(world: &World, phone: &FieldPhone) {
    let supervisor = world.supervisor().unwrap();
    let mut compared = Comparison::default();
    for item in phone.phone.work().unwrap() {
        compared.inspection("phone", &phone.phone, item.document, &supervisor).unwrap();
    }
    assert_eq!(compared.differences, Vec::<String>::new());
    assert!(compared.values > 0, "nothing was compared");
    let outbox = phone.phone.outbox().unwrap();
    assert_eq!((outbox.changes.len(), outbox.records, outbox.thumbnails, outbox.renditions), (0, 0, 0, 0));
}

/// Question, value and reason of all that is kept beside an inspection.
fn beside(phone: &FieldPhone, document: wurao_protocol::DocumentId) -> Vec<(String, String, String)> {
    let form = phone.phone.form(document, "en").unwrap();
    form.amendment.into_iter().map(|one| (one.question, one.value, one.detail.unwrap_or_default())).collect()
}

/// The value shown for a question on a phone; empty when there is none.
fn shown(phone: &FieldPhone, document: wurao_protocol::DocumentId, question: &str) -> Vec<String> {
    let key = format!("{question}@-");
    let values = phone.phone.values(document).unwrap();
    values.into_iter().find(|value| value.key == key).map(|value| value.values).unwrap_or_default()
}

fn next<T>(from: &Receiver<T>) -> T {
    from.recv_timeout(DEADLINE).unwrap()
}
