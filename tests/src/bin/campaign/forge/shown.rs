//! At the villager's door: a permit that is shown.

use super::cose::{Parts, algorithm, content, key_id, twin};
use super::office::{Office, key, sealed};
use rand::Rng as _;
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::key::Signer as _;
use wurao_protocol::permit::{Member, Permit};
use wurao_protocol::present::{self, judge_text};
use wurao_protocol::record::{Kind, Person, Presentation, Revocation, RevokedPhone};
use wurao_protocol::{Digest, DocumentId, PermitId, PersonId};

super::kinds! { "judge":
    "(honest) shown by its phone" => "valid", |o| o.judged(&o.shown());
    "(honest) a challenge answered" => "valid", |o| { let digits = ask(o); o.judged(&o.show(&o.phone, &o.record(), o.now_s(), Some(digits))) };
    "(honest) read from its text" => "valid", |o| as_text(o, |text| text);

    "shown at another site" => "wrong-site", |o| { o.question.site = Some(o.other_site()); o.judged(&o.shown()) };
    "another site written in" => "forged", |o| { let site = o.other_site(); o.judged_with(|p| p.visit.site = site) };
    "another site's name written in" => "forged", |o| o.judged_with(|p| p.visit.site_name.zh = "下河村".to_owned());
    "another purpose written in" => "forged", |o| o.judged_with(|p| p.visit.purpose.en.push('!'));
    "another body written in" => "forged", |o| o.judged_with(|p| p.visit.body_name.zh = "消防救援大队".to_owned());
    "a stranger written into the team" => "forged", |o| { let person = PersonId(o.chance.random()); o.judged_with(|p| p.visit.team.push(Member { person, name: "陈强".to_owned() })) };
    "a name of the team exchanged" => "forged", |o| o.judged_with(|p| p.visit.team[0].name = "陈强".to_owned());
    "the forger's phone written in" => "forged", |o| { let device = o.forger.public().device(); o.judged_with(|p| p.visit.devices.push(device)) };
    "a later last day written in" => "forged", |o| { let more = o.chance.random_range(1..1_000_000); o.judged_with(|p| p.expires_s += more) };
    "an earlier first day written in" => "forged", |o| { let more = o.chance.random_range(1..1_000_000); o.judged_with(|p| p.not_before_s -= more) };
    "an earlier signing written in" => "forged", |o| o.judged_with(|p| p.issued_s -= 1);
    "fewer visits this year written in" => "forged", |o| o.judged_with(|p| p.visit.visits = p.visit.visits.wrapping_sub(1));
    "the annual plan claimed for an ad-hoc item" => "forged", |o| o.judged_with(|p| p.visit.ad_hoc = !p.visit.ad_hoc);
    "another checklist written in" => "forged", |o| { let hash = Digest(o.chance.random()); o.judged_with(|p| p.visit.checklist = hash) };
    "another inspection's document written in" => "forged", |o| { let id = DocumentId(o.chance.random()); o.judged_with(|p| p.visit.document = id) };
    "another number written in" => "forged", |o| o.judged_with(|p| p.visit.number.push('9'));
    "another name of the permit written in, to outlive its withdrawal" => "forged", |o| { withdraw(o); let id = PermitId(o.chance.random()); o.judged_with(|p| p.id = id) };

    "shown before its first day" => "not-yet", |o| { let before = o.chance.random_range(1..1_000_000); o.question.now_s = o.permit.not_before_s - before; o.judged(&o.shown()) };
    "shown after its last day" => "expired", |o| { let after = o.chance.random_range(0..1_000_000); o.question.now_s = o.permit.expires_s + after; o.judged(&o.shown()) };
    "the reader's clock turned back" => "clock-doubtful", |o| { o.question.clock_doubtful = true; o.judged(&o.shown()) };
    "the reader kept from a new list" => "trust-old", |o| { o.trust.at_s = o.now_s() - o.chance.random_range(31..80) * 86_400; o.judged(&o.shown()) };
    "a list past its end" => "trust-old", |o| { o.trust.good_until_s = o.now_s(); o.judged(&o.shown()) };

    "a photo of the code shown later" => "stale", |o| { let seconds = later(o); let shown = o.shown(); o.question.now_s += seconds; o.judged(&shown) };
    "a code made ahead of its time" => "stale", |o| { let ahead = o.now_s() + later(o); o.judged(&o.show(&o.phone, &o.record(), ahead, None)) };
    "a half minute written in" => "forged", |o| as_parts(o, |parts, o| parts[109] ^= 1 << o.chance.random_range(0..8));
    "shown by another phone" => "copied", |o| o.judged(&o.show(&o.forger, &o.record(), o.now_s(), None));
    "a challenge answered by another phone" => "copied", |o| { let digits = ask(o); o.judged(&o.show(&o.forger, &o.record(), o.now_s(), Some(digits))) };
    "a challenge not answered" => "copied", |o| { ask(o); o.judged(&o.shown()) };
    "an answer to an earlier challenge" => "copied", |o| { let digits = ask(o); o.judged(&o.show(&o.phone, &o.record(), o.now_s(), Some((digits + 1) % 1_000_000))) };
    "digits put into a code without" => "forged", |o| { let digits = ask(o); as_parts(o, |parts, _| parts[110..113].copy_from_slice(&digits.to_be_bytes()[1..])) };
    "the phone's key exchanged for the forger's" => "forged", |o| { let key = o.forger.public().to_bytes(); as_parts(o, |parts, _| parts[73..106].copy_from_slice(&key)) };
    "signed by the forger in the phone's name" => "forged", |o| { let body = presentation(o); o.judged(&Parts::honest(Kind::Presentation, o.phone.public().id(), body).by(&o.forger)) };

    "signed by a key of nobody" => "unknown-key", |o| { let nobody = key(&mut o.chance); o.judged_record(&sealed(&nobody, &o.permit)) };
    "signed by the forger's phone" => "unknown-key", |o| o.judged_record(&sealed(&o.forger, &o.permit));
    "signed by the visit's phone" => "unknown-key", |o| o.judged_record(&sealed(&o.phone, &o.permit));
    "signed by the records key" => "unknown-key", |o| o.judged_record(&sealed(&o.records, &o.permit));
    "signed by a key rotated out" => "unknown-key", |o| o.judged_record(&sealed(&o.former, &o.permit));
    "signed before the key's time" => "unknown-key", |o| { o.permit.issued_s = o.trust.keys[1].from_s - 1; o.judged(&o.shown()) };
    "signed by a key no longer on the list" => "unknown-key", |o| { o.trust.keys.pop(); o.judged(&o.shown()) };
    "signed by a stolen key" => "revoked", |o| { o.trust.keys[1].revoked_s = Some(o.now_s()); o.judged(&o.shown()) };
    "signed by a stolen key that was rotated out" => "revoked", |o| { o.trust.keys[0].revoked_s = Some(o.now_s()); o.judged_record(&sealed(&o.former, &o.permit)) };
    "withdrawn" => "revoked", |o| { withdraw(o); o.judged(&o.shown()) };
    "withdrawn and signed anew" => "revoked", |o| { withdraw(o); o.permit.issued_s += 1; o.judged(&o.shown()) };

    "shown by a phone that was revoked" => "revoked", |o| { let shown = o.shown(); revoke(o); o.judged(&shown) };
    "a challenge answered by a phone that was revoked" => "revoked", |o| { let digits = ask(o); revoke(o); o.judged(&o.show(&o.phone, &o.record(), o.now_s(), Some(digits))) };
    "a permit signed anew, shown by the revoked phone" => "revoked", |o| { revoke(o); sign_anew(o); o.judged(&o.shown()) };
    "the revoked phone written into a permit signed anew" => "forged", |o| { revoke(o); sign_anew(o); let device = o.phone.public().device(); o.judged_with(|p| p.visit.devices.push(device)) };
    "the revoked phone's key exchanged for a colleague's" => "forged", |o| { beside(o); revoke(o); let key = o.forger.public().to_bytes(); as_parts(o, |parts, _| parts[73..106].copy_from_slice(&key)) };
    "signed by the revoked phone in a colleague's name" => "forged", |o| { beside(o); revoke(o); let body = Presentation { key: o.forger.public().to_bytes(), ..shows(o) }; o.judged(&Parts::honest(Kind::Presentation, o.forger.public().id(), cbor::encode(&body)).by(&o.phone)) };
    "signed by a key of nobody, shown by a revoked phone" => "unknown-key", |o| { revoke(o); let nobody = key(&mut o.chance); o.judged_record(&sealed(&nobody, &o.permit)) };
    "its phone revoked and then withdrawn" => "revoked", |o| { beside(o); revoke(o); withdraw(o); o.judged(&o.show(&o.forger, &o.record(), o.now_s(), None)) };
    "(honest) an old signature shown by a colleague of a revoked phone" => "valid", |o| { beside(o); revoke(o); o.judged(&o.show(&o.forger, &o.record(), o.now_s(), None)) };
    "(honest) signed anew, shown by a colleague of a revoked phone" => "valid", |o| { revoke(o); sign_anew(o); o.judged(&o.show(&o.forger, &o.record(), o.now_s(), None)) };

    "the key id of another key of the list" => "forged", |o| { let parts = parts(o, o.former.public().id().0); o.judged_record(&parts.by(&o.permits)) };
    "the list's key id over the forger's signature" => "forged", |o| { let parts = parts(o, o.permits.public().id().0); o.judged_record(&parts.by(&o.forger)) };
    "the signature of another permit" => "forged", |o| { let mut other = o.permit.clone(); other.id = PermitId(o.chance.random()); let record = sealed(&o.permits, &other); o.judged_record(&parts(o, o.permits.public().id().0).with(&record[record.len() - 64..])) };
    "the permit's signature in another lane" => "forged", |o| { let mut parts = parts(o, o.permits.public().id().0); parts.lane = b"wurao-record-2"; o.judged_record(&parts.by(&o.permits)) };
    "the phone's signature in no lane" => "forged", |o| { let mut parts = Parts::honest(Kind::Presentation, o.phone.public().id(), presentation(o)); parts.lane = b""; o.judged(&parts.by(&o.phone)) };
    "the high twin of the permit's signature" => "forged", |o| o.judged_record(&twin(&o.record()));
    "the high twin of the phone's signature" => "forged", |o| o.judged(&twin(&o.shown()));
    "a stronger algorithm claimed" => "forged", |o| with_header(o, 0, algorithm(-35));
    "a keyed hash claimed, keyed with the public key" => "forged", |o| with_header(o, 0, algorithm(5));
    "another kind claimed" => "forged", |o| with_header(o, 1, content("wurao/plan-item"));
    "a key id cut short" => "forged", |o| { let id = o.permits.public().id(); with_header(o, 2, key_id(&id.0[..4])) };
    "the algorithm named twice" => "forged", |o| { let mut parts = parts(o, o.permits.public().id().0); parts.protected.insert(1, algorithm(-7)); o.judged_record(&parts.by(&o.permits)) };
    "a key id beside the signed one" => "forged", |o| { let mut parts = parts(o, o.permits.public().id().0); parts.unprotected = [vec![0xa1], key_id(&[7; 8])].concat(); o.judged_record(&parts.by(&o.permits)) };
    "a claim written twice" => "forged", |o| respelled(o, |p| { let exp = p[1..7].to_vec(); [vec![0xa6], exp, p[1..].to_vec()].concat() });
    "claims out of order" => "forged", |o| respelled(o, |p| [vec![0xa5], p[7..13].to_vec(), p[1..7].to_vec(), p[13..].to_vec()].concat());
    "a number in a longer form" => "forged", |o| respelled(o, |p| [p[..2].to_vec(), vec![0x1b, 0, 0, 0, 0], p[3..].to_vec()].concat());
    "claims of indefinite length" => "forged", |o| respelled(o, |p| [vec![0xbf], p[1..].to_vec(), vec![0xff]].concat());
    "bytes after the claims" => "forged", |o| respelled(o, |p| [p, vec![0]].concat());
    "a claim more" => "forged", |o| respelled(o, |p| [vec![0xa6, 0x01, 0x61, b'x'], p[1..].to_vec()].concat());
    "a person's record in the place of the permit" => "forged", |o| { let person = Person { id: PersonId(o.chance.random()), name: "王芳".to_owned(), body: o.permit.visit.body }; o.judged_record(&sealed(&o.permits, &person)) };
    "the permit alone" => "forged", |o| o.judged(&o.record());
    "a code within a code" => "forged", |o| o.judged_record(&o.shown());
    "a text cut short" => "forged", |o| { let cut = o.chance.random_range(1..400); as_text(o, |text| text[..text.len() - cut].to_owned()) };
    "a letter exchanged" => "forged", |o| { let at = 30 + o.chance.random_range(0..600); as_text(o, |text| { let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" }; format!("{}{other}{}", &text[..at], &text[at + 1..]) }) };
    "some other code" => "forged", |o| as_text(o, |_| "HTTPS://MENU.EXAMPLE/TABLE#12".to_owned());
}

/// The reader asks for six digits.
fn ask(o: &mut Office) -> u32 {
    let digits = o.chance.random_range(0..1_000_000);
    o.question.challenge = Some(digits);
    digits
}

fn later(o: &mut Office) -> i64 {
    // Within the permit's days, or the day would be what is wrong.
    let seconds = o.chance.random_range(121..20_000);
    o.permit.expires_s += 30_000;
    seconds
}

fn withdraw(o: &mut Office) {
    o.trust.revoked.push(Revocation::of(&o.permit.id, o.now_s() - 60));
}

/// The visit's phone was revoked a minute ago.
fn revoke(o: &mut Office) {
    o.trust.phones.push(RevokedPhone { device: o.phone.public().device(), at_s: o.now_s() - 60 });
}

/// The forger is a colleague, and the permit names the phones of both.
fn beside(o: &mut Office) {
    o.permit.visit.devices.push(o.forger.public().device());
}

/// Signed again since, for the phone of a colleague alone, the forger's.
fn sign_anew(o: &mut Office) {
    o.permit.issued_s = o.now_s() - 60;
    o.permit.visit.devices = vec![o.forger.public().device()];
}

fn parts(o: &Office, key: [u8; 8]) -> Parts {
    Parts::honest(Kind::Permit, wurao_protocol::key::KeyId(key), cbor::encode(&o.permit))
}

/// The permit with another entry of its signed header, properly signed.
fn with_header(o: &Office, at: usize, entry: Vec<u8>) -> String {
    let mut parts = parts(o, o.permits.public().id().0);
    parts.protected[at] = entry;
    o.judged_record(&parts.by(&o.permits))
}

/// The same claims in another spelling, properly signed: a verifier that reads loosely takes it.
fn respelled(o: &Office, spell: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
    let mut parts = parts(o, o.permits.public().id().0);
    parts.payload = spell(parts.payload);
    debug_assert!(cbor::decode::<Permit>(&parts.payload).is_err());
    o.judged_record(&parts.by(&o.permits))
}

fn presentation(o: &Office) -> Vec<u8> {
    cbor::encode(&shows(o))
}

fn shows(o: &Office) -> Presentation {
    Presentation {
        permit: Bytes(o.record()),
        key: o.phone.public().to_bytes(),
        half_minute: o.now_s() as u64 / 30,
        challenge: None,
    }
}

/// What is made of the text of the honest code.
fn as_text(o: &Office, change: impl FnOnce(String) -> String) -> String {
    let text = present::text("permits.example", &o.shown()).unwrap_or_default();
    judge_text(&change(text), &o.trust, &o.question).standing.code().to_owned()
}

/// What is made of the parts that stand in that text.
fn as_parts(o: &mut Office, change: impl FnOnce(&mut [u8], &mut Office)) -> String {
    let text = present::text("permits.example", &o.shown()).unwrap_or_default();
    let fragment = text.split('#').nth(1).unwrap_or_default();
    let mut parts = wurao_protocol::base43::decode(fragment).unwrap_or_default();
    change(&mut parts, o);
    let text = wurao_protocol::base43::encode(&parts);
    judge_text(&text, &o.trust, &o.question).standing.code().to_owned()
}
