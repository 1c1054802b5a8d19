//! Made-up but plausible data: one county on one afternoon. The pages' tests render it too.

use super::view::*;

/// 2026-11-22 16:40 in the county.
pub(crate) const NOW: i64 = 1_795_336_800_000;
const MINUTE: i64 = 60_000;
const DAY: i64 = 1440 * MINUTE;

fn text(zh: &str, en: &str) -> Text {
    Text::new(zh, en)
}

fn pile(count: u32, bytes: u64) -> Pile {
    Pile { count, bytes }
}

pub(crate) fn phones() -> Vec<PhoneRow> {
    let phone = |device: &str, name: &str, person: &str, minutes: i64| PhoneRow {
        device: device.into(),
        name: name.into(),
        person: person.into(),
        last_seen_ms: Some(NOW - minutes * MINUTE),
        ..PhoneRow::default()
    };
    vec![
        PhoneRow {
            unsent: Unsent {
                thumbnails: pile(3, 54_000),
                renditions: pile(11, 3_900_000),
                originals: pile(28, 171_000_000),
            },
            ..phone("7b1e", "应急局 03 号", "陈立新", 4)
        },
        PhoneRow {
            unsent: Unsent { originals: pile(6, 38_400_000), ..Unsent::default() },
            ..phone("c40a", "应急局 05 号", "吴晓梅", 96)
        },
        PhoneRow { held: 1, ..phone("91d2", "消防大队 11 号", "刘建国", 3 * 1440) },
        phone("2f88", "水利局 02 号", "何燕", 26 * 60),
        PhoneRow {
            revoked_ms: Some(NOW - 9 * DAY), last_seen_ms: None, ..phone("e07c", "水利局 04 号", "郑强", 0)
        },
    ]
}

fn person(name: &str, presence: Presence) -> PersonState {
    PersonState { name: name.into(), presence }
}

fn row(id: &str, body: Text, purpose: Text, state: InspectionState) -> InspectionRow {
    InspectionRow {
        id: id.into(),
        body,
        purpose,
        state,
        late: false,
        withdrawn: false,
        refused: None,
        started_ms: None,
        closed_ms: None,
        team: Vec::new(),
        progress: progress(0, 42),
        findings: BySeverity::default(),
        conflicts: 0,
        photos_arrived: 0,
        photos: 0,
        noted: 0,
        held: 0,
    }
}

fn progress(answered: u32, asked: u32) -> Progress {
    Progress {
        answered,
        asked,
        required: asked - 5,
        lacking: Lacking { answers: (asked - 5).saturating_sub(answered), ..Lacking::default() },
    }
}

pub(crate) fn county() -> CountyView {
    let bureau = || text("县应急管理局", "County Emergency Management Bureau");
    let supplies = || text("应急物资检查", "Emergency supplies");
    let village = |site: &str, zh: &str, en: &str, division: &str, town: (&str, &str)| VillageRow {
        site: site.into(),
        name: text(zh, en),
        division: division.into(),
        path: vec![text("青石县", "Qingshi County"), text(town.0, town.1)],
        ..VillageRow::default()
    };
    let stone = ("石门镇", "Shimen Town");
    let bamboo = ("竹溪乡", "Zhuxi Township");
    CountyView {
        counts: Counts {
            villages: 6,
            planned: 9,
            open: 2,
            closed: 31,
            findings: BySeverity { minor: 14, major: 5, critical: 1 },
            conflicts: 2,
            photos_on_phones: 14,
            held: 1,
        },
        burden: Burden { year: 2026, visits: 33, minutes: 2565, questions: 1312, photos: 487, avoided: 6, refused: 1 },
        villages: vec![
            VillageRow {
                visits: 1,
                minutes: 74,
                inspections: vec![InspectionRow {
                    started_ms: Some(NOW - 74 * MINUTE),
                    team: vec![
                        person("陈立新", Presence::OnSite { since_ms: NOW - 74 * MINUTE }),
                        person("吴晓梅", Presence::Left { at_ms: NOW - 12 * MINUTE }),
                        person("刘建国", Presence::NotStarted),
                    ],
                    progress: Progress { lacking: Lacking { answers: 2, photos: 1, notes: 1 }, ..progress(37, 42) },
                    findings: BySeverity { minor: 2, major: 1, critical: 1 },
                    conflicts: 2,
                    photos_arrived: 9,
                    photos: 20,
                    noted: 1,
                    held: 1,
                    ..row("a1", bureau(), supplies(), InspectionState::LeftBySome)
                }],
                ..village("01", "石门村", "Shimen Village", "430999101201", stone)
            },
            VillageRow {
                visits: 2,
                minutes: 131,
                inspections: vec![
                    InspectionRow {
                        started_ms: Some(NOW - 21 * MINUTE),
                        team: vec![person("何燕", Presence::OnSite { since_ms: NOW - 21 * MINUTE })],
                        progress: Progress { required: 0, ..progress(6, 18) },
                        photos_arrived: 1,
                        photos: 4,
                        ..row(
                            "a2",
                            text("县水利局", "County Water Bureau"),
                            text("汛前查险", "Before the floods"),
                            InspectionState::UnderWay,
                        )
                    },
                    InspectionRow {
                        started_ms: Some(NOW - 40 * DAY),
                        closed_ms: Some(NOW - 40 * DAY + 55 * MINUTE),
                        team: vec![person("陈立新", Presence::Left { at_ms: NOW - 40 * DAY + 55 * MINUTE })],
                        progress: progress(42, 42),
                        findings: BySeverity { minor: 3, ..BySeverity::default() },
                        photos_arrived: 16,
                        photos: 16,
                        ..row("a3", bureau(), supplies(), InspectionState::Closed)
                    },
                ],
                ..village("02", "大湾村", "Dawan Village", "430999101202", stone)
            },
            VillageRow {
                inspections: vec![InspectionRow {
                    team: vec![person("吴晓梅", Presence::NotStarted)],
                    ..row("a4", bureau(), supplies(), InspectionState::Planned)
                }],
                ..village("03", "上坪村", "Shangping Village", "430999101203", stone)
            },
            VillageRow {
                visits: 1,
                minutes: 48,
                inspections: vec![InspectionRow {
                    late: true,
                    refused: Some("2026-11-21".into()),
                    started_ms: Some(NOW - 6 * DAY),
                    closed_ms: Some(NOW - 6 * DAY + 48 * MINUTE),
                    team: vec![person("刘建国", Presence::Left { at_ms: NOW - 6 * DAY + 48 * MINUTE })],
                    progress: progress(24, 24),
                    photos_arrived: 8,
                    photos: 8,
                    ..row(
                        "a5",
                        text("县消防救援大队", "County Fire and Rescue"),
                        text("灭火器年检", "Extinguishers, yearly"),
                        InspectionState::Closed,
                    )
                }],
                ..village("04", "竹溪村", "Zhuxi Village", "430999205201", bamboo)
            },
            village("05", "白水村", "Baishui Village", "430999205202", bamboo),
            village("06", "枫木村", "Fengmu Village", "430999205203", bamboo),
        ],
        phones: phones(),
    }
}

fn photo(number: usize, question: Text, caption: &str, state: PhotoState) -> PhotoView {
    PhotoView {
        hash: format!("{:064x}", (number as u128 + 7).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834)),
        thumbnail: (state >= PhotoState::Thumbnail).then(|| format!("photo{}.svg", number % 5)),
        rendition: (state >= PhotoState::Rendition).then(|| format!("photo{}.svg", number % 5)),
        taken_ms: NOW - (70 - number as i64 * 6) * MINUTE,
        by: if number.is_multiple_of(2) { "陈立新" } else { "吴晓梅" }.into(),
        device: if number.is_multiple_of(2) { "应急局 03 号" } else { "应急局 05 号" }.into(),
        position: (number != 3).then(|| format!("27.10{number}3, 111.45{number}8 ±{} m (WGS-84)", 5 + number)),
        caption: caption.into(),
        question,
        state,
        verified: state >= PhotoState::Rendition,
    }
}

fn said(value: Text, name: &str, minutes: i64, device: &str) -> Said {
    Said {
        value,
        name: name.into(),
        at_ms: NOW - minutes * MINUTE,
        device: device.into(),
        at_page: false,
        chose: false,
    }
}

fn side(op: &str, said: Said) -> Side {
    Side { op: op.into(), value: said.value.clone(), said: vec![said], among: Vec::new() }
}

/// Chosen at the page before another value came.
fn reopened() -> Standing {
    let among = vec![said("3".into(), "陈立新", 58, "应急局 03 号"), said("4".into(), "吴晓梅", 45, "应急局 05 号")];
    let by =
        Said {
            device: text("网页", "the page"), at_page: true, chose: true, ..said("4".into(), "周文静", 20, "")
        };
    let chosen = Side { among, ..side("7@03", by) };
    let late = side("6@01", said("5".into(), "陈立新", 41, "应急局 03 号"));
    Standing::Conflict { sides: vec![chosen, late], choosing: Choosing::Own }
}

fn field(key: &str, label: Text, kind: FieldKind, standing: Standing) -> FieldView {
    FieldView {
        key: key.into(),
        label,
        kind,
        unit: None,
        standing,
        calculated: false,
        violation: None,
        finding: None,
        photos: Vec::new(),
    }
}

fn chen(value: Text, minutes: i64) -> Standing {
    Standing::Answered(said(value, "陈立新", minutes, "应急局 03 号"))
}

fn wu(value: Text, minutes: i64) -> Standing {
    Standing::Answered(said(value, "吴晓梅", minutes, "应急局 05 号"))
}

fn water() -> Text {
    text("瓶装水总量", "Bottled water in all")
}

fn generator() -> Text {
    text("发电机带载运行 5 分钟", "Generator runs five minutes under load")
}

fn supplies() -> SectionView {
    let lot = |number: usize, item: Text, count: Standing, expiry: &str, bad: bool| RepeatRow {
        key: format!("lot{number}"),
        cells: vec![
            field(&format!("item@{number}"), text("物品", "Item"), FieldKind::Text, chen(item, 60)),
            field(&format!("count@{number}"), text("数量", "Count"), FieldKind::Number, count),
            FieldView {
                violation: bad.then(|| text("已过期", "Has expired")),
                finding: bad.then_some(Severity::Major),
                ..field(
                    &format!("expiry@{number}"),
                    text("到期日", "Expires"),
                    FieldKind::Date,
                    chen(expiry.into(), 58),
                )
            },
        ],
    };
    SectionView {
        key: "supplies".into(),
        title: text("一、食品和饮水", "1. Food and water"),
        fields: vec![
            FieldView {
                unit: Some(text("升", "L")),
                ..field(
                    "water",
                    water(),
                    FieldKind::Number,
                    Standing::Conflict {
                        sides: vec![
                            side("5@01", said("144".into(), "陈立新", 52, "应急局 03 号")),
                            side("5@02", said("96".into(), "吴晓梅", 49, "应急局 05 号")),
                        ],
                        choosing: Choosing::Yes { among: "5@01 5@02".into() },
                    },
                )
            },
            FieldView {
                photos: vec![
                    photo(0, water(), "里间货架，上层", PhotoState::Original),
                    photo(1, water(), "", PhotoState::Announced),
                ],
                ..field(
                    "dry",
                    text("存放处干燥、离地", "Stored dry and off the ground"),
                    FieldKind::Choice,
                    Standing::Agreed {
                        value: text("是", "Yes"),
                        by: vec![
                            Who { name: "陈立新".into(), at_ms: NOW - 51 * MINUTE },
                            Who { name: "吴晓梅".into(), at_ms: NOW - 47 * MINUTE },
                        ],
                    },
                )
            },
            FieldView {
                calculated: true,
                unit: Some(text("天", "days")),
                ..field(
                    "days",
                    text("50 人可用", "Lasts 50 people for"),
                    FieldKind::Number,
                    Standing::Answered(Said { value: "0.6".into(), ..Said::default() }),
                )
            },
            field(
                "note",
                text("只看货架，不查台账。", "Look at the shelves, not at the books."),
                FieldKind::Note,
                Standing::Empty,
            ),
        ],
        repeats: vec![RepeatView {
            key: "lots".into(),
            title: text("批次", "Lots"),
            columns: vec![text("物品", "Item"), text("数量", "Count"), text("到期日", "Expires")],
            rows: vec![
                lot(1, text("瓶装水 550 mL", "Water 550 mL"), chen("240".into(), 60), "2027-03-01", false),
                lot(2, text("压缩饼干", "Biscuits"), chen("120".into(), 59), "2026-10-15", true),
                lot(
                    3,
                    text("方便面", "Noodles"),
                    Standing::Conflict {
                        sides: vec![
                            side("9@01", said("60".into(), "陈立新", 57, "应急局 03 号")),
                            side("9@02", said("48".into(), "吴晓梅", 44, "应急局 05 号")),
                        ],
                        choosing: Choosing::No,
                    },
                    "2027-01-20",
                    false,
                ),
            ],
        }],
    }
}

fn power() -> SectionView {
    SectionView {
        key: "power".into(),
        title: text("二、照明和发电", "2. Light and power"),
        fields: vec![
            FieldView {
                finding: Some(Severity::Critical),
                photos: vec![photo(2, generator(), "启动三次未成", PhotoState::Rendition)],
                ..field("generator", generator(), FieldKind::Choice, chen(text("启动不了", "Does not start"), 40))
            },
            FieldView {
                unit: Some(text("支", "pcs")),
                violation: Some(text("应不少于 10 支", "At least 10 are required")),
                finding: Some(Severity::Minor),
                ..field(
                    "torches",
                    text("强光手电能亮的", "Torches that light"),
                    FieldKind::Number,
                    Standing::Chosen {
                        by: Said {
                            device: text("网页", "the page"),
                            at_page: true,
                            chose: true,
                            ..said("8".into(), "周文静", 6, "")
                        },
                        after_close: true,
                        among: vec![
                            said("8".into(), "陈立新", 38, "应急局 03 号"),
                            said("9".into(), "吴晓梅", 36, "应急局 05 号"),
                        ],
                    },
                )
            },
            field("lamps", text("手提灯", "Hand lamps"), FieldKind::Number, reopened()),
            FieldView {
                unit: Some(text("升", "L")),
                ..field("fuel", text("备用燃油", "Spare fuel"), FieldKind::Number, Standing::Empty)
            },
        ],
        repeats: Vec::new(),
    }
}

fn fire() -> SectionView {
    SectionView {
        key: "fire".into(),
        title: text("三、消防和报警", "3. Fire and warning"),
        fields: vec![
            FieldView {
                photos: vec![photo(4, text("灭火器压力", "Extinguisher pressure"), "", PhotoState::Thumbnail)],
                ..field(
                    "gauge",
                    text("灭火器指针在绿区", "Extinguisher gauges in the green"),
                    FieldKind::Choice,
                    wu(text("全部", "All of them"), 30),
                )
            },
            field("siren", text("手摇报警器响", "Hand siren sounds"), FieldKind::Choice, wu(text("响", "Yes"), 28)),
            FieldView {
                finding: Some(Severity::Minor),
                ..field(
                    "key",
                    text("保管人 10 分钟内开门", "Key holder opens within ten minutes"),
                    FieldKind::Choice,
                    wu(text("否，25 分钟", "No, 25 minutes"), 66),
                )
            },
        ],
        repeats: Vec::new(),
    }
}

fn finding_list() -> Vec<FindingView> {
    let finding = |key: &str, severity, title: Text, detail: Text, question: Text, photos| FindingView {
        key: key.into(),
        severity,
        title,
        detail,
        question,
        photos,
    };
    vec![
        finding(
            "f1",
            Severity::Critical,
            text("发电机启动不了", "The generator does not start"),
            text("启动三次未成，电瓶无电。", "Three attempts; the battery is flat."),
            generator(),
            vec![photo(2, generator(), "启动三次未成", PhotoState::Rendition)],
        ),
        finding(
            "f2",
            Severity::Major,
            text("压缩饼干已过期", "Biscuits have expired"),
            text("120 份，2026-10-15 到期。", "120 portions, expired 2026-10-15."),
            text("到期日", "Expires"),
            Vec::new(),
        ),
        finding(
            "f3",
            Severity::Minor,
            text("后门堆了杂物", "The back door is blocked"),
            Text::default(),
            Text::default(),
            vec![
                photo(5, water(), "", PhotoState::Noted),
                photo(3, Text::default(), "后门", PhotoState::Thumbnail),
                photo(1, Text::default(), "", PhotoState::Announced),
            ],
        ),
    ]
}

pub(crate) fn inspection() -> InspectionView {
    let moment = |minutes: i64, name: &str, device: &str, event| Moment {
        at_ms: NOW - minutes * MINUTE,
        name: name.into(),
        device: device.into(),
        event,
        about: if event == Event::Chose {
            text("强光手电能亮的", "Torches that light")
        } else {
            Text::default()
        },
        reason: String::new(),
    };
    InspectionView {
        id: "a1".into(),
        place: WhereView {
            site: "01".into(),
            name: text("石门村", "Shimen Village"),
            division: "430999101201".into(),
            path: vec![text("青石县", "Qingshi County"), text("石门镇", "Shimen Town")],
        },
        permit: Some(PermitView {
            number: "QS-2026-0117".into(),
            body: text("县应急管理局", "County Emergency Management Bureau"),
            purpose: text("应急物资检查", "Emergency supplies"),
            first_day: "2026-11-22".into(),
            last_day: "2026-11-23".into(),
            ad_hoc: false,
            withdrawn_ms: None,
            checklist: text("村级应急物资清单", "Village emergency supplies"),
            checklist_version: "3".into(),
            checklist_hash: "5ad1c07e9b42f1ab".into(),
        }),
        state: InspectionState::LeftBySome,
        late: None,
        refused: None,
        team: vec![
            person("陈立新", Presence::OnSite { since_ms: NOW - 74 * MINUTE }),
            person("吴晓梅", Presence::Left { at_ms: NOW - 12 * MINUTE }),
            person("刘建国", Presence::NotStarted),
        ],
        timeline: vec![
            moment(5 * 1440, "周文静", "", Event::Approved),
            moment(74, "陈立新", "应急局 03 号", Event::Started),
            moment(70, "吴晓梅", "应急局 05 号", Event::Joined),
            moment(45, "", "应急局 03 号", Event::Arrived { changes: 31 }),
            moment(12, "吴晓梅", "应急局 05 号", Event::Left),
            moment(9, "刘建国", "消防大队 11 号", Event::Held),
            moment(6, "周文静", "", Event::Chose),
        ],
        progress: Progress { lacking: Lacking { answers: 2, photos: 1, notes: 1 }, ..progress(37, 42) },
        sections: vec![supplies(), power(), fire()],
        findings: finding_list(),
        photos: vec![
            photo(0, water(), "里间货架，上层", PhotoState::Original),
            photo(1, water(), "", PhotoState::Announced),
            photo(2, generator(), "启动三次未成", PhotoState::Rendition),
            photo(5, water(), "", PhotoState::Noted),
            photo(3, Text::default(), "后门", PhotoState::Thumbnail),
            photo(4, text("灭火器压力", "Extinguisher pressure"), "", PhotoState::Thumbnail),
        ],
        held: vec![HeldView {
            key: "h1".into(),
            name: "刘建国".into(),
            device: "消防大队 11 号".into(),
            changes: 3,
            reason: HeldReason::ClockDoubtful,
            why: String::new(),
            received_ms: NOW - 9 * MINUTE,
            values: vec![
                HeldValue {
                    label: text("灭火器指针在绿区", "Extinguisher gauges in the green"),
                    value: text("1 具不在", "One is not"),
                },
                HeldValue { label: text("灭火器出厂日期", "Extinguisher made on"), value: "2015-04".into() },
            ],
        }],
        declined: vec![HeldView {
            key: "d1".into(),
            name: "郑强".into(),
            device: "消防大队 12 号".into(),
            changes: 1,
            reason: HeldReason::Declined,
            why: "手机停用之后才写。".into(),
            received_ms: NOW - 40 * MINUTE,
            values: vec![HeldValue { label: text("床位", "Beds"), value: "12".into() }],
        }],
        phones: phones().into_iter().take(2).collect(),
        not_chosen: None,
    }
}

pub(crate) fn findings() -> FindingsView {
    let at = |minutes: i64, finding| FindingRow {
        inspection: "a1".into(),
        village: text("石门村", "Shimen Village"),
        body: text("县应急管理局", "County Emergency Management Bureau"),
        at_ms: NOW - minutes * MINUTE,
        finding,
    };
    FindingsView {
        findings: finding_list().into_iter().zip([40, 58, 20]).map(|(finding, minutes)| at(minutes, finding)).collect(),
    }
}
