//! A phone with inspections of a week meets a bad signal: how long until the supervisor sees all of it.
//!
//! Everybody goes over a line of the same kind with the same stalls and cuts, each over one of their own at the same time, and
//! in true time. It is over when ours and the bare bytes are through; how far the others have come by then is told.

use crate::field::{Field, Seen};
use crate::odk::{self, Sink};
use crate::pouch::{NAME, Pouch};
use crate::rows::{Row, Rows, Target, note};
use crate::stream::{self, Receiver};
use reqwest::blocking::Client;
use serde_json::Value;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use wurao_device::{Cancel, SyncOptions};
use wurao_tests::shaper::{Carried, Shape, Shaper};
use wurao_tests::supervisor::Supervisor;
use wurao_tests::{Doing, Trouble};

/// 50 kbit/s, 600 ms there and back, stalls, a cut every 64 KiB.
const LINE: Shape = Shape {
    bytes_per_second: 50_000 / 8,
    one_way: Duration::from_millis(300),
    stalls: Some(1),
    cut_after: Some(64 << 10),
};
const WITHOUT_CUTS: Shape = Shape { cut_after: None, ..LINE };
/// How often it is looked what has arrived.
const LOOK: Duration = Duration::from_millis(200);
/// Documents in one request of PouchDB: of its default, a hundred, nothing would ever come through between two cuts.
const BATCH: u32 = 3;
/// After so long it is given up.
const GIVEN_UP: Duration = Duration::from_secs(3 * 3600);

/// When what a person looks for had arrived.
struct Through {
    thumbnails: Duration,
    all: Duration,
    carried: Carried,
}

/// What somebody had brought through by the end.
#[derive(Default)]
struct Brought {
    /// When the answers and thumbnails were there, if ever.
    thumbnails: Option<Duration>,
    /// Inspections of which everything was there.
    whole: usize,
}

/// Runs the bench.
pub(crate) fn run(quick: bool, rows: &mut Rows) -> Result<(), Trouble> {
    let field = Field::made(if quick { 3 } else { 20 }, if quick { 1600 } else { 4032 }, LINE)?;
    note(&format!("{} inspections made, {}; now there is a signal", field.visits.len(), field.sizes()));
    let stop = AtomicBool::new(false);
    let [mut odk_cut, mut odk_whole, mut pouch_cut, mut pouch_whole] = [const { None }; 4];
    let (mut ours, mut bare) = (None, None);
    std::thread::scope(|scope| -> Result<(), Trouble> {
        // What stands for time at phone and server runs as time does from here on.
        scope.spawn(|| tick(&field, &stop));
        let others = [
            (scope.spawn(|| collect(&field, LINE, &stop).map(Some)), &mut odk_cut),
            (scope.spawn(|| collect(&field, WITHOUT_CUTS, &stop).map(Some)), &mut odk_whole),
            (scope.spawn(|| replicate(&field, LINE, &stop)), &mut pouch_cut),
            (scope.spawn(|| replicate(&field, WITHOUT_CUTS, &stop)), &mut pouch_whole),
        ];
        let streaming = scope.spawn(|| bare_bytes(&field));
        let through = sync(&field);
        let streamed = streaming.join();
        // Before anything is said about how it went: the others wait for it.
        stop.store(true, Ordering::SeqCst);
        for (other, brought) in others {
            *brought = other.join().map_err(|_| Trouble::new("run a peer", "it panicked"))??;
        }
        ours = Some(through?);
        bare = Some(streamed.map_err(|_| Trouble::new("stream", "it panicked"))??);
        Ok(())
    })?;
    let (Some(ours), Some(bare)) = (ours, bare) else { return Err(Trouble::new("run", "nothing came through")) };
    // The whole bench alone has the size that the target speaks of.
    tell(&field, &ours, &bare, (!quick).then_some(Target::Ratio(1.15)), rows);
    for (name, brought) in [
        ("ODK's way with originals", odk_cut),
        ("ODK's way with originals, line without cuts", odk_whole),
        ("PouchDB", pouch_cut),
        ("PouchDB, line without cuts", pouch_whole),
    ] {
        let Some(brought) = brought else { continue };
        tell_of(name, &field, &ours, &brought, rows);
    }
    Ok(())
}

fn tick(field: &Field, stop: &AtomicBool) {
    let (began, mut passed) = (Instant::now(), 0);
    while !stop.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(20));
        let now = began.elapsed().as_millis() as i64;
        field.office.pass(now - std::mem::replace(&mut passed, now));
    }
}

/// Ours: one sync, looked at on the supervisor's page.
fn sync(field: &Field) -> Result<Through, Trouble> {
    let (name, password) = crate::office::SUPERVISOR;
    let supervisor = Supervisor::sign_in(&format!("http://{}", field.office.address), name, password)?;
    // As an app in the foreground: it goes on for as long as there is something to send.
    let (options, cancel) = (SyncOptions { tries: 1000, ..SyncOptions::default() }, Cancel::new());
    field.shaper.signal();
    let began = Instant::now();
    std::thread::scope(|scope| {
        let syncing = scope.spawn(|| field.phone.sync(&options, &(), &cancel));
        let mut seen = [None; 2];
        let mut left: [Vec<usize>; 2] = std::array::from_fn(|_| (0..field.visits.len()).collect());
        let looked = loop {
            let over = syncing.is_finished();
            for (what, (left, seen)) in [Seen::Thumbnails, Seen::All].into_iter().zip(left.iter_mut().zip(&mut seen)) {
                // In order: the first that is not there says that all are not.
                while let Some(&visit) = left.last() {
                    match field.shows(&supervisor, visit, what) {
                        Ok(true) => left.pop(),
                        Ok(false) => break,
                        Err(trouble) => {
                            cancel.cancel();
                            return Err(trouble);
                        }
                    };
                }
                if left.is_empty() && seen.is_none() {
                    *seen = Some(began.elapsed());
                    note(&format!("ours: {what:?} after {:.1} s", began.elapsed().as_secs_f64()));
                }
            }
            match seen {
                [Some(thumbnails), Some(all)] => break Some((thumbnails, all)),
                _ if over || began.elapsed() > GIVEN_UP => break None,
                _ => std::thread::sleep(LOOK),
            }
        };
        if looked.is_none() {
            cancel.cancel();
        }
        let report = syncing.join().map_err(|_| Trouble::new("sync", "it panicked"))?.doing("sync")?;
        let carried = field.shaper.carried();
        note(&format!("ours: {carried:?}, {report:?}"));
        let (thumbnails, all) = looked.ok_or_else(|| Trouble::new("sync", "not all of it is on the page"))?;
        Ok(Through { thumbnails, all, carried })
    })
}

/// The bare bytes over the same line.
fn bare_bytes(field: &Field) -> Result<Through, Trouble> {
    let [thumbnails, all] = field.bare_lengths();
    let receiver = Receiver::of(all, vec![thumbnails, all])?;
    let shaper = Shaper::before(receiver.address, LINE)?;
    shaper.signal();
    let began = Instant::now();
    stream::send(&field.bare, shaper.address(), &AtomicBool::new(false));
    let arrived = receiver.arrived().ok_or_else(|| Trouble::new("stream", "not all of it arrived"))?;
    note(&format!("bare bytes: {:.1} s, {:?}", began.elapsed().as_secs_f64(), shaper.carried()));
    let (thumbnails, all) = (arrived[0].duration_since(began), arrived[1].duration_since(began));
    Ok(Through { thumbnails, all, carried: shaper.carried() })
}

/// ODK's way: form by form, each with its originals, again and again until it is taken.
fn collect(field: &Field, shape: Shape, stop: &AtomicBool) -> Result<Brought, Trouble> {
    let (sink, client) = (Sink::start()?, odk::client()?);
    let shaper = Shaper::before(sink.address, shape)?;
    shaper.signal();
    std::thread::scope(|scope| {
        let posting = scope.spawn(|| {
            for submission in &field.submissions {
                while !stop.load(Ordering::SeqCst) && !odk::post_to(&client, &shaper.url(), submission) {
                    std::thread::sleep(LOOK);
                }
            }
        });
        while !stop.load(Ordering::SeqCst) && !posting.is_finished() {
            std::thread::sleep(LOOK);
        }
        // Ends the request that is under way.
        shaper.close();
        let _ = posting.join();
        Ok(Brought { thumbnails: None, whole: sink.whole() })
    })
}

/// PouchDB: answers and thumbnails first, then the renditions.
fn replicate(field: &Field, shape: Shape, stop: &AtomicBool) -> Result<Option<Brought>, Trouble> {
    let Some(mut pouch) = Pouch::start()? else { return Ok(None) };
    let shaper = Shaper::before(pouch.address, shape)?;
    pouch.at(&shaper.url())?;
    let [first, then] = field.as_documents();
    pouch.put(&first)?;
    shaper.signal();
    let began = Instant::now();
    let mut brought = Brought::default();
    pouch.begin_push(BATCH)?;
    let mut pushing_last = false;
    let client = Client::builder().no_proxy().build().doing("make an HTTP client")?;
    while !stop.load(Ordering::SeqCst) {
        let through = pouch.has_pushed()?;
        let (thumbnails, renditions) = field.has(&there(&client, &pouch)?);
        if brought.thumbnails.is_none() && thumbnails {
            brought.thumbnails = Some(began.elapsed());
            note(&format!("PouchDB ({:?}): thumbnails after {:.1} s", shape.cut_after, began.elapsed().as_secs_f64()));
        }
        brought.whole = renditions;
        match through {
            true if pushing_last => break,
            true => {
                pouch.put(&then)?;
                pouch.begin_push(1)?;
                pushing_last = true;
            }
            false => std::thread::sleep(LOOK),
        }
    }
    Ok(Some(brought))
}

/// The names of what has arrived, asked past the line.
fn there(client: &Client, pouch: &Pouch) -> Result<Vec<String>, Trouble> {
    let url = format!("http://{}/{NAME}/_all_docs", pouch.address);
    let answer: Value = client.get(url).send().and_then(|answer| answer.json()).doing("ask what has arrived")?;
    let rows = answer["rows"].as_array().into_iter().flatten();
    Ok(rows.filter_map(|row| row["id"].as_str().map(str::to_owned)).collect())
}

fn tell(field: &Field, ours: &Through, bare: &Through, target: Option<Target>, rows: &mut Rows) {
    let visits = field.visits.len();
    let moments = [
        (format!("{visits} inspections: all answers and thumbnails on the page"), ours.thumbnails, bare.thumbnails),
        (format!("{visits} inspections: all renditions too"), ours.all, bare.all),
    ];
    for ((metric, ours, bare), bytes) in moments.into_iter().zip(field.bare_lengths()) {
        let computed = LINE.needs(bytes) + LINE.round_trip() * 3;
        let computed = ("bare bytes as computed, a line never idle", computed.as_secs_f64());
        add(rows, metric.clone(), "s", ours.as_secs_f64(), Some(computed), target);
        let bare = ("bare bytes as a stream over the same line", bare.as_secs_f64());
        add(rows, metric, "s", ours.as_secs_f64(), Some(bare), target);
    }
    let posts: usize = field.submissions.iter().map(|form| form.xml.len() + form.photo_bytes()).sum();
    let posted = WITHOUT_CUTS.needs(posts as u64) + LINE.round_trip() * 3;
    let posted = ("ODK's way with originals, as computed without cuts", posted.as_secs_f64());
    add(rows, format!("{visits} inspections: everything"), "s", ours.all.as_secs_f64(), Some(posted), None);
    let over = |carried: &Carried| carried.bytes as f64;
    let bytes = "bytes over the line, both ways".to_owned();
    add(rows, bytes, "B", over(&ours.carried), Some(("bare bytes", over(&bare.carried))), None);
    let cuts = |carried: &Carried| carried.cuts as f64;
    add(rows, "connections cut".to_owned(), "", cuts(&ours.carried), Some(("bare bytes", cuts(&bare.carried))), None);
}

fn tell_of(name: &'static str, field: &Field, ours: &Through, brought: &Brought, rows: &mut Rows) {
    let visits = field.visits.len();
    if let Some(after) = brought.thumbnails {
        let metric = format!("{visits} inspections: all answers and thumbnails");
        add(rows, metric, "s", ours.thumbnails.as_secs_f64(), Some((name, after.as_secs_f64())), None);
    }
    let metric = "whole inspections there by the end".to_owned();
    add(rows, metric, "", visits as f64, Some((name, brought.whole as f64)), None);
}

fn add(
    rows: &mut Rows,
    metric: String,
    unit: &'static str,
    ours: f64,
    peer: Option<(&'static str, f64)>,
    target: Option<Target>,
) {
    rows.add(Row { bench: "slow-link", metric, unit, ours, peer, target });
}
