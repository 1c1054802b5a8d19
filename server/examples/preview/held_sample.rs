//! A made-up but plausible page of what is held. The pages' tests render it too.

use super::sample::NOW;
use super::view::*;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

fn text(zh: &str, en: &str) -> Text {
    Text::new(zh, en)
}

fn said(label: Text, value: &str) -> HeldValue {
    HeldValue { label, value: Text::from(value) }
}

fn work(document: &str, site: Text, body: Text, who: (&str, &str), why: (&str, &str)) -> HeldWorkRow {
    HeldWorkRow {
        document: document.into(),
        site,
        body,
        person: who.0.into(),
        device: who.1.into(),
        problem: why.0.into(),
        detail: why.1.into(),
        ..HeldWorkRow::default()
    }
}

fn late(record: &str, person: &str, cause: &str, reason: &str, standing: &str) -> LateView {
    LateView {
        record: record.into(),
        document: format!("{record}0"),
        site: text("竹溪村", "Zhuxi Village"),
        body: fire(),
        person: person.into(),
        cause: cause.into(),
        reason: reason.into(),
        standing: standing.into(),
        ..LateView::default()
    }
}

fn emergency() -> Text {
    text("县应急管理局", "County Emergency Bureau")
}

fn fire() -> Text {
    text("县消防大队", "County Fire Brigade")
}

/// Every reason there is but the rare, a form with a wrong try, late registrations in all three states.
pub(crate) fn page() -> HeldPageView {
    let stone = || text("石门村", "Shimen Village");
    let ferry = || text("渡口村", "Dukou Village");
    let water = || text("饮用水储备（升）", "Drinking water in store, litres");
    let form = |row: HeldWorkRow| HeldWorkRow { form: true, ..row };
    HeldPageView {
        work: vec![
            HeldWorkRow {
                since_ms: NOW - 50 * HOUR,
                changes: 12,
                answers: vec![
                    said(water(), "162"),
                    said(text("床位", "Beds"), "40"),
                    said(text("发电机能启动", "The generator starts"), "是"),
                ],
                photos: 3,
                ..form(work("d1", stone(), emergency(), ("陈立新", "应急局 01 号"), ("withdrawn", "")))
            },
            HeldWorkRow {
                since_ms: NOW - 49 * HOUR,
                changes: 1,
                answers: vec![said(water(), "150")],
                ..work("d1", stone(), emergency(), ("吴晓梅", "应急局 02 号"), ("withdrawn", "depends"))
            },
            HeldWorkRow {
                since_ms: NOW - 20 * MINUTE,
                changes: 4,
                answers: vec![said(text("灭火器压力在绿区", "Extinguishers are in the green"), "否")],
                ..form(work("d2", ferry(), fire(), ("刘建国", "消防大队 11 号"), ("clock-doubtful", "")))
            },
            HeldWorkRow {
                since_ms: NOW - 5 * MINUTE,
                photos: 1,
                ..form(work("d3", ferry(), fire(), ("郑强", "消防大队 12 号"), ("from-revoked", "")))
            },
        ],
        lates: vec![
            LateView {
                days: 2,
                changes: 18,
                form: true,
                ..late("e1", "刘建国", "urgent", "堤坝渗水，等不及当天的督查码", "not-yet")
            },
            LateView {
                days: 12,
                changes: 7,
                form: true,
                ..late("e2", "何燕", "network", "进山三天没有信号，没收到督查码", "no-permit")
            },
            LateView {
                days: 1,
                registered: Some(true),
                ..late("e3", "郑强", "clock", "手机没电，时间错了", "clock-doubtful")
            },
            LateView { days: 4, registered: Some(false), ..late("e4", "郑强", "network", "忘记同步", "expired") },
        ],
        counts: vec![(fire(), 4), (emergency(), 0)],
        wrong: Wrong::Reason("d2".into(), "x".repeat(40)),
    }
}
