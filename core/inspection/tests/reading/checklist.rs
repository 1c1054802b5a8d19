use crate::world::{asked, choice, compiled, integer, question, repeat, section, template};
use wurao_checklist::{Choice, Kind, Question, Text};
use wurao_inspection::{Compiled, choice_label, label};

#[test]
fn a_checklist_must_have_the_hash_it_is_known_by() {
    let template = template(vec![integer("beds")]);
    let error = Compiled::read(&[7; 32], &template.to_json()).unwrap_err();
    assert_eq!(error.code(), "checklist-hash");
    let told = error.to_string();
    assert!(told.contains(&"07".repeat(32)) && told.contains(&hex::encode(template.hash())), "{told}");
}

#[test]
fn what_is_no_template_is_told_with_the_templates_own_code() {
    assert_eq!(Compiled::read(&[0; 32], "{").unwrap_err().code(), "template-json");
    let twice = template(vec![integer("beds"), integer("beds")]);
    assert_eq!(Compiled::read(&twice.hash(), &twice.to_json()).unwrap_err().code(), "template-duplicate-uid");
}

#[test]
fn every_expression_that_cannot_run_is_told() {
    let broken = |name: &str| Question { relevant: Some("${nowhere} = ".into()), ..question(name, Kind::Text) };
    let template = template(vec![asked(broken("first")), asked(broken("second"))]);
    let error = Compiled::read(&template.hash(), &template.to_json()).unwrap_err();
    assert_eq!(error.code(), "checklist-expressions");
    let told = error.to_string();
    assert!(told.contains("first, relevant") && told.contains("second, relevant"), "{told}");
}

#[test]
fn questions_and_repeats_are_found_with_the_repeat_around_them_however_deep() {
    let checklist = compiled(vec![
        integer("people"),
        section(
            "stores",
            vec![
                section("food", vec![integer("rice")]),
                repeat(
                    "shelf",
                    None,
                    vec![section("state", vec![integer("height")]), repeat("lot", None, vec![integer("boxes")])],
                ),
            ],
        ),
    ]);
    let around = [
        ("people", None),
        ("rice", None),
        ("shelf", None),
        ("height", Some("shelf")),
        ("lot", Some("shelf")),
        ("boxes", Some("lot")),
    ];
    for (uid, repeat) in around {
        assert_eq!(checklist.repeat_of(uid), repeat, "{uid}");
        let is_repeat = ["shelf", "lot"].contains(&uid);
        assert_eq!(checklist.question(uid).map(|question| question.uid.as_str()), (!is_repeat).then_some(uid));
        assert_eq!(checklist.repeat(uid).map(|repeat| repeat.uid.as_str()), is_repeat.then_some(uid));
    }
    assert!(checklist.question("stores").is_none() && checklist.repeat("nowhere").is_none());
}

#[test]
fn choices_are_shown_by_their_words_in_the_readers_language() {
    let several = Question { list: Some("foods".into()), ..question("foods", Kind::SelectMultiple) };
    let mut template = template(vec![asked(several)]);
    let foods = vec![choice("rice", "Rice", "大米"), choice("oil", "Oil", "油"), choice("salt", "", "")];
    template.choices.insert("foods".into(), foods);
    let checklist = Compiled::read(&template.hash(), &template.to_json()).unwrap();
    let foods = checklist.question("foods").unwrap();
    assert_eq!(checklist.shown(foods, "oil rice", "en"), "Oil, Rice");
    assert_eq!(checklist.shown(foods, "oil rice", "zh"), "油、大米");
    assert_eq!(
        checklist.shown(foods, "gold salt", "en"),
        "gold, salt",
        "a choice unknown or without words is its name"
    );
    assert_eq!(checklist.shown(foods, "", "en"), "");
    assert_eq!(checklist.shown(&question("free", Kind::Text), "oil rice", "en"), "oil rice");
}

#[test]
fn what_has_no_words_is_called_by_its_name() {
    let mute = Question { label: Text::default(), ..question("beds", Kind::Integer) };
    assert_eq!(label(&mute, "zh"), "beds");
    assert_eq!(label(&Question { label: Text::plain("Beds?"), ..mute }, "zh"), "Beds?");
    assert_eq!(choice_label(&Choice { name: "yes".into(), ..Choice::default() }, "en"), "yes");
}
