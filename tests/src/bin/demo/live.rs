//! The page stays: one phone goes on working, so that a visitor sees it change.

use crate::stage::{Cast, Stage};
use crate::tell::tell;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use wurao_tests::{Doing, Trouble, county, visit};

/// Between two things that 陈立新 does.
const PACE: Duration = Duration::from_secs(6);

/// Serves until Ctrl-C.
pub(crate) fn serve(stage: &Stage, cast: &Cast) -> Result<(), Trouble> {
    let stop = stop()?;
    let (login, password) = county::SUPERVISOR;
    tell!("4  The supervisors' page: {}", stage.world.server.url("/")?);
    tell!("   Name {login}, password {password}. Ctrl-C ends it.");
    let document = stage.document(&cast.chen, "Songling Village")?;
    let mut rest = visit::stores(stage.today)?.split_off(9);
    rest.extend(visit::equipment(stage.today)?);
    // When all is answered he counts the woven bags again, and again.
    let recounts = (0u32..).map(|at| visit::Entry { question: "woven_bags", value: (600 - at % 40).to_string() });
    for entry in rest.into_iter().chain(recounts) {
        match stop.recv_timeout(PACE) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
        }
        cast.chen.phone.answer(document, entry.question, "-", &entry.value).doing("answer")?;
        cast.chen.sync()?;
        tell!("   松岭村 Songling Village: 陈立新 answers {} = {}", entry.question, entry.value);
    }
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
