//! Without a network: the page opens, judges, and keeps what the village says until it can go, or until an inspector's
//! phone takes it along.

use crate::stage::{Village, Villager};
use wurao_device::Phone;
use wurao_server::village::Rating;
use wurao_tests::reader::read_code;

/// Waits until the whole page is on the phone.
fn kept(villager: &mut Villager) {
    villager.page.wait_for("navigator.serviceWorker.controller");
    let all =
        "navigator.serviceWorker.getRegistrations().then((all) => all.length === 2 && all.every((one) => one.active))";
    villager.page.eval(&format!(
        "new Promise((done) => {{ const look = () => {all}.then((yes) => yes ? done(0) : setTimeout(look, 50)); look(); }})"
    ));
}

fn at_home(village: &Village, phone: &Phone) -> (Villager, String) {
    let permit = village.permit("Shimen Village");
    let text = phone.present(permit, None).unwrap().text;
    let site = village.permit_of(&text).visit.site;
    let mut villager = Villager::new(village);
    villager.open(&format!("#site={site}"));
    villager.speak("zh");
    kept(&mut villager);
    (villager, text)
}

fn refuse(villager: &mut Villager, comment: &str) {
    villager.press("#refuse");
    villager.page.eval(&format!("document.querySelector('#comment').value = '{comment}'"));
    villager.page.eval("document.querySelector('#words').requestSubmit()");
    villager.page.wait_for("!document.querySelector('#said').hidden");
}

fn rate(villager: &mut Villager, stars: u8) {
    villager.press("#rate");
    villager.press(&format!("[name=stars][value=\\'{stars}\\']").replace("\\'", "\""));
    villager.page.eval("document.querySelector('#words').requestSubmit()");
    villager.page.wait_for("document.querySelector('#words').hidden");
}

#[test]
fn a_page_opened_once_works_without_a_network_and_sends_later_what_was_said() {
    let mut village = Village::new();
    let phone = village.phone();
    let (mut villager, text) = at_home(&village, &phone);
    village.stop();

    villager.open("");
    assert_eq!(villager.scan(&text), "valid");
    villager.picture("offline.zh");
    // Scanned by another scanner, in capital letters: it opens all the same.
    let capital = text.replace("HTTP://", "http://");
    villager.follow(&capital);
    assert_eq!(villager.state(), "address");
    villager.answer(0);
    assert_eq!(villager.state(), "valid");

    refuse(&mut villager, "没有出示工作证");
    assert!(villager.text("#said").contains("已存在这部手机里"), "{}", villager.text("#said"));
    villager.picture("refused-offline.zh");
    rate(&mut villager, 2);
    let waiting = "new Promise((done) => setTimeout(() => done(0), 0)).then(() => wuraoStore.send())";
    assert_eq!(villager.page.eval(waiting)["left"], 2);

    village.start();
    assert!(village.said().refused.is_empty());
    villager.page.eval("window.dispatchEvent(new Event('online')); 0");
    villager.page.wait_for("document.querySelector('#said').innerText.includes('送')");
    villager.page.eval(
        "new Promise((done) => { const look = () => wuraoStore.send().then(({ left }) => left === 0 ? done(0) : setTimeout(look, 50)); look(); })",
    );
    let said = village.said();
    assert_eq!((said.refused.len(), said.refused[0].count), (1, 1));
    assert_eq!(said.comments[0].words, "没有出示工作证");
    assert_eq!(said.bodies.iter().filter(|body| body.refused == 1).count(), 1);
    assert!(said.bodies.iter().all(|body| body.rating == Rating::TooFew));
}

#[test]
fn what_was_said_goes_with_the_inspector_who_cannot_read_it_and_counts_once() {
    let mut village = Village::new();
    let phone = village.phone();
    let (mut villager, text) = at_home(&village, &phone);
    village.stop();
    villager.open("");
    villager.scan(&text);
    refuse(&mut villager, "太突然");
    villager.page.eval("document.querySelector('#hand').open = true");
    villager.picture("hand-over.zh");
    villager.speak("en");
    let sealed = read_code(&villager.picture("hand-over.en")).unwrap();
    assert_eq!(villager.page.eval("document.querySelector('#sealed').value"), sealed.as_str());

    village.start();
    phone.carry(&sealed).unwrap();
    village.sync(&phone);
    assert_eq!((village.said().refused.len(), village.said().comments.len()), (1, 1));
    // The page sends its own copy too: it is the same refusal.
    villager.page.eval("wuraoStore.send()");
    assert_eq!((village.said().refused[0].count, village.said().comments.len()), (1, 1));
}

#[test]
fn whatever_can_be_said_is_handed_over_as_a_code_that_another_reader_reads() {
    let village = Village::new();
    let mut villager = Villager::new(&village);
    villager.open("");
    let folder = tempfile::tempdir().unwrap();
    let mut versions = std::collections::BTreeSet::new();
    // From the shortest that is ever sealed to the longest comment in Chinese, and every version beside.
    for length in (1..=1460).step_by(29) {
        let draw = format!(
            "import('/p/qr.js').then(({{ modules }}) => {{
                const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-./:';
                const text = Array.from({{ length: {length} }}, (_, at) => digits[(at * at * 7 + at) % 43]).join('');
                const rows = modules(text);
                return {{ text, rows: rows.map((row) => row.map(Number).join(' ')) }};
            }})"
        );
        let drawn = villager.page.eval(&draw);
        let rows: Vec<&str> = drawn["rows"].as_array().unwrap().iter().map(|row| row.as_str().unwrap()).collect();
        versions.insert((rows.len() - 17) / 4);
        let picture = folder.path().join("code.pbm");
        std::fs::write(&picture, bitmap(&rows)).unwrap();
        assert_eq!(drawn["text"], read_code(&picture).unwrap().as_str(), "{length} characters");
    }
    assert_eq!(versions.into_iter().collect::<Vec<_>>(), (1..=22).collect::<Vec<_>>());
    let too_long = "import('/p/qr.js').then(({ modules }) => modules('A'.repeat(1463)) === null)";
    assert_eq!(villager.page.eval(too_long), true);
}

/// Modules as a PBM picture, three pixels each, with their quiet zone.
fn bitmap(rows: &[&str]) -> String {
    let side = 3 * (rows.len() + 8);
    let edge = "0 ".repeat(12);
    let wide = |row: &str| row.split(' ').map(|bit| format!("{bit} ").repeat(3)).collect::<String>();
    let blank = format!("{}\n", "0 ".repeat(side)).repeat(12);
    let body: String = rows.iter().map(|row| format!("{edge}{}{edge}\n", wide(row)).repeat(3)).collect();
    format!("P1\n{side} {side}\n{blank}{body}{blank}")
}

#[test]
fn without_a_list_nothing_is_said_to_be_good() {
    let village = Village::new();
    let phone = village.phone();
    let text = phone.present(village.permit("Shimen Village"), None).unwrap().text;
    let mut villager = Villager::new(&village);
    villager.before_every_page("{ const real = self.fetch; self.fetch = (url, ...rest) => String(url).includes('/p/trust') ? Promise.reject(new TypeError('offline')) : real(url, ...rest); }");
    villager.open("");
    villager.speak("zh");
    assert_eq!((villager.scan(&text).as_str(), villager.colour().as_str()), ("no-list", "amber"));
    villager.picture("no-list.zh");
    villager.press("#refuse");
    villager.page.eval("document.querySelector('#words').requestSubmit()");
    villager.page.wait_for("!document.querySelector('#said').hidden");
    assert!(villager.text("#said").contains("还没有名单"));
}

#[test]
fn what_the_worker_sends_later_is_told_and_a_rating_without_stars_is_asked_for() {
    let mut village = Village::new();
    let phone = village.phone();
    let (mut villager, text) = at_home(&village, &phone);
    assert_eq!(villager.scan(&text), "valid");
    villager.press("#rate");
    villager.page.eval("document.querySelector('#words').requestSubmit()");
    villager.page.wait_for("document.querySelector('#lacking').innerText.includes('请先选一个分数')");
    villager.press("#cancel");
    village.stop();
    refuse(&mut villager, "");
    assert!(villager.text("#said").contains("已存在这部手机里"), "{}", villager.text("#said"));
    village.start();
    // As the worker does it: it sends, and then it tells the open pages.
    let sent = villager.page.eval("wuraoStore.send()");
    assert_eq!((&sent["sent"], &sent["left"]), (&1.into(), &0.into()));
    villager.page.eval("navigator.serviceWorker.dispatchEvent(new MessageEvent('message', { data: 'sent' })); 0");
    villager.page.wait_for("document.querySelector('#said').innerText.includes('已经送到')");
    assert_eq!(village.said().refused[0].count, 1);
    // What went while no page was open is told at the next opening, once.
    village.stop();
    refuse(&mut villager, "");
    villager.page.wait_for("document.querySelector('#said').innerText.includes('已存在这部手机里')");
    assert_eq!(villager.page.eval("wuraoStore.send()")["left"], 1);
    village.start();
    villager.page.eval("wuraoStore.send().then(() => 0)");
    villager.open("");
    assert!(villager.text("#said").contains("已经送出"));
    villager.open("");
    assert_eq!(villager.page.eval("document.querySelector('#said').hidden"), true);
}
