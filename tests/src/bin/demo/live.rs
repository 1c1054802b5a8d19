//! The page stays: one phone goes on working, so that a visitor sees it change. When all is done its owner leaves.

use crate::stage::{Cast, Stage};
use crate::tell::tell;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use wurao_device::{Cancel, Cause, LateStart, SyncOptions};
use wurao_protocol::DocumentId;
use wurao_tests::visit::{self, Entry};
use wurao_tests::{Doing, Trouble, county};

/// Between two things that 陈立新 does.
const PACE: Duration = Duration::from_secs(6);

/// The village where he does them.
const VILLAGE: &str = "Songling Village";

/// What he photographs once he has answered it.
const PHOTOGRAPHED: [&str; 4] = ["warning_sounds", "pump_runs", "extinguishers", "key_holder"];

/// What he remarks on once he has answered it, and how.
const REMARKED: [(&str, &str); 2] =
    [("life_jackets", "其中四件是儿童款，单独挂放。"), ("store_dry", "西北角有一处旧渗痕，已干。")];

/// One thing he does.
enum Step {
    Answer(Entry),
    Photo(&'static str),
    Remark(&'static str, &'static str),
    Leave,
}

/// Serves until Ctrl-C.
pub(crate) fn serve(stage: &mut Stage, cast: &Cast) -> Result<(), Trouble> {
    let stop = stop()?;
    let (login, password) = county::SUPERVISOR;
    tell!("4  The supervisors' page: {}", stage.world.server.url("/")?);
    tell!("   Name {login}, password {password}. Ctrl-C ends it.");
    for (what, (login, password)) in [
        ("plans", county::PLANNER),
        ("approves", county::APPROVER),
        ("administers", county::ADMINISTRATOR),
        ("audits", county::AUDITOR),
    ] {
        tell!("   Who {what}: {login}, {password}");
    }
    let permit = stage.world.county.permit("Shimen Village", "Emergency supplies")?;
    let shown = cast.chen.phone.present(permit, None).doing("show a permit")?;
    // Phones know the server by the way that this demo can cut.
    let (_, code) = shown.text.split_once("/P").unwrap_or_default();
    tell!("   The village's page: {}", stage.world.server.url("/p")?);
    tell!("   What 陈立新's code leads to, shown just now: {}", stage.world.server.url(&format!("/P{code}"))?);
    waiting(stage, cast)?;
    let document = stage.document(&cast.chen, VILLAGE)?;
    for step in steps(stage)? {
        match stop.recv_timeout(PACE) {
            Err(RecvTimeoutError::Timeout) => take(stage, cast, document, &step)?,
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
    // Nobody works any more; the page stays. Either way of ending the wait ends the demo.
    let _ = stop.recv();
    Ok(())
}

/// Something is held until the visitor decides it.
fn waiting(stage: &Stage, cast: &Cast) -> Result<(), Trouble> {
    let liu = &cast.liu;
    let checklist = liu.phone.checklists().doing("list checklists")?.into_iter().next();
    let late = LateStart {
        permit: None,
        site: Some(stage.world.county.site("Zhuxi Village")?),
        checklist: checklist.map(|checklist| checklist.hash),
        cause: Cause::Urgent,
        reason: "村民来电：夜里发电机起不来。".to_owned(),
    };
    let document = liu.phone.start_late(&late).doing("begin without a permit")?;
    visit::answer(&liu.phone, document, &visit::equipment(stage.today)?[..4])?;
    liu.sync()?;
    tell!(
        "   竹溪村 Zhuxi Village: 刘建国 went back there without a permit; it is held until {} decides",
        county::APPROVER.0
    );
    Ok(())
}

/// All that is left to do there, in order.
fn steps(stage: &Stage) -> Result<Vec<Step>, Trouble> {
    let mut rest = visit::stores(stage.today)?.split_off(9);
    rest.extend(visit::equipment(stage.today)?);
    let mut steps = Vec::new();
    for entry in rest {
        let question = entry.question;
        steps.push(Step::Answer(entry));
        steps.extend(PHOTOGRAPHED.contains(&question).then_some(Step::Photo(question)));
        let remark = REMARKED.iter().find(|(about, _)| *about == question);
        steps.extend(remark.map(|(about, words)| Step::Remark(about, words)));
    }
    steps.push(Step::Leave);
    Ok(steps)
}

/// Does one thing and syncs. The files of a photo stay on the phone until the next sync.
fn take(stage: &mut Stage, cast: &Cast, document: DocumentId, step: &Step) -> Result<(), Trouble> {
    let chen = &cast.chen;
    let mut options = SyncOptions::default();
    let what = match step {
        Step::Answer(Entry { question, value }) => {
            chen.phone.answer(document, question, "-", value).doing("answer")?;
            format!("answers {question} = {value}")
        }
        Step::Photo(question) => {
            stage.shoot(chen, document, &[question])?;
            options.photos = false;
            format!("attaches a photo to {question}; the picture follows")
        }
        Step::Remark(question, words) => {
            chen.phone.answer(document, &format!("{question}#note"), "-", words).doing("remark")?;
            format!("remarks on {question}: {words}")
        }
        Step::Leave => {
            chen.phone.leave(document).doing(format!("leave {VILLAGE}"))?;
            "is done and leaves; the page stays".to_owned()
        }
    };
    chen.phone.sync(&options, &(), &Cancel::new()).doing("sync")?;
    tell!("   松岭村 {VILLAGE}: 陈立新 {what}");
    Ok(())
}

/// Hears of Ctrl-C and of SIGTERM, so that the temporary folder and the server go before this program does.
fn stop() -> Result<Receiver<()>, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().doing("wait for Ctrl-C")?;
    let entered = runtime.enter();
    let mut terminate = signal(SignalKind::terminate()).doing("wait for SIGTERM")?;
    drop(entered);
    let (told, stop) = channel();
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        });
        let _ = told.send(());
    });
    Ok(stop)
}
