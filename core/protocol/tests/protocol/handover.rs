//! What one phone asks and another gives: whole, signed, for one.

use crate::golden::{read, same, write_when_blessing};
use crate::sample;
use wurao_protocol::handover::{Ask, Contents};
use wurao_protocol::key::Signer as _;
use wurao_protocol::proof::Proof;
use wurao_protocol::record::{Heads, Kind};
use wurao_protocol::{DeviceId, Digest, DocumentId, Problem, cbor, merkle};

fn asked() -> String {
    sample::ask().to_text(&sample::device_key(), &sample::sealed(Kind::Device)).unwrap()
}

#[test]
fn an_ask_is_read_by_whom_the_server_let_in_and_is_written_as_it_always_was() {
    same("hand-over-ask", asked().as_bytes());
    let signed = Ask::from_text(&asked(), &sample::server_key().public()).unwrap();
    assert_eq!((signed.body, signed.device.id), (sample::ask(), sample::device_key().public().device()));
    // Nobody else's server has let it in, and no other text is an ask.
    let other = Ask::from_text(&asked(), &sample::device_key().public());
    assert_eq!(other.unwrap_err(), Problem::UnknownDevice);
    for wrong in ["", "WURAO-ASK:", "WURAO:ABC", &asked()[..asked().len() - 2]] {
        assert_eq!(Ask::from_text(wrong, &sample::server_key().public()).unwrap_err(), Problem::Malformed, "{wrong}");
    }
    let long = "A".repeat(wurao_protocol::handover::MAX_ASK + 1);
    assert_eq!(Ask::from_text(&long, &sample::server_key().public()).unwrap_err(), Problem::TooLarge);
}

#[test]
fn an_ask_under_a_colleagues_record_is_refused() {
    let forged = sample::ask().to_text(&sample::server_key(), &sample::sealed(Kind::Device)).unwrap();
    assert_eq!(Ask::from_text(&forged, &sample::server_key().public()).unwrap_err(), Problem::WrongSignature);
}

#[test]
fn a_file_of_this_version_stays_readable_and_what_is_in_it_is_written_as_it_always_was() {
    same("plain-hand-over", &cbor::encode(&sample::contents()));
    write_when_blessing("hand-over-file", &sample::hand_over_file());
    let (signed, contents) = Contents::from_file(&read("hand-over-file"), &sample::server_key().public()).unwrap();
    assert_eq!(contents, sample::contents());
    assert_eq!((signed.body.from, signed.body.to), (signed.device.id, DeviceId([0x17; 16])));
}

#[test]
fn a_file_cut_or_altered_anywhere_is_refused() {
    let (file, key) = (sample::hand_over_file(), sample::server_key().public());
    for end in 0..file.len() {
        assert!(Contents::from_file(&file[..end], &key).is_err(), "cut at {end}");
    }
    for at in 0..file.len() {
        let mut altered = file.clone();
        altered[at] ^= 1;
        assert!(Contents::from_file(&altered, &key).is_err(), "altered at {at}");
    }
    assert_eq!(Contents::from_file(&[], &key).unwrap_err(), Problem::Empty);
    assert_eq!(Contents::from_file(b"WURAOHND\x02", &key).unwrap_err(), Problem::Version);
}

#[test]
fn a_proof_leads_from_every_pair_to_what_is_signed_and_from_nothing_else() {
    let pairs: Vec<(DocumentId, Vec<Digest>)> =
        (0..7).map(|n| (DocumentId([n; 16]), vec![Digest([n + 2; 32]), Digest([n + 1; 32])])).collect();
    let leaves: Vec<Digest> = pairs.iter().map(|(document, heads)| merkle::leaf(document, heads)).collect();
    let record = wurao_protocol::envelope::seal(&sample::device_key(), &Heads::over(&leaves)).unwrap();
    let proofs = Proof::all(&record, &pairs);
    assert_eq!(proofs.len(), pairs.len());
    for proof in &proofs {
        proof.open().unwrap().verify(&sample::device_key().public()).unwrap();
        let wrong = [
            Proof { document: DocumentId([0x99; 16]), ..proof.clone() },
            Proof { heads: proof.heads[..1].to_vec(), ..proof.clone() },
            Proof { heads: Vec::new(), ..proof.clone() },
            Proof { heads: proof.heads.iter().rev().copied().collect(), ..proof.clone() },
            Proof { at: proof.at + 1, ..proof.clone() },
            Proof { path: Vec::new(), ..proof.clone() },
            Proof { record: sample::sealed(Kind::Leave).into(), ..proof.clone() },
        ];
        for wrong in wrong {
            assert!(wrong.open().is_err(), "{wrong:?}");
        }
    }
}
