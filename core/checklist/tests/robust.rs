//! Nothing a stranger writes makes this crate panic.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so by panicking")]

mod common;

use common::*;
use proptest::prelude::*;
use wurao_checklist::import;
use wurao_checklist::{
    Answers, Item, Key, Kind, Moment, Program, Question, Repeat, Row, Template, Value, parse_answer,
};

/// Pieces of expressions, so that many of the texts made of them parse.
fn piece() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "${a}",
        "${b}",
        "${n}",
        "${r}",
        "${zz}",
        ".",
        "..",
        "../n",
        "current()/.",
        "/f/a",
        "1",
        "0.5",
        "'x'",
        "''",
        "'2026-01-01'",
        " + ",
        " - ",
        " * ",
        " div ",
        " mod ",
        " = ",
        " != ",
        " < ",
        " or ",
        " and ",
        "(",
        ")",
        ", ",
        "if(",
        "concat(",
        "sum(",
        "count(",
        "selected(",
        "substr(",
        "round(",
        "int(",
        "date(",
        "format-date(",
        "indexed-repeat(",
        "position(",
        "once(",
        "regex(",
        "join(",
        "min(",
        "today()",
        "now()",
        "jr:choice-name(",
        "decimal-time(",
        "pow(",
        "translate(",
        "[",
        "]",
        "|",
        "//",
        "-",
        "水",
        "\"",
        "$",
        "${",
    ];
    proptest::sample::select(PIECES).prop_map(str::to_owned)
}

fn expression() -> impl Strategy<Value = String> {
    prop_oneof![proptest::collection::vec(piece(), 0..14).prop_map(|pieces| pieces.concat()), ".{0,60}"]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Empty),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Decimal),
        any::<bool>().prop_map(Value::Bool),
        ".{0,20}".prop_map(Value::Text),
        "[0-9T:.Z+-]{0,24}".prop_map(Value::Text),
    ]
}

fn question(name: &str, uid: &str, kind: Kind) -> Question {
    Question { uid: uid.into(), name: name.into(), kind, ..Question::default() }
}

fn form(expressions: &[String]) -> Template {
    let mut template = Template::new("f");
    let mut a = question("a", "a", Kind::Text);
    let mut b = question("b", "b", Kind::Calculate);
    let mut n = question("n", "r/n", Kind::Decimal);
    let take = |index: usize| expressions.get(index).cloned().filter(|text| !text.is_empty());
    a.constraint = take(0);
    a.relevant = take(1);
    b.calculation = take(2);
    n.fail = take(3);
    n.required = take(4);
    let repeat = Repeat {
        uid: "r".into(),
        name: "r".into(),
        count: take(5),
        items: vec![Item::Question(Box::new(n))],
        ..Repeat::default()
    };
    template.items = vec![Item::Question(Box::new(a)), Item::Repeat(repeat), Item::Question(Box::new(b))];
    template
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_compiles_or_is_refused_and_any_answer_is_evaluated(
        texts in proptest::collection::vec(expression(), 6),
        given in proptest::collection::vec(value(), 4),
        rows in proptest::collection::vec(("[abc-]", "[abc-]", any::<bool>()), 0..6),
        clock in (any::<i64>(), any::<i32>()),
    ) {
        let template = form(&texts);
        let compiled = Program::compile(&template).or_else(|errors| {
            // Leave out what does not compile, so that the rest is evaluated.
            let mut kept = texts.clone();
            for (index, question) in [(0, "a"), (1, "a"), (2, "b"), (3, "r/n"), (4, "r/n"), (5, "r")] {
                if errors.iter().any(|error| error.question == question) {
                    kept[index].clear();
                }
            }
            Program::compile(&form(&kept))
        });
        let mut answers = Answers::default();
        for (value, key) in given.into_iter().zip([("a", "-"), ("b", "-"), ("r/n", "a"), ("r/n", "b")]) {
            answers.values.insert(Key::new(key.0, key.1), value);
        }
        answers.rows = rows
            .into_iter()
            .map(|(instance, parent, root)| Row {
                instance,
                kind: "r".into(),
                parent: (!root).then_some(parent),
                order: String::new(),
            })
            .collect();
        if let Ok(program) = compiled {
            let moment = Moment::new(clock.0, clock.1);
            let first = program.evaluate(&answers, &moment);
            prop_assert_eq!(format!("{first:?}"), format!("{:?}", program.evaluate(&answers, &moment)));
            prop_assert!(program.automatic_rows(&answers, &moment).len() <= 1000);
        }
    }

    #[test]
    fn anything_typed_is_an_answer_or_a_typed_error(raw in ".{0,40}") {
        for kind in [Kind::Integer, Kind::Decimal, Kind::Date, Kind::Time, Kind::DateTime, Kind::Geopoint, Kind::SelectMultiple] {
            let typed = parse_answer(&question("q", "q", kind), &[], &raw);
            if let Err(error) = typed {
                prop_assert!(error.code().starts_with("answer-"));
            }
        }
    }

    #[test]
    fn any_json_is_a_template_or_a_typed_error(text in r#"[\[\]{}":,a-z0-9 ]{0,80}"#) {
        prop_assert!(Template::from_json(&text).is_err());
    }

    #[test]
    fn a_workbook_with_flipped_bytes_is_read_or_refused(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let mut bytes = small_workbook().clone();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(import) = import::workbook(&bytes) {
            let _ = Program::compile(&import.template);
        }
    }
}

#[test]
fn the_deepest_expressions_allowed_are_evaluated() {
    let chain = vec!["1"; 600].join(" + ");
    let nested = format!("{}1{}", "round(".repeat(60), ")".repeat(60));
    for (expression, expected) in [(chain, Value::Int(600)), (nested, Value::Int(1))] {
        let mut template = Template::new("f");
        let mut deep = question("q", "q", Kind::Calculate);
        deep.calculation = Some(expression);
        template.items = vec![Item::Question(Box::new(deep))];
        let program = Program::compile(&template).unwrap();
        assert_eq!(value_of(&program, "q"), expected);
    }
}

fn value_of(program: &Program, question: &str) -> Value {
    common::value(&program.evaluate(&Answers::default(), &moment()), question)
}

fn small_workbook() -> &'static Vec<u8> {
    static BYTES: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    BYTES.get_or_init(|| {
        workbook(&[
            ("survey", "type|name|label|relevant\ntext|a|A\nselect_one c|b|B|${a} = 1\nbegin repeat|r|R\nend repeat"),
            ("choices", "list_name|name|label\nc|x|X"),
        ])
    })
}
