use crate::world::{Live, asked, compiled, integer, question, repeat, section, template};
use wurao_checklist::{Item as Asked, Kind, Question, ROOT, Repeat, Section as Part};
use wurao_inspection::{Compiled, Item, Reading, Row};
use wurao_record::Standing;

/// The outline as lines: `section: items`; rows as `repeat[position: items | ...]`.
fn lines(reading: &Reading, checklist: &Compiled) -> Vec<String> {
    let outline = reading.outline(checklist);
    outline.iter().map(|section| format!("{}: {}", section.path, in_short(&section.items))).collect()
}

fn in_short(items: &[Item<'_>]) -> String {
    let row = |row: &Row<'_>| format!("{}: {}", row.position, in_short(&row.items));
    let item = |item: &Item<'_>| match item {
        Item::Entry(entry) => entry.question.uid.clone(),
        Item::Rows(rows) => {
            format!("{}[{}]", rows.repeat.uid, rows.rows.iter().map(row).collect::<Vec<_>>().join(" | "))
        }
    };
    items.iter().map(item).collect::<Vec<_>>().join(" ")
}

fn of(items: Vec<Asked>, live: Live) -> Vec<String> {
    let checklist = compiled(items);
    lines(&live.read(&checklist), &checklist)
}

fn only_if(relevant: &str, item: Asked) -> Asked {
    let relevant = Some(relevant.to_owned());
    match item {
        Asked::Question(asked) => Asked::Question(Box::new(Question { relevant, ..*asked })),
        Asked::Section(part) => Asked::Section(Part { relevant, ..part }),
        Asked::Repeat(repeat) => Asked::Repeat(Repeat { relevant, ..repeat }),
    }
}

#[test]
fn what_is_asked_outside_of_sections_comes_first_without_a_heading() {
    let items = || vec![section("power", vec![integer("fuel")]), integer("people")];
    assert_eq!(of(items(), Live::default()), [": people", "power: fuel"]);
    let checklist = compiled(items());
    let reading = Live::default().read(&checklist);
    let titles: Vec<_> = reading.outline(&checklist).iter().map(|part| part.title.map(|text| text.get("en"))).collect();
    assert_eq!(titles, [None, Some("power")]);
}

#[test]
fn what_is_asked_behind_a_nested_section_belongs_to_the_section_around_it() {
    let inner = section("inner", vec![integer("b"), section("core", vec![integer("c")]), integer("d")]);
    let items = vec![section("outer", vec![integer("a"), inner, integer("e")]), integer("f")];
    assert_eq!(of(items, Live::default()), [": f", "outer: a e", "outer/inner: b d", "outer/inner/core: c"]);
}

#[test]
fn sections_of_one_name_in_different_places_stay_apart() {
    let notes = |name: &str| section("notes", vec![integer(name)]);
    let items = vec![notes("a"), section("food", vec![notes("b")]), repeat("lot", None, vec![notes("c")])];
    assert_eq!(of(items, Live::default()), [": lot[1: c]", "notes: a", "food/notes: b"]);
}

#[test]
fn what_does_not_apply_is_left_out_and_so_is_a_section_with_nothing_else() {
    let items = || {
        vec![
            integer("people"),
            only_if("${people} > 0", section("water", vec![integer("jugs"), section("pump", vec![integer("pumps")])])),
            section("food", vec![only_if("${people} > 9", integer("rice")), integer("oil")]),
            only_if("${people} > 9", repeat("lot", None, vec![integer("boxes")])),
        ]
    };
    assert_eq!(of(items(), Live::default()), [": people", "food: oil"]);
    let some = Live::default().answer(1, "people", ROOT, 1);
    assert_eq!(of(items(), some), [": people", "water: jugs", "water/pump: pumps", "food: oil"]);
    let many = Live::default().answer(1, "people", ROOT, 10);
    assert_eq!(of(items(), many)[0], ": people lot[1: boxes]");
    assert_eq!(of(items(), Live::default().answer(1, "people", ROOT, 10))[3], "food: rice oil");
}

#[test]
fn a_section_within_a_row_adds_no_level_and_what_follows_the_rows_stays_in_its_section() {
    let shelf = vec![integer("height"), section("state", vec![integer("rust")]), integer("tins")];
    let items = vec![section("stores", vec![repeat("shelf", Some("2"), shelf), integer("keys")]), integer("people")];
    let rows = "shelf[1: height rust tins | 2: height rust tins]";
    assert_eq!(of(items, Live::default()), [": people".to_owned(), format!("stores: {rows} keys")]);
}

#[test]
fn rows_within_rows_stay_in_their_row() {
    let lots = repeat("lot", Some("${lots}"), vec![integer("boxes"), repeat("tin", None, vec![integer("grams")])]);
    let items = || vec![repeat("shelf", None, vec![integer("lots"), lots.clone(), integer("dust")]), integer("people")];
    let live = Live::default()
        .row("aa", "shelf", None)
        .row("bb", "shelf", None)
        .answer(1, "lots", "aa", 2)
        .answer(1, "lots", "bb", 0);
    let (one, other) = ("boxes tin[1: grams]", "lots lot[] dust");
    assert_eq!(of(items(), live), [format!(": shelf[1: lots lot[1: {one} | 2: {one}] dust | 2: {other}] people")]);
}

#[test]
fn a_row_knows_its_instance_the_rows_where_they_lie_and_what_is_only_offered() {
    let checklist = compiled(vec![repeat("shelf", None, vec![repeat("lot", None, vec![integer("boxes")])])]);
    let reading = Live::default().row("aa", "shelf", None).read(&checklist);
    let outline = reading.outline(&checklist);
    let Item::Rows(shelves) = &outline[0].items[0] else { panic!("{outline:?}") };
    let Item::Rows(lots) = &shelves.rows[0].items[0] else { panic!("{outline:?}") };
    assert_eq!((shelves.parent, shelves.rows[0].instance, shelves.rows[0].offered), (ROOT, "aa", false));
    assert_eq!((lots.parent, lots.rows.len(), lots.rows[0].offered), ("aa", 1, true));
}

#[test]
fn a_question_comes_with_what_people_said_and_what_the_evaluation_says() {
    let few = Question { constraint: Some(". < 10".into()), ..question("beds", Kind::Integer) };
    let checklist = compiled(vec![asked(few)]);
    let reading = Live::default().answer(1, "beds", ROOT, 3).answer(2, "beds", ROOT, 12).read(&checklist);
    let outline = reading.outline(&checklist);
    let Item::Entry(beds) = &outline[0].items[0] else { panic!("{outline:?}") };
    assert_eq!((beds.field.standing, beds.field.values.len()), (Standing::Conflict, 2));
    assert_eq!(beds.node.violation.as_ref().map(|violation| violation.code()), Some("constraint"));
}

#[test]
fn a_reading_under_another_checklist_shows_nothing_in_a_wrong_place() {
    let reading = Live::default().read(&compiled(vec![integer("beds"), integer("tents")]));
    let other = template(vec![integer("boats"), repeat("beds", None, vec![integer("tents")])]);
    let other = Compiled::read(&other.hash(), &other.to_json()).unwrap();
    assert!(reading.outline(&other).is_empty());
}
