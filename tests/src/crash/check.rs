//! What must hold: on the phone after every fault, and between phone and server once both are well.

use super::known::Sure;
use super::look;
use super::world::{World, sync};
use crate::{Doing, Trouble};
use std::collections::BTreeSet;
use wurao_device::{Phone, PhoneError, RawValue, WorkState};
use wurao_inspection::text;
use wurao_protocol::DocumentId;
use wurao_protocol::key::Signer as _;
use wurao_record::field;
use wurao_server::audit::verify::verify;
use wurao_server::store::read;

/// Syncs until all is quiet: one to bring, one to find nothing new, one for a cursor that moved meanwhile.
const ROUNDS: usize = 4;

/// The phone still says what it said, and its store is whole. `opened` when it was opened since the fault.
pub(super) fn phone(world: &mut World<'_>, opened: bool) -> Result<(), Trouble> {
    let db = world.look_at_phone()?;
    let mut failures = look::phone_faults(&db)?;
    let (used, kept) = (world.used.counter(), look::counter(&db)?);
    if kept < used {
        failures.push(format!("the counter is {kept}, {used} was used"));
    }
    failures.extend(world.used.wrong());
    world.failures.append(&mut failures);
    if world.has_work {
        compare(world, opened)?;
    }
    Ok(())
}

fn compare(world: &mut World<'_>, opened: bool) -> Result<(), Trouble> {
    let Some(phone) = &world.phone else { return Err(Trouble::new("find the phone", "it is closed")) };
    let mut failures = Vec::new();
    let outbox = phone.outbox().doing("show the outbox")?;
    let known = ["unsent", "waiting"];
    let odd = outbox.changes.iter().map(|found| &found.standing);
    let odd = odd.chain(outbox.unsettled_records.iter().map(|found| &found.standing));
    if odd.clone().any(|standing| !known.contains(&standing.as_str())) || outbox.photos_with_problems > 0 {
        failures.push(format!("the outbox: {outbox:?}"));
    }
    let work = phone.work().doing("list the work")?;
    for planned in &world.base.visits {
        let Some(visit) = world.visits.get_mut(&planned.document) else { continue };
        let Some(item) = work.iter().find(|item| item.document == planned.document) else {
            failures.push(format!("the visit {} is gone", planned.permit));
            continue;
        };
        let (started, left) = (item.state != WorkState::Planned, item.state == WorkState::Left);
        if !visit.started.fits(started) || !visit.left.fits(left) {
            failures.push(format!("{:?}, said was {:?} and {:?}", item.state, visit.started, visit.left));
        }
        let values = values(phone, planned.document)?;
        failures.extend(visit.compare(&values, started, planned.computed, opened));
        let photos = match phone.photos(planned.document) {
            Err(PhoneError::NotFound { .. }) => Vec::new(),
            photos => photos.doing("list photos")?,
        };
        let photos: BTreeSet<String> = photos.into_iter().map(|photo| photo.original).collect();
        failures.extend(visit.compare_photos(&photos));
        let evidence: BTreeSet<String> =
            values.into_iter().filter(|value| value.map == "evidence").map(|value| value.key).collect();
        if evidence != photos {
            failures.push(format!("photos {photos:?}, in the document {evidence:?}"));
        }
        if opened {
            visit.started = if started { Sure::Yes } else { Sure::No };
            visit.left = if left { Sure::Yes } else { Sure::No };
            visit.photos.retain(|hash, _| photos.contains(hash));
            visit.photos.values_mut().for_each(|sure| *sure = Sure::Yes);
        }
    }
    world.failures.append(&mut failures);
    Ok(())
}

fn values(phone: &Phone, document: DocumentId) -> Result<Vec<RawValue>, Trouble> {
    match phone.values(document) {
        Err(PhoneError::NotFound { .. }) => Ok(Vec::new()),
        values => values.doing("read values"),
    }
}

/// What the server has acknowledged is there after its fault, and its store is whole.
pub(super) fn server(world: &mut World<'_>) -> Result<(), Trouble> {
    let db = world.look_at_server()?;
    let mut failures: Vec<String> =
        look::server_faults(&db)?.into_iter().map(|fault| format!("at the server: {fault}")).collect();
    if world.let_in == Sure::Yes {
        let told = look::acknowledged(&world.look_at_phone()?)?;
        for ((told, kept), what) in told.iter().zip(look::kept(&db)?).zip(["changes", "records", "files"]) {
            let lost = told.difference(&kept).count();
            if lost > 0 {
                failures.push(format!("the server has acknowledged and lost {lost} {what}"));
            }
        }
    }
    world.failures.append(&mut failures);
    Ok(())
}

/// With a good network and sound disks phone, colleague and server come to agree, and are quiet then.
pub(super) fn agree(world: &mut World<'_>) -> Result<(), Trouble> {
    world.trouble(0);
    if world.let_in != Sure::Yes {
        return Ok(());
    }
    for round in 1..=ROUNDS {
        let Some(phone) = &world.phone else { return Err(Trouble::new("find the phone", "it is closed")) };
        let report = sync(phone).doing("sync over a good network")?;
        world.has_work = true;
        let odd = report.changes_refused + report.changes_held + report.records_refused + report.quarantined;
        if odd + report.offered_again + report.signed_anew > 0 || report.log_forked || report.photos_damaged > 0 {
            world.fail(format!("a good sync: {report:?}"));
        }
        let said = report.changes_taken + report.changes_received + report.records_received + report.records_settled;
        if said == 0 && report.requests == 1 && report.photos_uploaded == 0 {
            break;
        }
        if round == ROUNDS {
            world.fail(format!("goes on talking: {report:?}"));
        }
    }
    let Some(phone) = &world.phone else { return Ok(()) };
    let outbox = phone.outbox().doing("show the outbox")?;
    if !outbox.changes.is_empty() || outbox.records + outbox.thumbnails + outbox.renditions > 0 {
        world.fail(format!("left after a good sync: {outbox:?}"));
    }
    for planned in world.base.visits.clone() {
        same_as_server(world, planned.document)?;
    }
    let shared = world.base.shared()?.document;
    let (Some(phone), Some(colleague)) = (&world.phone, &world.colleague) else { return Ok(()) };
    sync(colleague).doing("sync the colleague's phone")?;
    if values(phone, shared)? != values(colleague, shared)? {
        world.fail("the colleague's phone has other values");
    }
    Ok(())
}

fn same_as_server(world: &mut World<'_>, document: DocumentId) -> Result<(), Trouble> {
    let (Some(phone), Some(app)) = (&world.phone, &world.app) else { return Ok(()) };
    let mut here = values(phone, document)?;
    let ops = app.store().read(move |db| read::live_ops(db, &document));
    let mut ops = world.base.runtime.block_on(ops).doing("read at the server")?;
    ops.sort_by(|a, b| (a.map, &a.key).cmp(&(b.map, &b.key)));
    let mut there: Vec<RawValue> = ops
        .chunk_by(|a, b| (a.map, &a.key) == (b.map, &b.key))
        .map(|ops| RawValue {
            map: ops[0].map.name().to_owned(),
            key: ops[0].key.clone(),
            values: field(ops, &[]).values.iter().map(|held| text(&held.value)).collect(),
        })
        .collect();
    here.sort();
    there.sort();
    if here != there {
        let only_here = here.iter().filter(|value| !there.contains(value)).count();
        let only_there = there.iter().filter(|value| !here.contains(value)).count();
        world.fail(format!("phone and server differ: {only_here} only here, {only_there} only there"));
    }
    Ok(())
}

/// The server's log, read again.
pub(super) fn audited(world: &mut World<'_>) -> Result<(), Trouble> {
    let Some(app) = &world.app else { return Err(Trouble::new("find the server", "it is down")) };
    let key = app.keys().records.public();
    let verdict = app.store().write_blocking(move |tx| verify(tx, &key)).doing("read the log again")?;
    if let Some(fault) = verdict.fault {
        world.fail(format!("audit: {fault}"));
    }
    Ok(())
}
