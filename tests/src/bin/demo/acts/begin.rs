//! Act one: a server with a county; three phones are let in and pull their work.

use crate::report::Report;
use crate::stage::{Cast, Stage};
use crate::tell::tell;
use wurao_checklist::import;
use wurao_tests::world::FieldPhone;
use wurao_tests::{Doing, Trouble, county};

/// Tells what was loaded.
pub(crate) fn county(stage: &Stage) -> Result<(), Trouble> {
    let world = &stage.world;
    tell!("1  A server over an empty folder: {}", world.server.url("/")?);
    let county = &world.county;
    tell!(
        "   青石县 Qingshi County (invented): {} divisions, {} villages, {} bodies, {} people",
        county.count("divisions"),
        county.count("sites"),
        county.count("bodies"),
        county.count("people"),
    );
    let bytes = std::fs::read(county::workbook()).doing("read the workbook")?;
    let imported = import::workbook(&bytes).doing("import the workbook")?;
    let template = &imported.template;
    tell!(
        "   Checklist from a workbook: {} / {}, version {}, {} not understood",
        template.title.get("zh"),
        template.title.get("en"),
        template.version,
        imported.report.len(),
    );
    for note in &imported.report {
        tell!("     {note}");
    }
    tell!("   Annual plan: {} approved items, {} permits signed", county.count("plan"), county.count("permits"));
    Ok(())
}

/// Lets the phones in, pulls their work, takes them offline.
pub(crate) fn phones(stage: &Stage, report: &mut Report) -> Result<Cast, Trouble> {
    tell!("2  Three phones are let in with a one-time code each, pull their work, and go offline");
    let cast = Cast {
        chen: phone(stage, "demo-phone-03")?,
        wu: phone(stage, "demo-phone-05")?,
        liu: phone(stage, "demo-phone-11")?,
    };
    for (person, phone) in cast.all() {
        report.phones += 1;
        let visits = phone.phone.work().doing("list work")?;
        let villages: Vec<&str> = visits.iter().map(|visit| visit.site.zh.as_str()).collect();
        phone.link.down();
        let code = match phone.try_sync() {
            Ok(_) => return Err(Trouble::new("go offline", "the phone still reaches the server")),
            Err(error) => error.code().to_owned(),
        };
        tell!("   {person}: {} visits ({}); the network is gone ({code})", visits.len(), villages.join("、"));
    }
    Ok(cast)
}

fn phone(stage: &Stage, code: &str) -> Result<FieldPhone, Trouble> {
    stage.world.phone(code)
}
