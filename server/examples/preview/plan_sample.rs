//! Made-up but plausible plan pages: a county in autumn. The pages' tests render them too.

use super::Frame;
use super::plan::{BaseFault, BaseWhy, Deed, ItemKind, ItemState, Level, LevelRules, PlanFault, PlanField};
use super::view::*;

const DAY: i64 = 86_400_000;

fn text(zh: &str, en: &str) -> Text {
    Text::new(zh, en)
}

fn emergency() -> Text {
    text("县应急管理局", "County Emergency Bureau")
}

fn fire() -> Text {
    text("县消防大队", "County Fire Brigade")
}

fn row(number: &str, purpose: Text, body: Text, state: ItemState) -> PlanRow {
    PlanRow {
        id: format!("{number:0>32}"),
        label: number.into(),
        kind: ItemKind::Plan,
        body,
        level: Level::County,
        purpose,
        first_site: text("石门村", "Shimen Village"),
        sites: 6,
        from: "2026-11-23".into(),
        to: "2026-11-27".into(),
        state,
        overridden: false,
        avoided: 0,
        merged_into: None,
        overlaps: 0,
    }
}

fn rows() -> Vec<PlanRow> {
    let supplies = || text("应急物资储备检查", "Emergency supplies");
    let hydrants = || text("农村消防设施检查", "Rural fire equipment");
    vec![
        PlanRow { avoided: 4, ..row("2026-014", supplies(), emergency(), ItemState::Running) },
        PlanRow {
            merged_into: Some("2026-014".into()),
            sites: 0,
            ..row("2026-015", hydrants(), fire(), ItemState::Merged)
        },
        PlanRow {
            overridden: true,
            sites: 1,
            ..row(
                "2026-016",
                text("山塘水库巡查", "Ponds and reservoirs"),
                text("县水利局", "County Water Bureau"),
                ItemState::Approved,
            )
        },
        PlanRow { overlaps: 1, ..row("2026-017", hydrants(), fire(), ItemState::Submitted) },
        row("2026-018", supplies(), emergency(), ItemState::Returned),
        PlanRow {
            sites: 0,
            from: String::new(),
            to: String::new(),
            ..row("2026-…", Text::default(), emergency(), ItemState::Draft)
        },
    ]
}

fn counts() -> Vec<PlanCount> {
    let count =
        |body, base, approved, waiting| PlanCount { body, level: Level::County, base, approved, waiting, ad_hoc: 1 };
    vec![
        count(emergency(), Some((2025, 48)), 31, 6),
        count(fire(), Some((2025, 20)), 20, 6),
        count(text("县水利局", "County Water Bureau"), Some((2025, 12)), 13, 0),
        count(text("县民政局", "County Civil Affairs Bureau"), None, 0, 2),
    ]
}

fn year() -> PlanView {
    let ad_hoc = row(
        "A2026-003",
        text("溃坝险情排查", "A leaking dam"),
        text("县水利局", "County Water Bureau"),
        ItemState::Done,
    );
    PlanView {
        year: 2026,
        counts: counts(),
        items: rows(),
        ad_hoc: vec![PlanRow { kind: ItemKind::AdHoc, sites: 2, ..ad_hoc }],
        bodies: vec![("e1".into(), emergency()), ("f1".into(), fire())],
        may_plan: true,
        may_approve: true,
        may_import: true,
        waiting: 2,
        ..PlanView::default()
    }
}

fn site(id: &str, zh: &str, en: &str) -> PlanSiteRow {
    PlanSiteRow {
        id: id.into(),
        name: text(zh, en),
        path: vec![text("青石县", "Qingshi County"), text("石门镇", "Shimen Town")],
        document: None,
        withdrawn_ms: None,
        begun: false,
        closed_ms: None,
        voided: None,
    }
}

fn step(at_ms: i64, by: &str, deed: Deed, comment: &str) -> PlanStepRow {
    PlanStepRow { at_ms, by: by.into(), deed, comment: comment.into() }
}

/// Waits for its approver, over the count, and meets another.
fn waiting(now_ms: i64) -> PlanItemView {
    PlanItemView {
        id: "a7".repeat(16),
        version: 3,
        label: "2026-017".into(),
        year: 2026,
        kind: ItemKind::Plan,
        reason: String::new(),
        body: fire(),
        level: Level::County,
        purpose: text("农村消防设施检查", "Rural fire equipment"),
        checklist: Some((text("消防设施清单", "Fire equipment"), "3".into())),
        from: "2026-11-23".into(),
        to: "2026-11-27".into(),
        minutes: Some(45),
        state: ItemState::Submitted,
        override_reason: None,
        merged_into: None,
        sites: vec![site("s1", "石门村", "Shimen Village"), site("s2", "白沙村", "Baisha Village")],
        hidden_sites: 0,
        team: vec![("刘建国".into(), fire()), ("何燕".into(), fire())],
        joint: Vec::new(),
        overlaps: vec![PlanOverlapRow {
            id: "a4".repeat(16),
            number: "2026-014".into(),
            body: emergency(),
            purpose: text("应急物资储备检查", "Emergency supplies"),
            from: "2026-11-24".into(),
            to: "2026-11-25".into(),
            sites: vec![text("石门村", "Shimen Village"), text("白沙村", "Baisha Village")],
            merge: Some(PlanMergeForm {
                other_version: 3,
                from: "2026-11-24".into(),
                to: "2026-11-25".into(),
                checklists: vec![
                    ("c1".into(), text("消防设施清单 3", "Fire equipment 3")),
                    ("c2".into(), text("应急物资清单 2026-2", "Emergency supplies 2026-2")),
                ],
            }),
            approved: false,
        }],
        steps: vec![
            step(now_ms - 3 * DAY, "赵青", Deed::Drafted, ""),
            step(now_ms - 2 * DAY, "赵青", Deed::Submitted, ""),
            step(now_ms - 2 * DAY + 7_200_000, "周文静", Deed::Returned, "每村一天就够，请改日期"),
            step(now_ms - DAY, "赵青", Deed::Edited, ""),
            step(now_ms - DAY + 600_000, "赵青", Deed::Submitted, ""),
        ],
        may: PlanMay { send_back: true, approve: true, ..PlanMay::default() },
        against: vec![PlanFault::Count { base: Some(20), approved: 19, asked: 2 }],
        faults: Vec::new(),
        comment: String::new(),
    }
}

/// In force, overridden, merged, partly withdrawn.
fn running(now_ms: i64) -> PlanItemView {
    let visit = |site: PlanSiteRow, document: &str| PlanSiteRow { document: Some(document.repeat(16)), ..site };
    PlanItemView {
        state: ItemState::Running,
        label: "2026-014".into(),
        override_reason: Some("汛期加查两处水库下游村".into()),
        sites: vec![
            PlanSiteRow { begun: true, ..visit(site("s1", "石门村", "Shimen Village"), "d1") },
            visit(site("s2", "白沙村", "Baisha Village"), "d2"),
            PlanSiteRow { withdrawn_ms: Some(now_ms - DAY), ..visit(site("s3", "田心村", "Tianxin Village"), "d3") },
            PlanSiteRow { closed_ms: Some(now_ms - DAY), ..visit(site("s4", "竹溪村", "Zhuxi Village"), "d4") },
        ],
        hidden_sites: 2,
        joint: vec![PlanJointRow {
            id: "a5".repeat(16),
            number: "2026-015".into(),
            body: fire(),
            purpose: text("农村消防设施检查", "Rural fire equipment"),
            sites: 4,
        }],
        overlaps: Vec::new(),
        may: PlanMay { withdraw: true, ..PlanMay::default() },
        against: Vec::new(),
        faults: vec![PlanFault::Missing(PlanField::Comment)],
        ..waiting(now_ms)
    }
}

fn choice(id: &str, zh: &str, en: &str, chosen: bool) -> PlanChoice {
    PlanChoice { id: id.into(), name: text(zh, en), more: text("石门镇", "Shimen Town"), chosen }
}

fn form() -> PlanFormView {
    PlanFormView {
        id: String::new(),
        label: String::new(),
        version: 0,
        typed: PlanTyped {
            year: "2026".into(),
            kind: "plan".into(),
            level: "county".into(),
            zh: "农村消防设施检查".into(),
            from: "2026-11-27".into(),
            to: "2026-11-23".into(),
            minutes: "45".into(),
            ..PlanTyped::default()
        },
        sites: vec![
            choice("s1", "石门村", "Shimen Village", true),
            choice("s2", "白沙村", "Baisha Village", true),
            choice("s3", "田心村", "Tianxin Village", false),
            choice("s4", "竹溪村", "Zhuxi Village", false),
        ],
        more_sites: true,
        people: vec![choice("p1", "刘建国", "", true), choice("p2", "何燕", "", false)],
        checklists: vec![choice("c1", "消防设施清单", "Fire equipment", false)],
        faults: vec![PlanFault::DaysTurned],
    }
}

fn base() -> PlanBaseView {
    PlanBaseView {
        rows: vec![(emergency(), Level::County, 2025, 48), (fire(), Level::County, 2025, 20)],
        may_import: true,
        table: "body,level,year,count\n县民政局,县级,2025,8\n".into(),
        faults: vec![BaseFault { line: 2, column: "level", why: BaseWhy::Level, found: "县级".into() }],
        imported: None,
    }
}

fn rules() -> PlanRulesView {
    use Level::{City, County, Province, Township, Village};
    let pairs = [(Province, City), (Province, County), (City, County), (City, Township)];
    let pairs = pairs.into_iter().chain([(County, Township), (County, Village), (Township, Village)]);
    PlanRulesView { rules: LevelRules(pairs.collect()) }
}

/// Every page of the plan: its name and its HTML.
pub(crate) fn pages(f: &Frame) -> Vec<(&'static str, String)> {
    let f = &Frame { path: "/plan/2026".into(), ..f.clone() };
    let own = PlanItemView {
        may: PlanMay { own: true, send_back: true, take_back: true, ..PlanMay::default() },
        ..waiting(f.now_ms)
    };
    let draft = PlanItemView {
        state: ItemState::Draft,
        purpose: Text::default(),
        sites: Vec::new(),
        may: PlanMay { edit: true, take_back: true, ..PlanMay::default() },
        faults: vec![PlanFault::Missing(PlanField::Sites), PlanFault::LevelTooLow(Level::City)],
        ..waiting(f.now_ms)
    };
    let ad_hoc = PlanFormView { typed: PlanTyped { kind: "ad-hoc".into(), ..PlanTyped::default() }, ..form() };
    let pages = [
        ("plan", year().render(f)),
        ("plan-empty", PlanView { year: 2026, ..PlanView::default() }.render(f)),
        ("plan-inbox", PlanInboxView { items: rows()[3..5].to_vec() }.render(f)),
        ("plan-inbox-empty", PlanInboxView::default().render(f)),
        ("plan-item", waiting(f.now_ms).render(f)),
        ("plan-item-running", running(f.now_ms).render(f)),
        ("plan-item-own", own.render(f)),
        ("plan-item-draft", draft.render(f)),
        ("plan-form", form().render(f)),
        ("plan-form-ad-hoc", ad_hoc.render(f)),
        ("plan-form-empty", PlanFormView::default().render(f)),
        ("plan-base", base().render(f)),
        ("plan-base-done", PlanBaseView { imported: Some(2), faults: Vec::new(), ..base() }.render(f)),
        ("plan-base-empty", PlanBaseView::default().render(f)),
        ("plan-rules", rules().render(f)),
    ];
    pages.into_iter().filter_map(|(name, html)| Some((name, html.ok()?))).collect()
}
