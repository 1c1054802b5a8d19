//! No plan, no inspection: how a permit comes to be, is shown, and what happens without one.

use crate::report::Report;
use crate::stage::{Cast, Stage};
use crate::tell::tell;
use wurao_device::{Cause, LateStart};
use wurao_protocol::DocumentId;
use wurao_tests::county::{APPROVER, PLANNER};
use wurao_tests::planning::Draft;
use wurao_tests::visit;
use wurao_tests::{Doing, Trouble};

/// How often each body was in the villages the year before: more it may not be now, unless somebody says why.
const BASE: &str = "body,level,year,count\n县应急管理局,county,2025,50\n县消防救援大队,county,2025,50\n";

/// One body drafts and submits on the page, somebody else approves: that signs the permit.
pub(crate) fn planned(stage: &Stage) -> Result<(), Trouble> {
    let world = &stage.world;
    let (planner, approver) = (world.at_the_page(PLANNER)?, world.at_the_page(APPROVER)?);
    let imported = approver.post("/plan/base", &[("table", BASE)])?;
    if imported.status != 200 {
        return Err(Trouble::new("import the base counts", imported.body));
    }
    let item = Draft::of(world, "Yuntai Village", &["chenlixin"])?.save(&planner)?;
    item.step(&planner, "submit", &[])?;
    item.step(&approver, "approve", &[])?;
    let number = item.number(&approver)?;
    tell!(
        "   周宁 drafts one more visit to 云台村 Yuntai Village, 沈若兰 approves it: number {number}, one permit signed"
    );
    Ok(())
}

/// At the door of 石门村: one phone shows its permit, another judges it; neither has a network.
pub(crate) fn shown(stage: &Stage, cast: &Cast) -> Result<(), Trouble> {
    let county = &stage.world.county;
    let permit = county.permit("Shimen Village", "Emergency supplies")?;
    let shown = cast.chen.phone.present(permit, None).doing("show a permit")?;
    let code = wurao_qr::Code::new(&shown.text).doing("draw its code")?;
    let judge = |village: &str| -> Result<&'static str, Trouble> {
        let at = county.site(village)?;
        Ok(cast.liu.phone.verify_shown(&shown.text, Some(at), None).doing("judge a code")?.standing)
    };
    let (here, elsewhere) = (judge("Shimen Village")?, judge("Baiyang Village")?);
    if (here, elsewhere) != ("valid", "wrong-site") {
        return Err(Trouble::new("judge a code", format!("{here} here, {elsewhere} elsewhere")));
    }
    tell!(
        "   At the door 陈立新's phone shows its permit as a QR code of version {}; another phone judges it without a network: {here} in 石门村, {elsewhere} in 白杨村",
        code.version(),
    );
    Ok(())
}

/// 云台村 before its day: nothing starts but a late registration with a reason.
pub(crate) fn too_early(stage: &Stage, cast: &Cast) -> Result<DocumentId, Trouble> {
    let permit = stage.world.county.permit("Yuntai Village", "Fire check before winter")?;
    let code = match cast.liu.phone.start(permit) {
        Ok(_) => return Err(Trouble::new("start before the day", "the phone let it happen")),
        Err(error) => error.code().to_owned(),
    };
    let reason = "村口有烟，先行查看。".to_owned();
    let late = LateStart { permit: Some(permit), site: None, checklist: None, cause: Cause::Urgent, reason };
    let document = cast.liu.phone.start_late(&late).doing("register late")?;
    visit::answer(&cast.liu.phone, document, &visit::equipment(stage.today)?[6..11])?;
    tell!(
        "   云台村 Yuntai Village: 刘建国 sees smoke before the visit's day; the phone says {code}, he registers it late"
    );
    Ok(document)
}

/// What was registered late is held until an approver decides; then it counts.
pub(crate) fn registered(stage: &Stage, cast: &Cast, late: DocumentId, report: &mut Report) -> Result<(), Trouble> {
    let approver = stage.world.at_the_page(APPROVER)?;
    let page = approver.page("/held", "en")?;
    let form = page.find(&format!("/held/{late}/late/")).and_then(|at| page[at..].split('"').next());
    let form = form.ok_or_else(|| Trouble::new("find the late registration", "it is not among what is held"))?;
    let decided = approver.post(form, &[("choice", "register")])?;
    if decided.status != 303 {
        return Err(Trouble::new("register a visit", decided.body));
    }
    report.add(&cast.liu.sync()?);
    tell!("   沈若兰 finds the late visit to 云台村 among what is held, and registers it");
    Ok(())
}
