//! A shown permit as a picture, read back by a reader that nobody here wrote: `zbarimg`, of Debian's `zbar-tools`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use base64ct::Encoding as _;
use wurao_protocol::envelope;
use wurao_protocol::key::{Signer, SoftwareKey};
use wurao_protocol::permit::{Member, Permit, Visit};
use wurao_protocol::present::{self, MAX_ADDRESS, Question};
use wurao_protocol::record::{PermitKey, TrustList};
use wurao_protocol::standing::Standing;
use wurao_protocol::{
    BodyId, DeviceId, Digest, DocumentId, PermitId, PersonId, PlanItemId, SiteId, Words, base43, invite::Invite,
};
use wurao_qr::Code;
use wurao_tests::reader::read_code;

/// What a cheap phone still reads at arm's length.
const LARGEST_VERSION: u8 = 22;

const NOW_S: i64 = 1_782_869_400;
const ADDRESS: &str = "ducha.linjiang.gov.example";

fn key(n: u8) -> SoftwareKey {
    SoftwareKey::from_bytes(&[n; 32]).unwrap()
}

/// Bytes of which none repeats another's, as real names and hashes have them.
fn fresh<const N: usize>(what: &str) -> [u8; N] {
    Digest::of(&[what.as_bytes()]).0[..N].try_into().unwrap()
}

fn permit(team: usize) -> Permit {
    let names = ["欧阳建国", "李晓红", "阿依古丽", "王芳", "陈志强"];
    let member = |name: &&str| Member { person: PersonId(fresh(name)), name: (*name).to_owned() };
    let devices =
        (0..team as u8).map(|n| if n == 0 { key(1).public().device() } else { key(10 + n).public().device() });
    let mut devices: Vec<DeviceId> = devices.collect();
    devices.sort();
    Permit {
        expires_s: NOW_S + 86_400,
        not_before_s: NOW_S - 86_400,
        issued_s: NOW_S - 1_000_000,
        id: PermitId(fresh("permit")),
        visit: Visit {
            plan_item: PlanItemId(fresh("plan item")),
            number: "2026-017".to_owned(),
            ad_hoc: false,
            body: BodyId(fresh("body")),
            body_name: Words::new("临江县应急管理局", "Linjiang Emergency Management Bureau"),
            purpose: Words::new("汛期避险物资检查", "Flood season shelter stocks"),
            site: SiteId(fresh("site")),
            site_name: Words::new("柳溪镇上河村避险点", "Shanghe village shelter, Liuxi"),
            checklist: Digest(fresh("checklist")),
            team: names[..team].iter().map(member).collect(),
            devices,
            visits: 2,
            document: DocumentId(fresh("document")),
        },
    }
}

fn shown(permit: &Permit) -> String {
    let record = envelope::seal(&key(2), permit).unwrap();
    present::text(ADDRESS, &present::seal(&key(1), &record, NOW_S, Some(940_721)).unwrap()).unwrap()
}

fn trust() -> TrustList {
    TrustList {
        sequence: 1,
        at_s: NOW_S,
        good_until_s: NOW_S + 86_400,
        keys: vec![PermitKey { key: key(2).public().to_bytes(), from_s: 0, until_s: None, revoked_s: None }],
        revoked: vec![],
        feedback_key: key(3).public().to_bytes(),
        drain_key: key(4).public().to_bytes(),
        phones: vec![],
    }
}

/// What the reader finds in the picture.
fn read_back(code: &Code, scale: u32) -> String {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("code.png");
    std::fs::write(&picture, code.png(scale).unwrap()).unwrap();
    read_code(&picture).unwrap()
}

#[test]
fn the_permit_of_a_team_of_four_is_read_back_from_its_picture() {
    let permit = permit(4);
    assert!(present::fits(&permit));
    let text = shown(&permit);
    let code = Code::new(&text).unwrap();
    assert!(code.version() <= LARGEST_VERSION, "version {}", code.version());
    for scale in [2, 3, 8] {
        let found = read_back(&code, scale);
        assert_eq!(found, text, "at {scale} pixels a module");
        let question =
            Question { site: Some(permit.visit.site), now_s: NOW_S, clock_doubtful: false, challenge: Some(940_721) };
        let judged = present::judge_text(&found, &trust(), &question);
        assert_eq!((judged.standing, judged.permit.as_ref()), (Standing::Valid, Some(&permit)));
    }
}

#[test]
fn teams_of_one_to_four_fit_and_the_approver_is_told_of_a_larger_one() {
    for team in 1..=5 {
        let permit = permit(team);
        let payload = wurao_protocol::cbor::encode(&permit).len();
        if !present::fits(&permit) {
            println!("team of {team}: {payload} bytes of permit, does not fit");
            assert!(team > 4);
            continue;
        }
        let text = shown(&permit);
        let code = Code::new(&text).unwrap();
        println!(
            "team of {team}: {payload} bytes of permit, {} characters, version {}, {} modules a side",
            text.len(),
            code.version(),
            code.side()
        );
        assert!(code.version() <= LARGEST_VERSION);
        assert_eq!(read_back(&code, 3), text);
    }
}

/// The limit itself: the largest permit, every byte of it dear, under the longest address.
#[test]
fn whatever_fits_is_at_most_version_22_and_is_read_back() {
    let with_number = |bytes: usize| {
        let mut permit = permit(3);
        permit.visit.number = "X".repeat(bytes);
        permit
    };
    let longest = (8..200).rev().find(|bytes| present::fits(&with_number(*bytes))).unwrap();
    let permit = with_number(longest);
    assert_eq!(wurao_protocol::cbor::encode(&permit).len(), present::MAX_PAYLOAD);
    let record = envelope::seal(&key(2), &permit).unwrap();
    assert_eq!(record.len(), present::MAX_PERMIT);
    let presentation = present::seal(&key(1), &record, NOW_S, Some(999_999)).unwrap();
    let text = present::text(&"a".repeat(MAX_ADDRESS), &presentation).unwrap();
    let code = Code::new(&text).unwrap();
    assert_eq!(code.version(), LARGEST_VERSION);
    assert_eq!(read_back(&code, 3), text);
}

#[test]
fn an_invitation_is_read_back_from_its_picture() {
    let invite = Invite {
        url: "https://ducha.linjiang.gov.example:8443".to_owned(),
        authority: Some(Digest(fresh("authority"))),
        code: fresh("code"),
    };
    let text = invite.to_text();
    let code = Code::new(&text).unwrap();
    let found = read_back(&code, 4);
    assert_eq!(Invite::from_text(&found).unwrap(), invite);
    println!("invitation: {} characters, version {}", text.len(), code.version());
}

#[test]
fn base_43_makes_a_smaller_code_than_base64url() {
    let bytes: Vec<u8> = (0u32..18).flat_map(|n| fresh::<32>(&n.to_string())).collect();
    let modules = |text: &str| u32::from(Code::new(text).unwrap().version()) * 4 + 17;
    let base64 = base64ct::Base64UrlUnpadded::encode_string(&bytes);
    let (ours, theirs) = (modules(&base43::encode(&bytes)), modules(&base64));
    println!("576 bytes: {ours} modules a side as base 43, {theirs} as base64url");
    assert!(ours < theirs);
}
