//! Act three: the network is back. Text goes first, then thumbnails, then renditions; a supervisor settles what two differ
//! on; people leave.

use crate::report::Report;
use crate::stage::{Cast, Stage};
use crate::tell::tell;
use wurao_device::{Cancel, FormItem, SyncOptions, WorkState};
use wurao_tests::{Doing, Trouble};

/// Every phone says what it has, then sends its photos.
pub(crate) fn text_then_photos(cast: &Cast, report: &mut Report) -> Result<(), Trouble> {
    tell!("3  The network is back");
    for (person, phone) in cast.all() {
        phone.link.up()?;
        let text = SyncOptions { photos: false, ..SyncOptions::default() };
        let sync = phone.phone.sync(&text, &(), &Cancel::new()).doing("sync text")?;
        report.add(&sync);
        tell!(
            "   {person}: {} changes up in {} request, {} bytes up, {} bytes down",
            sync.changes_taken,
            sync.requests,
            sync.text_bytes_up,
            sync.text_bytes_down,
        );
    }
    for (person, phone) in cast.all() {
        let sync = phone.sync()?;
        report.add(&sync);
        tell!(
            "   {person}: {} files of photos, thumbnails first, {} KB",
            sync.photos_uploaded,
            sync.photo_bytes_up / 1000
        );
    }
    Ok(())
}

/// One of the two things that were counted differently is settled on the page; the other stays open, and is seen to be.
pub(crate) fn settled(stage: &Stage, cast: &Cast, report: &mut Report) -> Result<(), Trouble> {
    let (phones, supervisor) = ([&cast.chen, &cast.wu], stage.world.supervisor()?);
    let document = stage.document(&cast.chen, "Shimen Village")?;
    let posted = supervisor.choose(document, "beds@-", "52")?;
    if posted.status != 303 {
        return Err(Trouble::new("settle the beds on the page", posted.body));
    }
    for phone in phones {
        report.add(&phone.sync()?);
        let form = phone.phone.form(document, "en").doing("show a form")?;
        let fields = form.sections.iter().flat_map(|section| &section.items).filter_map(|item| match item {
            FormItem::Field(field) if field.question == "beds" => Some(field),
            FormItem::Field(_) | FormItem::Rows { .. } => None,
        });
        let told: Vec<_> =
            fields.flat_map(|field| &field.settled).map(|one| (&*one.by.person, one.among.len())).collect();
        if (form.conflicts, told.as_slice()) != (1, &[("林慧", 2)]) {
            let found = format!("{} conflicts, settled by {told:?}", form.conflicts);
            return Err(Trouble::new("see on a phone what was settled", found));
        }
    }
    tell!(
        "   林慧 settles on the page that there are 52 beds; both phones show who chose, and among what. The water stays open"
    );
    Ok(())
}

/// Who is done signs so; where the whole team is done the inspection closes, and the phones learn it.
pub(crate) fn leave(stage: &Stage, cast: &Cast, report: &mut Report) -> Result<(), Trouble> {
    let (chen, wu, liu) = (&cast.chen, &cast.wu, &cast.liu);
    for (phone, village) in
        [(chen, "Shimen Village"), (wu, "Shimen Village"), (wu, "Baiyang Village"), (liu, "Zhuxi Village")]
    {
        phone.phone.leave(stage.document(phone, village)?).doing(format!("leave {village}"))?;
    }
    // Twice: the first phone to leave learns from its second sync that the last one has.
    for _ in 0..2 {
        for (_, phone) in cast.all() {
            report.add(&phone.sync()?);
        }
    }
    for (person, phone) in cast.all() {
        for item in phone.phone.work().doing("list work")? {
            let state = match item.state {
                WorkState::Planned => continue,
                WorkState::Started => "under way",
                WorkState::Left => "left",
                WorkState::Closed => "closed",
                WorkState::Voided => "voided",
            };
            tell!("   {person}: {} {}: {state}", item.site.zh, item.site.en);
        }
    }
    Ok(())
}
