//! Bytes that are no change, or not as an honest builder spells one.

use super::column::{ACTION, INSERT, KEY, PRED_ACTOR, PRED_COUNT, VALUE, VALUE_META};
use super::forge::{Parts, body, sealed};
use super::{Attack, Scene, genesis_actor};
use automerge::ActorId as AmActorId;
use wurao_record::limits::MAX_CHANGE_BYTES;

pub(super) fn envelope(scene: &Scene<'_>) -> Vec<Attack> {
    let bytes = scene.honest.bytes.as_slice();
    scene.on_base([
        ("empty", vec![], "damaged"),
        ("cut", bytes[..bytes.len() - 1].to_vec(), "damaged"),
        ("other magic", [&[0; 4][..], &bytes[4..]].concat(), "damaged"),
        ("bytes after the chunk", [bytes, b"x"].concat(), "trailing-bytes"),
        ("a flipped bit", [&bytes[..20], &[bytes[20] ^ 1], &bytes[21..]].concat(), "checksum"),
        ("a document", sealed(0, &body(bytes)), "not-a-change"),
        ("a deflated change", sealed(2, &body(bytes)), "not-a-change"),
        ("too large", vec![0; MAX_CHANGE_BYTES + 1], "change-too-large"),
        ("the genesis again", scene.cast.genesis.bytes().to_vec(), "not-a-put"),
    ])
}

pub(super) fn columns(scene: &Scene<'_>) -> Vec<Attack> {
    let unknown = scene.respelled(|parts| parts.columns.push((20 << 4 | 2, vec![0x7f, 5])));
    let twice = scene.respelled(|parts| parts.columns.insert(0, parts.columns[0].clone()));
    let fewer = scene.respelled(|parts| parts.columns.retain(|column| column.0 != INSERT));
    scene.on_base([
        ("an unknown column", unknown, "column"),
        ("a column twice", twice, "column"),
        ("columns out of order", scene.respelled(|parts| parts.columns.reverse()), "column"),
        ("a deflated column", scene.respelled(|parts| parts.columns[0].0 |= 8), "column"),
        ("more keys than ops", scene.column(KEY, &[2, 1, b'q']), "ragged-columns"),
        ("fewer inserts than ops", fewer, "ragged-columns"),
        ("more preds than counted", scene.column(PRED_COUNT, &[0x7f, 0]), "ragged-columns"),
        ("fewer preds than counted", scene.column(PRED_COUNT, &[0x7f, 2]), "damaged"),
        ("an actor nobody listed", scene.column(PRED_ACTOR, &[0x7f, 9]), "actor-index"),
        ("a key that is not UTF-8", scene.column(KEY, &[0x7f, 1, 0xff]), "not-text"),
        ("a text that is not UTF-8", scene.column(VALUE, b"\xff\xff\xff"), "not-text"),
        ("a value cut short", scene.column(VALUE_META, &[0x7f, 0xf6, 0x7f]), "damaged"),
        ("raw bytes no value uses", scene.column(VALUE, b"two and more"), "trailing-bytes"),
        ("a null with bytes", scene.column(VALUE_META, &[0x7f, 0x30]), "damaged"),
        ("a short float", scene.column(VALUE_META, &[0x7f, 0x35]), "damaged"),
    ])
}

/// The same content in other bytes.
pub(super) fn spellings(scene: &Scene<'_>) -> Vec<Attack> {
    let stranger = |at: usize| scene.respelled(|parts| parts.others.insert(at, vec![0xee; 16]));
    let run = [&[1][..], &Parts::of(&scene.honest.bytes).column(KEY)[1..]].concat();
    let longer = scene.respelled(|parts| {
        *parts.time.last_mut().unwrap() |= 0x80;
        parts.time.push(0);
    });
    scene.on_base([
        ("an extra actor nobody uses", stranger(2), "not-canonical"),
        ("actors shifted", stranger(0), "unknown-object"),
        ("the last actor shifted", stranger(1), "not-canonical"),
        ("key as a run of one", scene.column(KEY, &run), "not-canonical"),
        ("action as a run of one", scene.column(ACTION, &[1, 1]), "not-canonical"),
        ("insert spelled otherwise", scene.column(INSERT, &[1, 0]), "not-canonical"),
        ("time in a longer number", longer, "not-canonical"),
    ])
}

pub(super) fn header(scene: &Scene<'_>) -> Vec<Attack> {
    let goes_on = scene.forged(|change| {
        change.actor_id = genesis_actor();
        change.seq = 2;
    });
    let nobody = scene.forged(|change| change.actor_id = AmActorId::from(vec![]));
    let garbled = scene.respelled(|parts| parts.message = b"hi\xff".to_vec());
    let author = scene.forged(|change| change.extra_bytes = vec![1, 2, b'm', b'e']);
    scene.on_base([
        ("the genesis actor goes on", goes_on, "genesis-actor"),
        ("empty actor", nobody, "actor-length"),
        ("a message", scene.forged(|change| change.message = Some("hello".into())), "commit-text"),
        ("a message that is not UTF-8", garbled, "commit-text"),
        ("an author", author, "trailing-bytes"),
        ("the last possible time", scene.forged(|change| change.time = i64::MAX), "time"),
        ("a time before 1970", scene.forged(|change| change.time = -1), "time"),
    ])
}
