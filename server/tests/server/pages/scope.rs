use super::county::{Reader, Two, begin, blob, photo, push, say};
use crate::support::Push;

/// Words of the other county that stand on no page of this one.
const OTHERS: [&str; 6] = ["上村", "Shangcun", "李明", "王芳", "phone 1\"", "Emergency Bureau"];

/// Everything a page, an export or a photo can be asked for about one inspection.
fn addresses(two: &Two, thumbnail: &[u8]) -> Vec<String> {
    let document = two.document();
    let named = ["/", "/findings", "/phones", "/export.json"].map(str::to_owned);
    let about = [
        format!("/inspections/{document}"),
        format!("/inspections/{document}/export.json"),
        format!("/blobs/{}", blob(thumbnail).sha256),
    ];
    named.into_iter().chain(about).collect()
}

fn busy(two: &mut Two, thumbnail: &[u8]) {
    begin(&mut two.sun, &two.world);
    let changes = [say(&mut two.sun, "generator@-", "no"), say(&mut two.sun, "remark@-", "canary remark")];
    push(&mut two.sun, &two.world, &changes.each_ref());
    let entry = photo(&two.sun, "generator", thumbnail, b"canary rendition");
    two.sun.sync(&two.world, &Push { records: vec![entry], documents: Vec::new() });
    two.arrive(thumbnail);
}

#[test]
fn a_supervisor_sees_no_byte_of_another_county() {
    let mut two = Two::new();
    let thumbnail = b"canary thumbnail";
    busy(&mut two, thumbnail);
    let (own, other) = (two.reader("zhou"), two.reader("chen"));
    let document = two.document().to_string();
    for path in addresses(&two, thumbnail) {
        let seen = own.get(&path);
        assert_eq!(seen.status(), 200, "{path}");
        let seen = seen.text().unwrap();
        assert!(seen.contains("canary") || seen.contains(&document), "{path} shows the county's own: {seen}");
        assert!(!OTHERS.iter().any(|word| seen.contains(word)), "{path}");

        let about_one = path.contains(&document) || path.starts_with("/blobs/");
        let unseen = other.get(&path);
        assert_eq!(unseen.status(), if about_one { 404 } else { 200 }, "{path}");
        let headers = format!("{:?}", unseen.headers());
        let unseen = unseen.text().unwrap();
        for text in [headers, unseen] {
            // A page that is not there names the address that was asked for, which its reader knew.
            let text = text.replace(&format!("/inspections/{document}"), "");
            assert!(!text.contains("canary") && !text.contains(&document), "{path}: {text}");
        }
    }
    assert!(other.page("/").contains("Shangcun"), "the other county is there for its own supervisor");
}

#[test]
fn what_is_outside_the_scope_answers_as_what_does_not_exist() {
    let mut two = Two::new();
    busy(&mut two, b"canary thumbnail");
    let other = two.reader("chen");
    let (real, unreal) = (two.document().to_string(), "0".repeat(32));
    for ending in ["", "/export.json"] {
        let of = |document: &str| {
            let answer = other.get(&format!("/inspections/{document}{ending}"));
            let status = answer.status();
            (status, answer.text().unwrap().replace(document, ""))
        };
        assert_eq!(of(&real), of(&unreal));
        assert_eq!(of(&unreal).0, 404);
    }
    let of = |hash: String| {
        let answer = other.get(&format!("/blobs/{hash}"));
        (answer.status(), answer.bytes().unwrap())
    };
    assert_eq!(of(blob(b"canary thumbnail").sha256.to_string()), of("0".repeat(64)));
}

#[test]
fn strangers_are_sent_to_the_door_and_inspectors_told_that_this_is_no_page_of_theirs() {
    let mut two = Two::new();
    busy(&mut two, b"canary thumbnail");
    let (stranger, inspector) = (Reader::stranger(&two.world), two.reader("sun"));
    for path in addresses(&two, b"canary thumbnail") {
        let answer = stranger.get(&path);
        assert_eq!(answer.status(), 303, "{path}");
        assert!(answer.headers()["location"].to_str().unwrap().starts_with("/login"), "{path}");
        assert_eq!(inspector.get(&path).status(), 403, "{path}");
    }
}
