//! What expressions mean, seen through whole checklists.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so by panicking")]

mod common;

use common::*;
use wurao_checklist::import::NoteSeverity;
use wurao_checklist::{Program, Reason, Value};

#[test]
fn functions_give_what_collect_gives() {
    let cases: &[(&str, &str)] = &[
        ("1 + 2 * 3", "7"),
        ("10 div 4", "2.5"),
        ("-7 mod 3", "-1"),
        ("${n} + '3'", "10"),
        ("${n} - ${t}", ""),
        ("if(${n} > 5, 'big', 'small')", "big"),
        ("coalesce('', ${t})", "hello world"),
        ("coalesce(${t}, 'x', 'y')", "hello world"),
        ("concat(${n}, ' ', ${t})", "7 hello world"),
        ("string-length(${t})", "11"),
        ("string-length('水瓶')", "2"),
        ("substr(${t}, 0, 5)", "hello"),
        ("substr(${t}, -5)", "world"),
        ("substr(${t}, 5, 2)", ""),
        ("substring-before(${t}, ' ')", "hello"),
        ("substring-after(${t}, ' ')", "world"),
        ("translate(${t}, 'lo', 'L')", "heLL wrLd"),
        ("normalize-space('  a   b ')", "a b"),
        ("contains(${t}, 'lo w')", "true"),
        ("starts-with(${t}, 'x')", "false"),
        ("ends-with(${t}, 'world')", "true"),
        ("regex(${t}, '[a-z]+ [a-z]+')", "true"),
        ("regex(${t}, 'hello')", "false"),
        ("regex('12', concat('[0-9]', '{2}'))", "true"),
        ("selected(${m}, 'a') and not(selected(${m}, 'e'))", "true"),
        ("selected(${m}, '')", "false"),
        ("count-selected(${m})", "2"),
        ("selected-at(${m}, 1)", "b"),
        ("selected-at(${m}, 5)", ""),
        ("jr:choice-name('b', '${m}')", "Bean"),
        ("jr:choice-name('zz', '${m}')", ""),
        ("int(7.9)", "7"),
        ("int(-7.9)", "-7"),
        ("round(2.5)", "3"),
        ("round(-2.5)", "-2"),
        ("round(1.2345, 2)", "1.23"),
        ("round(1234, -2)", "1200"),
        ("floor(-1.5)", "-2"),
        ("ceiling(1.2)", "2"),
        ("abs(-3)", "3"),
        ("pow(2, 10)", "1024"),
        ("min(3, 1, 2)", "1"),
        ("max(3, ${n}, 2)", "7"),
        ("max('', 2)", "2"),
        ("sum(1, 2, '')", "3"),
        ("number('abc')", ""),
        ("number('2026-01-01') - number('2025-01-01')", "365"),
        ("today()", "2026-11-22"),
        ("int(today()) - int(${d})", "295"),
        ("${d} < today()", "true"),
        ("date(int(${d}) + 1)", "2026-02-01"),
        ("format-date(${d}, '%d.%m.%Y %n %b %e %a %y %%')", "31.01.2026 1 Jan 31 Sat 26 %"),
        ("format-date-time('2026-01-31T09:05:07.000+08:00', '%H:%M:%S %h')", "09:05:07 9"),
        ("decimal-time('12:00')", "0.5"),
        ("now()", "2026-11-22T10:00:00.000+08:00"),
        ("decimal-date-time('1970-01-02')", "1"),
        ("boolean('false')", "true"),
        ("boolean-from-string('FALSE')", "false"),
        ("true() = 'x'", "true"),
        ("'1.0' = '1'", "false"),
        ("'1.0' = 1", "true"),
        ("6.1 - 7.8 = -1.7", "true"),
        ("1 div 0", "Infinity"),
        ("0 div 0", ""),
        ("join('-', 'a', 'b')", "a-b"),
        ("once(${n} + 1)", "8"),
        ("if(true(), 1, 0) or 1 div 0", "true"),
    ];
    for (expression, expected) in cases {
        assert_eq!(&calculate(&expression.replace('|', "¦")), expected, "{expression}");
    }
}

#[test]
fn infinity_is_text_of_a_number_and_no_panic() {
    assert_eq!(calculate("string(1 div 0)"), "Infinity");
    assert_eq!(calculate("int(1 div 0) + int('x')"), "");
    assert_eq!(calculate("date(1 div 0)"), "");
    assert_eq!(calculate("date(99999999999)"), "");
    assert_eq!(calculate("format-date(1 div 0, '%Y')"), "");
    assert_eq!(calculate("substr('abc', 0 div 0, 1 div 0)"), "abc");
    assert_eq!(calculate("selected-at('a b', 1 div 0)"), "");
}

fn errors(survey: &str) -> Vec<(String, &'static str, usize)> {
    let import = import(&[("survey", survey)]);
    let errors = Program::compile(&import.template).expect_err("does not compile");
    errors.into_iter().map(|error| (error.question.clone(), error.code(), error.offset)).collect()
}

#[test]
fn what_does_not_compile_is_told_for_every_question_at_once() {
    let told = errors(
        "type|name|label|relevant|calculation
         integer|a|A|${b} > 1
         integer|c|C|1 + frobnicate(2)
         integer|d|D|if(1, 2)
         integer|e|E|pulldata('x', 'y', 'z', 'w')
         integer|f|F|../nowhere = 1
         integer|g|G|regex(${a}, '[')
         integer|h|H|instance('x')/root/item[a = 1]/b
         integer|i|I|position(1)",
    );
    let expected = [
        ("a", "unknown-name", 0),
        ("c", "unknown-function", 4),
        ("d", "function-arguments", 0),
        ("e", "unsupported-function", 0),
        ("f", "unknown-path", 0),
        ("g", "expression-pattern", 0),
        ("h", "unsupported-path", 0),
        ("i", "function-needs-question", 0),
    ];
    assert_eq!(told, expected.map(|(question, code, at)| (question.to_owned(), code, at)));
}

#[test]
fn a_bare_word_reads_as_empty_and_is_told_as_a_doubt() {
    let import = import(&[("survey", "type|name|label|relevant\ntext|a|A|FALSE\ntext|b|B|null = ''")]);
    let told: Vec<_> = import.report.iter().map(|note| (note.cell.as_str(), note.severity, note.code)).collect();
    assert_eq!(told, [("D2", NoteSeverity::Warning, "read-as-empty"), ("D3", NoteSeverity::Warning, "read-as-empty")]);
    let evaluation = Program::compile(&import.template).unwrap().evaluate(&answers(&[]), &moment());
    assert!(!evaluation.question("a", "-").unwrap().relevant);
    assert!(evaluation.question("b", "-").unwrap().relevant);
}

#[test]
fn a_cycle_is_told_with_everything_in_it() {
    let import = import(&[(
        "survey",
        "type|name|label|relevant|calculation
         calculate|a|||${b} + 1
         calculate|b|||${c} + 1
         integer|c|C|${a} > 1
         calculate|d|||${a}",
    )]);
    let errors = Program::compile(&import.template).expect_err("a cycle");
    assert_eq!(errors.len(), 1);
    let Reason::Cycle(names) = &errors[0].reason else { panic!("{errors:?}") };
    assert_eq!(names.first(), names.last());
    let mut inside: Vec<_> = names[1..].to_vec();
    inside.sort();
    assert_eq!(inside, ["a", "b", "c"]);
}

#[test]
fn a_value_that_needs_itself_or_its_own_section_is_a_cycle() {
    let told = errors("type|name|label|relevant|calculation\ncalculate|a|||${a} + 1");
    assert_eq!(told, [("a".to_owned(), "cycle", 0)]);
    let told = errors(
        "type|name|label|relevant|calculation
         begin group|g|G|${a} = 1
         integer|a|A
         end group",
    );
    assert_eq!(told, [("g".to_owned(), "cycle", 0)]);
}

#[test]
fn joining_without_end_becomes_a_diagnostic_not_memory() {
    let mut survey = "type|name|label|calculation\ncalculate|c0||'0123456789012345'\n".to_owned();
    for index in 1..60 {
        let before = index - 1;
        survey.push_str(&format!("calculate|c{index}||concat(${{c{before}}}, ${{c{before}}})\n"));
    }
    let evaluation = program(&survey, "").evaluate(&answers(&[]), &moment());
    assert!(evaluation.diagnostics.iter().all(|diagnostic| diagnostic.code == "text-too-long"));
    assert!(!evaluation.diagnostics.is_empty());
    let longest = evaluation.nodes.iter().map(|node| node.value.to_string().len()).max();
    assert_eq!(longest, Some(65_536));
}

#[test]
fn a_bare_name_in_a_choice_filter_is_a_column_of_the_choice() {
    let program = program(
        "type|name|label|choice_filter
         text|where|Where
         select_one c|what|What|region = ${where} or name = 'all'",
        "c|x|X|||||north\nc|y|Y|||||south\nc|all|All",
    );
    let evaluation = program.evaluate(&answers(&[("where", text("north")), ("what", text("y"))]), &moment());
    let node = evaluation.question("what", "-").unwrap();
    assert_eq!(node.choices.as_deref(), Some(&["x".to_owned(), "all".to_owned()][..]));
    assert_eq!(node.violation.as_ref().map(|violation| violation.code()), Some("choice"));
}

#[test]
fn an_empty_answer_is_no_number_and_equals_the_empty_text() {
    let program = program(
        "type|name|label|calculation
         integer|n|N
         calculate|is_empty||${n} = ''
         calculate|is_zero||${n} = 0
         calculate|less||${n} < 5
         calculate|plus||${n} + 1",
        "",
    );
    let evaluation = program.evaluate(&answers(&[]), &moment());
    assert_eq!(value(&evaluation, "is_empty"), text("true"));
    assert_eq!(value(&evaluation, "is_zero"), text("false"));
    assert_eq!(value(&evaluation, "less"), text("false"));
    assert_eq!(value(&evaluation, "plus"), Value::Empty);
}
