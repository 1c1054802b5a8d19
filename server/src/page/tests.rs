//! What must hold for every page, over the preview's sample county.

use super::view::{self, *};
use super::words::Words;
use super::{Frame, Lang, assets};
use crate::plan;
use std::collections::HashSet;
use std::fs;
use std::path::Path;

#[path = "../../examples/preview/sample.rs"]
mod sample;

#[path = "../../examples/preview/held_sample.rs"]
mod held_sample;

#[path = "../../examples/preview/plan_sample.rs"]
mod plan_sample;

const BOTH: [Lang; 2] = [Lang::Zh, Lang::En];

fn frame(lang: Lang) -> Frame {
    Frame {
        lang,
        now_ms: sample::NOW,
        place: Text::new("青石县", "Qingshi County"),
        reader: Some("周文静".into()),
        path: "/".into(),
        roles: Vec::new(),
        ..Frame::default()
    }
}

/// An inspection with all the rare states at once.
fn troubled() -> InspectionView {
    let mut view = sample::inspection();
    view.late = Some("山洪预警".into());
    view.refused = Some("2026-11-21".into());
    view.state = InspectionState::Closed;
    if let Some(permit) = &mut view.permit {
        permit.withdrawn_ms = Some(sample::NOW);
        permit.ad_hoc = true;
    }
    view.timeline = [
        Event::Approved,
        Event::Started,
        Event::Joined,
        Event::Arrived { changes: 1 },
        Event::Chose,
        Event::Held,
        Event::Accepted,
        Event::Declined,
        Event::Left,
        Event::Withdrawn,
        Event::RegisteredLate,
        Event::Registered,
        Event::NotRegistered,
        Event::Voided,
        Event::Closed,
    ]
    .map(|event| Moment {
        at_ms: sample::NOW,
        name: String::new(),
        device: String::new(),
        event,
        about: "手电".into(),
        reason: "山洪预警".into(),
    })
    .into();
    view
}

/// An inspection of which nothing is known but that it is.
fn bare() -> InspectionView {
    let view = sample::inspection();
    InspectionView {
        permit: None,
        state: InspectionState::Planned,
        team: Vec::new(),
        timeline: Vec::new(),
        sections: Vec::new(),
        findings: Vec::new(),
        photos: Vec::new(),
        held: Vec::new(),
        phones: Vec::new(),
        ..view
    }
}

fn pages(lang: Lang) -> Vec<(&'static str, String)> {
    let f = frame(lang);
    let mut pages = vec![
        ("county", sample::county().render(&f).unwrap()),
        ("empty county", CountyView::default().render(&f).unwrap()),
        ("inspection", sample::inspection().render(&f).unwrap()),
        ("troubled inspection", troubled().render(&f).unwrap()),
        ("bare inspection", bare().render(&f).unwrap()),
        ("findings", sample::findings().render(&f).unwrap()),
        ("no findings", FindingsView::default().render(&f).unwrap()),
        ("phones", PhonesView { phones: sample::phones(), ..PhonesView::default() }.render(&f).unwrap()),
        ("held", held_sample::page().render(&f).unwrap()),
        ("nothing held", HeldPageView::default().render(&f).unwrap()),
        ("no phones", PhonesView::default().render(&f).unwrap()),
    ];
    let plan = plan_sample::pages(&f);
    assert_eq!(plan.len(), 15, "every page of the plan renders");
    pages.extend(plan);
    for problem in [None, Some(LoginProblem::Wrong), Some(LoginProblem::TooMany), Some(LoginProblem::Ended)] {
        let outside = Frame { reader: None, place: Text::default(), ..frame(lang) };
        pages.push((
            "login",
            LoginView { problem, name: "zhou".into(), next: "/findings".into() }.render(&outside).unwrap(),
        ));
    }
    for problem in [Problem::Forbidden, Problem::NotFound, Problem::Internal] {
        pages.push(("problem", ProblemView { problem, reference: Some("7f3a".into()) }.render(&f).unwrap()));
    }
    pages
}

/// Every `what` is followed by a value up to the next quote.
fn values<'a>(html: &'a str, what: &str) -> Vec<&'a str> {
    html.split(what).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_page_renders_in_both_languages() {
    for lang in BOTH {
        for (name, html) in pages(lang) {
            assert!(html.starts_with("<!doctype html>"), "{name}");
            assert!(html.contains(&format!("<html lang=\"{}\">", lang.tag())), "{name}");
            assert_eq!(html.matches("<h1>").count(), 1, "{name} in {lang:?}");
            assert_eq!(html.matches("<main").count(), 1, "{name}");
        }
    }
    let (zh, en) =
        (sample::county().render(&frame(Lang::Zh)).unwrap(), sample::county().render(&frame(Lang::En)).unwrap());
    assert!(zh.contains("石门村") && zh.contains("减负台账") && !zh.contains("Burden ledger"));
    assert!(en.contains("Shimen Village") && en.contains("Burden ledger") && !en.contains("减负台账"));
}

#[test]
fn an_unresolved_conflict_is_the_first_thing_in_its_section() {
    for (lang, words) in
        [(Lang::Zh, "两人所填不同，均已保留"), (Lang::En, "Two people answered differently; both are kept")]
    {
        let html = sample::inspection().render(&frame(lang)).unwrap();
        let section = html.split("id=\"section-supplies\"").nth(1).unwrap();
        let conflict = section.split("</h3>").nth(1).unwrap().trim_start();
        assert!(conflict.starts_with("<div class=\"conflict\""), "{}", &conflict[..80]);
        let first = conflict.split("<table").next().unwrap();
        for part in [words, "144", "96", "陈立新", "吴晓梅", "15:48", "15:51", "应急局 03 号", "应急局 05 号"]
        {
            assert!(first.contains(part), "{part} is missing");
        }
    }
}

#[test]
fn a_conflict_inside_a_repeat_is_lifted_too_and_says_which_row() {
    let html = sample::inspection().render(&frame(Lang::En)).unwrap();
    let section = html.split("id=\"section-supplies\"").nth(1).unwrap().split("<table").next().unwrap();
    assert!(section.contains("Lots · Row 3 · Count"));
}

#[test]
fn a_choice_keeps_what_it_was_chosen_among() {
    let html = sample::inspection().render(&frame(Lang::En)).unwrap();
    let row = html.split("data-key=\"field-torches\"").nth(1).unwrap().split("</tr>").next().unwrap();
    for part in ["Chosen by", "周文静", "陈立新", "吴晓梅", "<details data-key=\"among-torches\">"] {
        assert!(row.contains(part), "{part} is missing");
    }
}

#[test]
fn who_may_choose_has_a_form_that_names_what_it_shows_and_nobody_else_has_one() {
    let html = sample::inspection().render(&frame(Lang::En)).unwrap();
    assert_eq!(
        html.matches("<form class=\"choose\"").count(),
        1,
        "one of three conflicts is the reader's to choose on"
    );
    let form = html.split("<form class=\"choose\"").nth(1).unwrap().split("</form>").next().unwrap();
    for part in [
        "action=\"/inspections/a1/choices\"",
        "name=\"key\" value=\"water\"",
        "name=\"among\" value=\"5@01 5@02\"",
        "name=\"chosen\" value=\"5@01\" required",
        "name=\"chosen\" value=\"5@02\" required",
        "<legend>Which of these answers counts</legend>",
    ] {
        assert!(form.contains(part), "{part} is missing in {form}");
    }
    assert!(!form.contains("checked"), "nothing is chosen beforehand");
    assert!(html.contains("You answered this yourself, so somebody else chooses."));
}

#[test]
fn a_conflict_after_a_choice_says_so_and_keeps_what_was_chosen_among() {
    for (lang, title, page, tag) in [
        (Lang::En, "A value came that the choice had not seen", "the page", "Chosen after it had closed"),
        (Lang::Zh, "选定之后收到了当时没看到的填法", "网页", "督查结束后选定"),
    ] {
        let html = sample::inspection().render(&frame(lang)).unwrap();
        let conflict = html.split("data-key=\"conflict-lamps\"").nth(1).unwrap().split("<table").next().unwrap();
        for part in [title, page, "周文静", "data-key=\"among-7@03\"", ">3 ", ">4 "] {
            assert!(conflict.contains(part), "{part} is missing in {conflict}");
        }
        assert!(html.contains(tag));
    }
}

#[test]
fn why_nothing_was_chosen_is_said_first() {
    use crate::choices::NotChosen;
    let all = [NotChosen::Stale, NotChosen::NoConflict, NotChosen::NotAmong, NotChosen::Voided, NotChosen::Own];
    for lang in BOTH {
        let said: HashSet<String> = all
            .iter()
            .map(|why| {
                let view = InspectionView { not_chosen: Some(*why), ..sample::inspection() };
                let html = view.render(&frame(lang)).unwrap();
                html.split("role=\"alert\">").nth(1).unwrap().split("</p>").next().unwrap().to_owned()
            })
            .collect();
        assert_eq!(said.len(), all.len());
    }
}

#[test]
fn hostile_words_stay_words() {
    const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>";
    let hostile = || Text::new(HOSTILE, HOSTILE);
    let mut view = sample::inspection();
    view.place.name = hostile();
    view.late = Some(HOSTILE.into());
    view.team[0].name = HOSTILE.into();
    view.sections[0].key = HOSTILE.into();
    view.sections[0].title = hostile();
    let said = Said { value: hostile(), name: HOSTILE.into(), at_ms: 0, device: hostile(), at_page: true, chose: true };
    let side = Side { op: HOSTILE.into(), value: hostile(), said: vec![said.clone()], among: vec![said] };
    let field = &mut view.sections[0].fields[0];
    (field.label, field.unit, field.violation) = (hostile(), Some(hostile()), Some(hostile()));
    field.key = HOSTILE.into();
    let choosing = Choosing::Yes { among: HOSTILE.into() };
    field.standing = Standing::Conflict { sides: vec![side.clone(), side], choosing };
    view.findings[0].title = hostile();
    view.held[0].values[0].value = hostile();
    (view.photos[0].caption, view.photos[0].position) = (HOSTILE.into(), Some(HOSTILE.into()));
    view.phones[0].name = HOSTILE.into();
    for lang in BOTH {
        let html = view.render(&Frame { reader: Some(HOSTILE.into()), ..frame(lang) }).unwrap();
        assert!(!html.contains("<script>") && !html.contains("<img src=x") && !html.contains("\"'>"));
        assert!(html.matches("&#60;script&#62;").count() > 15);
    }
    let login = LoginView { problem: None, name: HOSTILE.into(), next: format!("/{HOSTILE}") }
        .render(&frame(Lang::Zh))
        .unwrap();
    assert!(!login.contains("<script>") && login.contains("next=%2F%22%27%3E%3Cscript"));
}

#[test]
fn a_wrong_password_does_not_cost_the_name_typed() {
    let view = LoginView { problem: Some(LoginProblem::Wrong), name: "zhou".into(), next: "/".into() };
    assert!(view.render(&frame(Lang::En)).unwrap().contains("name=\"name\" value=\"zhou\""));
}

#[test]
fn the_card_of_conflicts_leads_to_the_first() {
    let html = sample::county().render(&frame(Lang::En)).unwrap();
    assert!(html.contains("<a href=\"/inspections/a1\">Conflicts</a>"));
    let none = CountyView::default().render(&frame(Lang::En)).unwrap();
    assert!(none.contains("Conflicts") && !none.contains("/inspections/"));
}

#[test]
fn signing_in_never_leads_to_another_site() {
    let html = LoginView { next: "//example.org/".into(), ..LoginView::default() }.render(&frame(Lang::Zh)).unwrap();
    assert!(!html.contains("example.org"));
}

#[test]
fn no_page_needs_more_than_its_own_host_or_holds_script_or_style() {
    for (name, html) in BOTH.into_iter().flat_map(pages) {
        for foreign in ["http:", "https:", "src=\"//", "href=\"//", "javascript:", " style=", "<style", "<iframe"] {
            assert!(!html.contains(foreign), "{name} contains {foreign}");
        }
        assert_eq!(html.matches("<script").count(), 1, "{name}");
        assert!(html.contains("<script type=\"module\" src=\"/assets/page.js\"></script>"), "{name}");
        let handler = html.split(" on").skip(1).find(|rest| {
            rest.split(|c: char| !c.is_ascii_lowercase()).next().is_some_and(|word| rest[word.len()..].starts_with('='))
        });
        assert!(handler.is_none(), "{name}: {handler:?}");
    }
}

#[test]
fn every_file_a_page_asks_for_is_served_and_every_icon_is_in_the_sprite() {
    let (_, sprite) = assets::get("icons.svg").unwrap();
    let drawn: HashSet<_> = values(std::str::from_utf8(sprite).unwrap(), "<symbol id=\"").into_iter().collect();
    let mut used = HashSet::new();
    for (name, html) in pages(Lang::Zh) {
        for address in values(&html, "\"/assets/") {
            let (file, icon) = address.split_once('#').unwrap_or((address, ""));
            assert!(assets::get(file).is_some(), "{name} asks for {file}");
            used.insert(icon.to_owned());
        }
    }
    used.remove("");
    let used: HashSet<_> = used.iter().map(String::as_str).collect();
    assert_eq!(used, drawn, "left: used by a page; right: in the sprite");
}

#[test]
fn ids_and_keys_are_unique_on_their_page() {
    for (name, html) in pages(Lang::Zh) {
        for what in [" id=\"", " data-key=\""] {
            let mut seen = HashSet::new();
            for value in values(&html, what) {
                assert!(seen.insert(value), "{name}: {what}{value}");
            }
        }
    }
}

#[test]
fn links_within_a_page_lead_somewhere() {
    for (name, html) in pages(Lang::Zh) {
        let ids: HashSet<_> = values(&html, " id=\"").into_iter().collect();
        for target in values(&html, "href=\"#") {
            assert!(ids.contains(target), "{name}: #{target}");
        }
    }
}

#[test]
fn headings_descend_one_level_at_a_time() {
    for (name, html) in pages(Lang::Zh) {
        let mut above = 0;
        for level in html.split("<h").skip(1).filter_map(|rest| rest.chars().next()?.to_digit(10)) {
            assert!(level <= above + 1, "{name}: h{level} under h{above}");
            above = level;
        }
    }
}

#[test]
fn every_table_has_a_caption_and_its_headers_a_scope() {
    for (name, html) in pages(Lang::Zh) {
        assert_eq!(html.matches("<table").count(), html.matches("<caption").count(), "{name}");
        assert_eq!(html.matches("<th ").count(), html.matches("<th scope=").count(), "{name}");
        assert_eq!(html.matches("<th>").count(), 0, "{name}");
    }
}

#[test]
fn every_word_is_used() {
    fn read(folder: &Path, into: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, into);
            } else {
                into.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    read(&crate_folder.join("templates"), &mut text);
    read(&crate_folder.join("src/page"), &mut text);
    let used: HashSet<_> = ["w.", "self.", "words."]
        .iter()
        .flat_map(|owner| text.split(owner).skip(1))
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next())
        .collect();
    let idle: Vec<_> = Words::PAIRS.iter().map(|(name, ..)| name).filter(|name| !used.contains(*name)).collect();
    assert!(idle.is_empty(), "{idle:?}");
}
