//! The text that a phone enrols by.

use crate::sample::digest;
use wurao_protocol::base43;
use wurao_protocol::cbor;
use wurao_protocol::invite::{Invite, InviteError, MAX_URL};

fn invite() -> Invite {
    Invite { url: "https://permits.example:8443".to_owned(), authority: Some(digest(0xa1)), code: [0xb2; 16] }
}

#[test]
fn an_invitation_comes_back_with_and_without_a_pin() {
    for invite in [invite(), Invite { authority: None, ..invite() }] {
        let text = invite.to_text();
        assert!(text.starts_with("WURAO:"));
        assert_eq!(Invite::from_text(&text).unwrap(), invite);
        assert_eq!(Invite::from_text(&format!(" {text}\n")).unwrap(), invite);
    }
}

#[test]
fn an_invitation_is_written_as_it_always_was() {
    let expected = "a3 00 78 1c 68747470733a2f2f7065726d6974732e6578616d706c653a38343433 01 5820";
    let bytes = base43::decode(&invite().to_text()["WURAO:".len()..]).unwrap();
    let head = hex::decode(expected.replace(' ', "")).unwrap();
    assert_eq!(bytes[..head.len()], head);
    assert_eq!(bytes[head.len()..head.len() + 32], [0xa1; 32]);
    assert_eq!(bytes[head.len() + 32..], [&[0x02, 0x50][..], &[0xb2; 16]].concat());
}

#[test]
fn what_is_no_invitation_is_refused_with_its_reason() {
    assert!(matches!(Invite::from_text("HTTPS://PERMITS.EXAMPLE/P#0"), Err(InviteError::Other)));
    assert!(matches!(Invite::from_text("wurao:00"), Err(InviteError::Other)));
    assert!(matches!(Invite::from_text("WURAO:0"), Err(InviteError::Base43(_))));
    assert!(matches!(Invite::from_text("WURAO:"), Err(InviteError::Cbor(_))));
    let twice = format!("WURAO:{}", base43::encode(&[cbor::encode(&invite()), vec![0]].concat()));
    assert!(matches!(Invite::from_text(&twice), Err(InviteError::Cbor(_))));
    let long = format!("https://{}", "a".repeat(MAX_URL - 7));
    for url in
        ["", "https://", "ftp://x", "permits.example", "https://a b", "https://a\r\nHost: b", "https://村", &long]
    {
        let text = Invite { url: url.to_owned(), ..invite() }.to_text();
        assert!(matches!(Invite::from_text(&text), Err(InviteError::Url(found)) if found == url), "{url}");
    }
}
