//! What the office alone may say, said by others; and what it said, used elsewhere or again.

use super::super::cose::Parts;
use super::super::office::{key, sealed};
use super::Offer;
use super::desk::{Brought, Desk, checklist, listed, template};
use rand::Rng as _;
use wurao_protocol::key::{Signer as _, SoftwareKey};
use wurao_protocol::permit::{Member, Permit};
use wurao_protocol::record::{Decision, Deed, Order, Person, Receipt, RecordBody, State, TrustList, Verdict};
use wurao_protocol::{Digest, DocumentId, PermitId, cbor};
use wurao_tests::Trouble;

/// Other words under the signature of these.
fn rewritten<T: RecordBody>(by: &SoftwareKey, honest: &T, other: &T) -> Brought {
    let record = sealed(by, honest);
    let parts = Parts::honest(T::KIND, by.public().id(), cbor::encode(other));
    Brought::Record(parts.with(&record[record.len() - 64..]))
}

/// Lists of keys and withdrawals.
pub(super) fn lists(desk: &mut Desk) -> Result<Vec<Offer>, Trouble> {
    let next = TrustList { sequence: desk.trust.sequence + 1, ..desk.trust.clone() };
    let forgers = key(&mut desk.chance);
    let freed = TrustList { revoked: Vec::new(), ..next.clone() };
    let let_in = TrustList { phones: Vec::new(), ..next.clone() };
    let opened = TrustList { keys: [next.keys.clone(), vec![listed(&forgers, 0, None)]].concat(), ..next.clone() };
    let back = TrustList { sequence: desk.chance.random_range(0..desk.trust.sequence), ..freed.clone() };
    let beside = TrustList { sequence: desk.trust.sequence, ..freed.clone() };
    let other = key(&mut desk.chance);
    let by = |key: &SoftwareKey, list: &TrustList| Brought::Record(sealed(key, list));
    let office = &desk.office;
    Ok(vec![
        ("a list from before the withdrawal", "rolled-back", by(&office.records, &back)),
        ("another list of the same number", "rolled-back", by(&office.records, &beside)),
        ("a list signed by a permit key", "wrong-signature", by(&office.permits, &freed)),
        ("a list signed by a phone", "wrong-signature", by(&desk.colleague.key, &freed)),
        ("a list of another office", "wrong-signature", by(&other, &freed)),
        ("a withdrawal struck out of a list", "wrong-signature", rewritten(&office.records, &next, &freed)),
        ("a phone struck out of a list", "wrong-signature", rewritten(&office.records, &next, &let_in)),
        ("the forger's key written into a list", "wrong-signature", rewritten(&office.records, &next, &opened)),
        ("(honest) the next list", "taken", by(&office.records, &next)),
    ])
}

/// Permits, which would add a visit, lengthen one or bring a withdrawn one back.
pub(super) fn permits(desk: &mut Desk) -> Result<Vec<Offer>, Trouble> {
    let office = std::sync::Arc::clone(&desk.office);
    let template = template();
    let team = [(desk.me, "王芳")];
    let mut made = || office.permit(&mut desk.chance, &template, &team, &desk.device);
    let [a, b, c, d, e, f, g] = std::array::from_fn(|_| made());
    let [nobody, elsewhere] = std::array::from_fn(|_| key(&mut desk.chance));
    let longer = |permit: &Permit| Permit { expires_s: permit.expires_s + 86_400, ..permit.clone() };
    let anew = Permit { issued_s: desk.withdrawn.issued_s + 1, ..longer(&desk.withdrawn) };
    let mut renamed = desk.withdrawn.clone();
    renamed.id = PermitId(desk.chance.random());
    let mut moved = f.clone();
    moved.visit.document = desk.permit.visit.document;
    let mut joined = desk.permit.clone();
    joined.visit.team.push(Member { person: desk.stranger.person, name: "陈强".to_owned() });
    let earlier = Permit { issued_s: desk.permit.issued_s - 1, ..longer(&desk.permit) };
    let mut later = Permit { issued_s: desk.permit.issued_s + 1, ..desk.permit.clone() };
    later.visit.visits += 1;
    let by = |key: &SoftwareKey, permit: &Permit| Brought::Record(sealed(key, permit));
    let in_its_name = {
        let parts = Parts::honest(Permit::KIND, office.permits.public().id(), cbor::encode(&g));
        Brought::Record(parts.by(&nobody))
    };
    Ok(vec![
        ("a permit signed by a key of nobody", "unknown-key", by(&nobody, &a)),
        ("a permit of another office", "unknown-key", by(&elsewhere, &b)),
        ("a permit signed by the key rotated out", "unknown-key", by(&office.former, &c)),
        ("a permit signed by the records key", "unknown-key", by(&office.records, &d)),
        ("a permit signed by a phone", "unknown-key", by(&desk.colleague.key, &e)),
        ("a permit in the name of the permit key", "forged", in_its_name),
        ("a later last day", "forged", rewritten(&office.permits, &desk.permit, &longer(&desk.permit))),
        ("a stranger written into the team", "forged", rewritten(&office.permits, &desk.permit, &joined)),
        ("a withdrawn permit under another name", "forged", rewritten(&office.permits, &desk.withdrawn, &renamed)),
        ("a permit for another visit's document", "bad-permit", by(&office.permits, &moved)),
        // Kept, and as withdrawn as before.
        (
            "a withdrawn permit signed anew",
            "taken",
            by(&office.permits, &Permit { expires_s: desk.withdrawn.expires_s, ..anew }),
        ),
        // Kept; the one signed last counts.
        ("a permit from before it was shortened", "taken", by(&office.permits, &earlier)),
        ("(honest) a permit signed anew", "taken and shown", by(&office.permits, &later)),
    ])
}

/// What was decided about an inspection.
pub(super) fn decisions(desk: &mut Desk) -> Result<Vec<Offer>, Trouble> {
    let visit = desk.permit.visit.document;
    let elsewhere = DocumentId(desk.chance.random());
    let held: Vec<Digest> = desk.ledger.changes().map(|(hash, _)| Digest(hash)).collect();
    let by = Some(desk.stranger.person);
    let decide = |document, verdict| Decision {
        document,
        verdict,
        heads: held.clone(),
        at_ms: desk.office.now_ms,
        by,
        reason: Some("不予采用".to_owned()),
    };
    let office = &desk.office;
    let declined = decide(visit, Verdict::Declined);
    let signed = |key: &SoftwareKey, body: &Decision| Brought::Record(sealed(key, body));
    Ok(vec![
        ("work declined by a phone", "wrong-signature", signed(&desk.colleague.key, &declined)),
        ("work declined by a permit key", "wrong-signature", signed(&office.permits, &declined)),
        (
            "held work accepted by a phone",
            "wrong-signature",
            signed(&desk.colleague.key, &decide(visit, Verdict::Accepted)),
        ),
        (
            "an inspection closed by a phone",
            "wrong-signature",
            signed(&desk.colleague.key, &decide(visit, Verdict::Closed)),
        ),
        (
            "an inspection voided by a permit key",
            "wrong-signature",
            signed(&office.permits, &decide(visit, Verdict::Voided)),
        ),
        (
            "another inspection's decision moved to this one",
            "wrong-signature",
            rewritten(&office.records, &decide(elsewhere, Verdict::Declined), &declined),
        ),
        (
            "accepted written over declined",
            "wrong-signature",
            rewritten(&office.records, &declined, &decide(visit, Verdict::Accepted)),
        ),
        // The office's own word, about something else.
        (
            "another inspection's decision that names this one's work",
            "taken",
            signed(&office.records, &decide(elsewhere, Verdict::Declined)),
        ),
        ("(honest) held work accepted", "taken and shown", signed(&office.records, &decide(visit, Verdict::Accepted))),
    ])
}

/// People, places, plans, checklists, phones, receipts.
pub(super) fn words(desk: &mut Desk) -> Result<Vec<Offer>, Trouble> {
    let office = std::sync::Arc::clone(&desk.office);
    let forger = &desk.colleague.key;
    let person = Person { id: desk.me, name: "陈强".to_owned(), body: office.body };
    let site = desk.site(desk.permit.visit.site, "下河村");
    let mut item = desk.plan_item(&desk.permit);
    item.purpose.zh = "随便看看".to_owned();
    let mut other = template();
    other.form_id.push_str("-2");
    let list = checklist(&other);
    let mut swapped = checklist(&template());
    swapped.template = list.template.clone();
    let elsewhere = key(&mut desk.chance);
    let both = [desk.me, desk.second];
    let own = super::desk::device(&desk.device.public(), &both, i64::MAX);
    let newcomer = key(&mut desk.chance);
    let itself = super::desk::device(&newcomer.public(), &both, 1);
    let receipt = Receipt { records: vec![Digest(desk.chance.random())], state: State::Accepted, at_ms: office.now_ms };
    let renamed = desk.site(desk.permit.visit.site, "上河村");
    Ok(vec![
        ("a person made by a phone", "wrong-signature", Brought::Record(sealed(forger, &person))),
        ("a site renamed by a phone", "wrong-signature", Brought::Record(sealed(forger, &site))),
        ("a plan item rewritten by a phone", "wrong-signature", Brought::Record(sealed(forger, &item))),
        ("a checklist made by a phone", "wrong-signature", Brought::Record(sealed(forger, &list))),
        ("another checklist under a known one's name", "bad-checklist", Brought::Record(desk.official(&swapped))),
        ("a receipt written by a phone", "wrong-signature", Brought::Record(sealed(forger, &receipt))),
        ("a phone that lets itself in", "wrong-signature", Brought::Record(sealed(&newcomer, &itself))),
        ("a phone let in by a colleague's", "wrong-signature", Brought::Record(sealed(forger, &itself))),
        ("a phone of another office", "wrong-signature", Brought::Record(sealed(&elsewhere, &itself))),
        ("this phone for more people, by another office", "wrong-signature", Brought::Record(sealed(&elsewhere, &own))),
        // Kept already; what was said since counts.
        ("this phone's record from when more people had it", "taken", Brought::Record(desk.first_record.clone())),
        ("(honest) a site renamed", "taken and shown", Brought::Record(desk.official(&renamed))),
        ("(honest) another checklist", "taken and shown", Brought::Record(desk.official(&list))),
    ])
}

/// Orders; last, for the honest one empties the phone.
pub(super) fn orders(desk: &mut Desk) -> Result<Vec<Offer>, Trouble> {
    let (own, other) = (desk.device.public().device(), desk.colleague.key.public().device());
    let office = std::sync::Arc::clone(&desk.office);
    let wipe = |device| Order { device, what: Deed::Wipe, at_ms: office.now_ms };
    Ok(vec![
        ("an order to another phone", "other-device", Brought::Record(sealed(&office.records, &wipe(other)))),
        ("an order by a phone", "wrong-signature", Brought::Record(sealed(&desk.colleague.key, &wipe(own)))),
        ("an order by this phone itself", "wrong-signature", Brought::Record(sealed(&desk.device, &wipe(own)))),
        ("an order by a permit key", "wrong-signature", Brought::Record(sealed(&office.permits, &wipe(own)))),
        (
            "another phone's order used on this one",
            "wrong-signature",
            rewritten(&office.records, &wipe(other), &wipe(own)),
        ),
        ("(honest) the order to empty it", "emptied", Brought::Record(sealed(&office.records, &wipe(own)))),
    ])
}
