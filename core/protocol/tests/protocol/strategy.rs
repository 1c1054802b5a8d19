//! Arbitrary values of every kind of record.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use wurao_protocol::cbor::Bytes;
use wurao_protocol::enrol::EnrolRequest;
use wurao_protocol::frame::{DocumentChanges, Frame};
use wurao_protocol::handover::Contents;
use wurao_protocol::permit::{Member, Permit, Visit};
use wurao_protocol::proof::Proof;
use wurao_protocol::record::{
    Blob, Capture, Carried, Cause, Checklist, Checkpoint, Decision, Deed, Device, EvidenceEntry, Heads, Image, Late,
    Leave, Order, PermitKey, Person, PlanItem, Position, Presentation, Receipt, Revocation, RevokedPhone, Session,
    Site, Stamp, State, TrustList, Verdict, Void, Witness,
};
use wurao_protocol::sync::{Answer, DocumentStatus, Feed, Holds, LogMark, Outcome, RequestHead, Shown, Status, Upload};
use wurao_protocol::{
    BodyId, DeviceId, Digest, DocumentId, PermitId, PermitMark, PersonId, PlanItemId, Problem, ServerId, SiteId, Words,
};

macro_rules! names {
    ($($strategy:ident: $name:ident;)*) => {$(
        fn $strategy() -> impl Strategy<Value = $name> {
            any::<[u8; 16]>().prop_map($name)
        }
    )*};
}

names! {
    server_id: ServerId;
    device_id: DeviceId;
    person_id: PersonId;
    body_id: BodyId;
    site_id: SiteId;
    plan_item_id: PlanItemId;
    permit_id: PermitId;
    permit_mark: PermitMark;
    document_id: DocumentId;
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest)
}

fn text() -> impl Strategy<Value = String> {
    any::<String>()
}

fn words() -> impl Strategy<Value = Words> {
    (text(), text()).prop_map(|(zh, en)| Words { zh, en })
}

fn bytes() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..300).prop_map(Bytes)
}

fn key() -> impl Strategy<Value = [u8; 33]> {
    vec(any::<u8>(), 33).prop_map(|bytes| bytes.try_into().unwrap())
}

fn stamp() -> impl Strategy<Value = Stamp> {
    (any::<i64>(), any::<i64>(), any::<Option<i64>>()).prop_map(|(wall_ms, mono_ms, server_ms)| Stamp {
        wall_ms,
        mono_ms,
        server_ms,
    })
}

pub(crate) fn session() -> impl Strategy<Value = Session> {
    (any::<[u8; 16]>(), any::<[u8; 16]>(), person_id(), device_id(), stamp(), text()).prop_map(
        |(actor, nonce, person, device, began, engine)| Session { actor, nonce, person, device, began, engine },
    )
}

pub(crate) fn heads() -> impl Strategy<Value = Heads> {
    (digest(), any::<u32>()).prop_map(|(root, leaves)| Heads { root, leaves })
}

pub(crate) fn leave() -> impl Strategy<Value = Leave> {
    (document_id(), person_id(), any::<[u8; 16]>(), vec(digest(), 0..4), stamp())
        .prop_map(|(document, person, actor, heads, at)| Leave { document, person, actor, heads, at })
}

fn blob() -> impl Strategy<Value = Blob> {
    (digest(), any::<u64>()).prop_map(|(sha256, bytes)| Blob { sha256, bytes })
}

fn image() -> impl Strategy<Value = Image> {
    (blob(), any::<u32>(), any::<u32>()).prop_map(|(blob, width, height)| Image { blob, width, height })
}

fn position() -> impl Strategy<Value = Position> {
    (any::<i64>(), any::<i64>(), any::<Option<u32>>(), text(), text(), any::<Option<bool>>()).prop_map(
        |(lat_e7, lon_e7, accuracy_cm, source, datum, mock)| Position {
            lat_e7,
            lon_e7,
            accuracy_cm,
            source,
            datum,
            mock,
        },
    )
}

fn capture() -> impl Strategy<Value = Capture> {
    (stamp(), of(text()), of(position()), any::<u8>(), of(text())).prop_map(
        |(attached, camera_time, position, orientation, camera)| Capture {
            attached,
            camera_time,
            position,
            orientation,
            camera,
        },
    )
}

pub(crate) fn evidence() -> impl Strategy<Value = EvidenceEntry> {
    let what = (document_id(), text(), text(), blob(), text());
    let made = (image(), image(), text(), any::<u64>(), capture());
    let chain = (person_id(), any::<[u8; 16]>(), any::<u64>(), of(digest()));
    (what, made, chain).prop_map(
        |(
            (document, question, instance, original, media_type),
            (rendition, thumbnail, pipeline, perceptual, capture),
            (person, actor, sequence, previous),
        )| EvidenceEntry {
            document,
            question,
            instance,
            original,
            media_type,
            rendition,
            thumbnail,
            pipeline,
            perceptual,
            capture,
            person,
            actor,
            sequence,
            previous,
        },
    )
}

pub(crate) fn device() -> impl Strategy<Value = Device> {
    (device_id(), key(), text(), vec(person_id(), 0..4), any::<i64>())
        .prop_map(|(id, key, name, persons, enrolled_ms)| Device { id, key, name, persons, enrolled_ms })
}

pub(crate) fn person() -> impl Strategy<Value = Person> {
    (person_id(), text(), body_id()).prop_map(|(id, name, body)| Person { id, name, body })
}

pub(crate) fn site() -> impl Strategy<Value = Site> {
    (site_id(), words(), text(), vec(words(), 0..5)).prop_map(|(id, name, division, above)| Site {
        id,
        name,
        division,
        above,
    })
}

pub(crate) fn plan_item() -> impl Strategy<Value = PlanItem> {
    (
        plan_item_id(),
        any::<u16>(),
        body_id(),
        words(),
        words(),
        vec(site_id(), 0..4),
        digest(),
        vec(person_id(), 0..4),
        any::<i32>(),
        any::<i32>(),
        any::<u16>(),
    )
        .prop_map(|(id, year, body, body_name, purpose, sites, checklist, team, from_day, to_day, minutes)| {
            PlanItem { id, year, body, body_name, purpose, sites, checklist, team, from_day, to_day, minutes }
        })
}

pub(crate) fn checklist() -> impl Strategy<Value = Checklist> {
    (digest(), words(), text(), text()).prop_map(|(hash, title, version, template)| Checklist {
        hash,
        title,
        version,
        template,
    })
}

pub(crate) fn permit() -> impl Strategy<Value = Permit> {
    (any::<i64>(), any::<i64>(), any::<i64>(), permit_id(), visit()).prop_map(
        |(expires_s, not_before_s, issued_s, id, visit)| Permit { expires_s, not_before_s, issued_s, id, visit },
    )
}

fn visit() -> impl Strategy<Value = Visit> {
    let item = (plan_item_id(), text(), any::<bool>(), body_id(), words());
    let place = (words(), site_id(), words(), digest());
    let member = (person_id(), text()).prop_map(|(person, name)| Member { person, name });
    let team = (vec(member, 0..5), vec(device_id(), 0..5), any::<u16>(), document_id());
    (item, place, team).prop_map(
        |(
            (plan_item, number, ad_hoc, body, body_name),
            (purpose, site, site_name, checklist),
            (team, devices, visits, document),
        )| Visit {
            plan_item,
            number,
            ad_hoc,
            body,
            body_name,
            purpose,
            site,
            site_name,
            checklist,
            team,
            devices,
            visits,
            document,
        },
    )
}

pub(crate) fn trust_list() -> impl Strategy<Value = TrustList> {
    let permit_key = (key(), any::<i64>(), any::<Option<i64>>(), any::<Option<i64>>())
        .prop_map(|(key, from_s, until_s, revoked_s)| PermitKey { key, from_s, until_s, revoked_s });
    let revocation = (permit_mark(), any::<i64>()).prop_map(|(mark, at_s)| Revocation { mark, at_s });
    let phone = (device_id(), any::<i64>()).prop_map(|(device, at_s)| RevokedPhone { device, at_s });
    let times = (any::<u64>(), any::<i64>(), any::<i64>());
    let entries = (vec(permit_key, 0..3), vec(revocation, 0..3), vec(phone, 0..3));
    (times, entries, key(), key()).prop_map(
        |((sequence, at_s, good_until_s), (keys, revoked, phones), feedback_key, drain_key)| TrustList {
            sequence,
            at_s,
            good_until_s,
            keys,
            revoked,
            feedback_key,
            drain_key,
            phones,
        },
    )
}

pub(crate) fn late() -> impl Strategy<Value = Late> {
    let visit = (document_id(), permit_id(), site_id(), digest());
    let who = (person_id(), any::<[u8; 16]>());
    let why = (prop::sample::select(&Cause::ALL[..]), text(), text(), stamp());
    (visit, who, why).prop_map(
        |((document, permit, site, checklist), (person, actor), (cause, reason, standing, at))| Late {
            document,
            permit,
            site,
            checklist,
            person,
            actor,
            cause,
            reason,
            standing,
            at,
        },
    )
}

pub(crate) fn void() -> impl Strategy<Value = Void> {
    (document_id(), person_id(), any::<[u8; 16]>(), text(), stamp())
        .prop_map(|(document, person, actor, reason, at)| Void { document, person, actor, reason, at })
}

pub(crate) fn carried() -> impl Strategy<Value = Carried> {
    (bytes(), stamp()).prop_map(|(sealed, at)| Carried { sealed, at })
}

pub(crate) fn order() -> impl Strategy<Value = Order> {
    (device_id(), any::<i64>()).prop_map(|(device, at_ms)| Order { device, what: Deed::Wipe, at_ms })
}

pub(crate) fn presentation() -> impl Strategy<Value = Presentation> {
    (bytes(), key(), any::<u64>(), any::<Option<u32>>())
        .prop_map(|(permit, key, half_minute, challenge)| Presentation { permit, key, half_minute, challenge })
}

pub(crate) fn receipt() -> impl Strategy<Value = Receipt> {
    let state = prop_oneof![Just(State::Accepted), Just(State::Held)];
    (vec(digest(), 0..4), state, any::<i64>()).prop_map(|(records, state, at_ms)| Receipt { records, state, at_ms })
}

pub(crate) fn decision() -> impl Strategy<Value = Decision> {
    let verdict = prop::sample::select(vec![
        Verdict::Closed,
        Verdict::Accepted,
        Verdict::Declined,
        Verdict::Registered,
        Verdict::NotRegistered,
        Verdict::Voided,
        Verdict::Withdrawn,
    ]);
    (document_id(), verdict, vec(digest(), 0..4), any::<i64>(), of(person_id()), of(text())).prop_map(
        |(document, verdict, heads, at_ms, by, reason)| Decision { document, verdict, heads, at_ms, by, reason },
    )
}

fn log_mark() -> impl Strategy<Value = LogMark> {
    (any::<u32>(), any::<u64>(), bytes(), any::<Option<u64>>()).prop_map(|(epoch, size, root, kept)| LogMark {
        epoch,
        size,
        root,
        kept,
    })
}

fn shown() -> impl Strategy<Value = Shown> {
    (bytes(), any::<u64>(), vec(digest(), 0..4)).prop_map(|(checkpoint, from, proof)| Shown {
        checkpoint: Bytes(checkpoint.0),
        from,
        proof,
    })
}

pub(crate) fn checkpoint() -> impl Strategy<Value = Checkpoint> {
    (any::<u32>(), any::<u64>(), digest(), any::<i64>()).prop_map(|(epoch, size, root, at_ms)| Checkpoint {
        epoch,
        size,
        root,
        at_ms,
    })
}

pub(crate) fn witness() -> impl Strategy<Value = Witness> {
    let signed = proptest::option::of(bytes());
    (any::<u32>(), any::<u64>(), digest(), stamp(), signed).prop_map(|(epoch, size, checkpoint, at, signed)| Witness {
        epoch,
        size,
        checkpoint,
        at,
        signed,
    })
}

fn holds() -> impl Strategy<Value = Holds> {
    any::<(u32, u32, u32, u64)>().prop_map(|(changes, records, files, bytes)| Holds { changes, records, files, bytes })
}

pub(crate) fn request_head() -> impl Strategy<Value = RequestHead> {
    (server_id(), device_id(), any::<u64>(), digest(), bytes(), log_mark(), any::<u32>(), holds()).prop_map(
        |(server, device, counter, frames, cursor, seen, limit, holds)| RequestHead {
            server,
            device,
            counter,
            frames,
            cursor,
            seen,
            limit,
            holds,
        },
    )
}

pub(crate) fn enrol() -> impl Strategy<Value = EnrolRequest> {
    (text(), key(), text()).prop_map(|(code, key, name)| EnrolRequest { code, key, name })
}

fn changes() -> impl Strategy<Value = DocumentChanges> {
    (document_id(), of(vec(digest(), 0..4)), vec(bytes(), 0..4))
        .prop_map(|(document, heads, changes)| DocumentChanges { document, heads, changes })
}

pub(crate) fn frame() -> impl Strategy<Value = Frame> {
    (vec(bytes(), 0..4), vec(changes(), 0..4), of(vec(proof(), 0..3))).prop_map(|(records, documents, proofs)| Frame {
        records,
        documents,
        proofs,
    })
}

fn proof() -> impl Strategy<Value = Proof> {
    (bytes(), document_id(), vec(digest(), 0..3), any::<u32>(), vec(digest(), 0..3))
        .prop_map(|(record, document, heads, at, path)| Proof { record, document, heads, at, path })
}

pub(crate) fn contents() -> impl Strategy<Value = Contents> {
    (vec(bytes(), 0..4), vec(changes(), 0..4), vec(proof(), 0..3)).prop_map(|(records, documents, proofs)| Contents {
        records,
        documents,
        proofs,
    })
}

fn status() -> impl Strategy<Value = Status> {
    let outcome = prop::sample::select(vec![
        Outcome::Ok,
        Outcome::Have,
        Outcome::NeedRaw,
        Outcome::Waiting,
        Outcome::Held,
        Outcome::Refused,
    ]);
    (outcome, of(prop::sample::select(Problem::ALL)), of(text())).prop_map(|(outcome, problem, detail)| Status {
        outcome,
        problem,
        detail,
    })
}

fn document_status() -> impl Strategy<Value = DocumentStatus> {
    (status(), any::<Option<u32>>(), vec(digest(), 0..3)).prop_map(|(status, stopped, heads)| DocumentStatus {
        status,
        stopped,
        heads,
    })
}

pub(crate) fn answer() -> impl Strategy<Value = Answer> {
    // No proof: that is of answers in parts, each piece with its own.
    let feed = frame().prop_map(|Frame { records, documents, .. }| Feed { records, documents, proof: None });
    let upload = (digest(), text()).prop_map(|(sha256, path)| Upload { sha256, path, has: None });
    (
        any::<i64>(),
        vec(status(), 0..4),
        vec(document_status(), 0..4),
        bytes(),
        any::<(bool, bool)>(),
        feed,
        vec(upload, 0..3),
        log_mark(),
        proptest::option::of(shown()),
    )
        .prop_map(|(server_ms, records, documents, cursor, (more, more_uploads), feed, uploads, log, shown)| {
            Answer { shown, more_uploads, server_ms, records, documents, cursor, more, feed, uploads, log }
        })
}
