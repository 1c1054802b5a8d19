//! Canonical JSON and the hash of meaning.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so by panicking")]

mod common;

use common::*;
use wurao_checklist::{Item, Provenance, Template, Text};

const SURVEY: &str = "type|name|label|required|on_fail
    begin group|g|G
    select_one c|a|A|yes|photo
    end group
    begin repeat|r|R
    integer|n|N
    end repeat";
const CHOICES: &str = "c|y|Yes|1\nc|n|No|0|yes";

fn hex(hash: [u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_json_is_canonical_and_reads_back_to_the_same_template() {
    let template = template(SURVEY, CHOICES);
    let json = template.to_json();
    assert_eq!(Template::from_json(&json), Ok(template.clone()));
    assert_eq!(Template::from_json(&json).unwrap().to_json(), json);
    let mut meaning = template;
    meaning.provenance = None;
    assert!(meaning.to_json().starts_with(r#"{"choices":{"c":[{"label":{"":"Yes"},"name":"y","score":1000,"source":"#));
    assert!(!json.contains(": ") && !json.contains('\n'));
}

#[test]
fn the_hash_of_a_template_never_changes() {
    let mut template = Template::new("form");
    template.title.set("zh", "清单");
    template.items = self::template("type|name|label\ninteger|n|N", "").items;
    assert_eq!(
        template.to_json(),
        concat!(
            r#"{"form_id":"form","format":1,"items":[{"question":{"kind":"integer","label":{"":"N"},"name":"n","#,
            r#""source":{"row":2,"sheet":"survey"},"uid":"n"}}],"title":{"zh":"清单"}}"#
        )
    );
    assert_eq!(hex(template.hash()), "7d140956c966241aa59ead1cec8841678a704122a107d230ba22580640838262");
}

#[test]
fn the_hash_follows_meaning_and_not_where_it_was_written() {
    let template = template(SURVEY, CHOICES);
    let hash = template.hash();

    let mut elsewhere = template.clone();
    elsewhere.provenance = Some(Provenance { workbook: "00".into(), importer: "other".into() });
    for list in elsewhere.choices.values_mut().flatten() {
        list.source = None;
    }
    let Item::Section(section) = &mut elsewhere.items[0] else { panic!() };
    section.source.as_mut().unwrap().row = 99;
    assert_eq!(elsewhere.hash(), hash);

    let mut label = template.clone();
    let Item::Section(section) = &mut label.items[0] else { panic!() };
    section.label = Text::plain("Other");
    assert_ne!(label.hash(), hash);
    let mut fail = template.clone();
    fail.choices.get_mut("c").unwrap()[1].fail = false;
    assert_ne!(fail.hash(), hash);
    let mut order = template;
    order.items.reverse();
    assert_ne!(order.hash(), hash);
}

#[test]
fn a_blank_row_moves_cells_and_not_the_hash() {
    let spaced = SURVEY.replacen("\n", "\n\n\n", 2);
    assert_eq!(template(&spaced, CHOICES).hash(), template(SURVEY, CHOICES).hash());
}

#[test]
fn keys_are_ordered_by_utf16_units() {
    let mut template = Template::new("form");
    // U+1F600 is two units beginning D83D, before U+FB01 in UTF-16 and after it in UTF-8.
    template.title.set("\u{fb01}", "a");
    template.title.set("\u{1f600}", "b");
    assert!(template.to_json().contains("{\"\u{1f600}\":\"b\",\"\u{fb01}\":\"a\"}"));
}

#[test]
fn what_is_no_template_gets_a_typed_error() {
    let code = |json: &str| Template::from_json(json).map_err(|error| error.code());
    let question = r#"{"question":{"kind":"text","name":"a","uid":"UID"}}"#;
    let with = |items: &str| format!(r#"{{"form_id":"f","format":1,"items":[{items}]}}"#);
    assert!(code(&with(&question.replace("UID", "a"))).is_ok());
    assert_eq!(code("{}"), Err("template-json"));
    assert_eq!(code(r#"{"form_id":"f","format":1,"items":[],"surprise":1}"#), Err("template-json"));
    assert_eq!(code(r#"{"form_id":"f","format":2,"items":[]}"#), Err("template-format"));
    assert_eq!(code(&with(&question.replace("UID", "a@b"))), Err("template-uid"));
    assert_eq!(code(&with(&question.replace("UID", ""))), Err("template-uid"));
    assert_eq!(code(&with(&[question, question].join(","))), Err("template-duplicate-uid"));
    let select = r#"{"question":{"kind":"select_one","name":"a","uid":"a","list":"none"}}"#;
    assert_eq!(code(&with(select)), Err("template-unknown-list"));
    let deep = |depth: usize| {
        let open = r#"{"section":{"name":"s","items":["#.repeat(depth);
        with(&format!("{open}{}", "]}}".repeat(depth)))
    };
    assert!(code(&deep(20)).is_ok());
    assert_eq!(code(&deep(30)), Err("template-too-deep"));
    assert_eq!(code(&deep(100_000)), Err("template-json"));
}
