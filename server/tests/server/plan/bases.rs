use super::office::Office;

#[test]
fn a_table_with_anything_wrong_changes_nothing_and_every_line_is_named() {
    let office = Office::without_bases();
    let approver = office.desk("approver");
    let table = "body,level,year,count\n应急管理局,county,2025,3\n没有局,county,2025,4\nFire Brigade,village,2025,-1\n";
    let seen = approver.post("/plan/base", &[("table", table)]);
    assert_eq!(seen.status, 422);
    for problem in ["line 3, column body", "line 4, column level", "line 4, column count"] {
        assert!(seen.text.contains(&format!("data-problem=\"field: {problem}\"")), "{problem} in {}", seen.text);
    }
    assert!(seen.text.contains("没有局,county,2025,4"), "what was pasted is still there");
    assert!(approver.get("/plan/base").text.contains("No base yet"), "nothing was imported");

    let good = "body\tlevel\tyear\tcount\nFire Brigade\tcounty\t2025\t7\n";
    let seen = approver.post("/plan/base", &[("table", good)]);
    assert!(seen.status == 200 && seen.text.contains("Rows imported: 1") && seen.text.contains("<td>7</td>"));
    let again = good.replace("\t7", "\t6");
    assert!(approver.post("/plan/base", &[("table", &again)]).text.contains("<td>6</td>"));
    assert_eq!(office.world.entries("Table", "base"), 2, "an entry of the log for each table taken in");
    let planner = office.desk("planner");
    assert_eq!(planner.post("/plan/base", &[("table", good)]).status, 403);
    assert!(!planner.get("/plan/base").text.contains("textarea"));
}

#[test]
fn who_answers_for_a_part_sets_and_reads_no_base_of_the_whole() {
    let office = Office::new();
    let (town, beside) = (office.desk("town"), office.desk("beside"));
    let table = |level: &str| format!("body,level,year,count\n应急管理局,{level},2025,1\n");
    for (desk, level) in [(&town, "county"), (&beside, "county"), (&office.desk("approver"), "city")] {
        let seen = desk.post("/plan/base", &[("table", &table(level))]);
        assert_eq!(seen.problem(), (422, "field: line 2, column level"), "{level}");
    }
    for desk in [&town, &beside] {
        assert!(!desk.get("/plan/base").text.contains("<td>50</td>"));
    }
    assert!(office.desk("planner").get("/plan/base").text.contains("<td>50</td>"));
    assert_eq!(town.post("/plan/base", &[("table", &table("township"))]).status, 200, "a town's own");
}

#[test]
fn a_base_may_only_fall_also_by_way_of_a_later_year() {
    let office = Office::new();
    let approver = office.desk("approver");
    for line in ["2025,51", "2026,51"] {
        let table = format!("body,level,year,count\n消防大队,county,2025,50\n应急管理局,county,{line}\n");
        let seen = approver.post("/plan/base", &[("table", &table)]);
        assert_eq!(seen.problem(), (422, "field: line 3, column count"), "{line}");
        assert!(seen.text.contains("a base may only fall"));
    }
    let table = "body,level,year,count\n应急管理局,county,2026,49\n";
    assert_eq!(approver.post("/plan/base", &[("table", table)]).status, 200);
}

#[test]
fn the_rows_of_one_table_fall_among_themselves_too() {
    let office = Office::without_bases();
    let approver = office.desk("approver");
    let table = |lines: &str| format!("body,level,year,count\n{lines}");
    // In whatever order they stand; the other body's and the other level's are no part of it.
    for (lines, at) in [
        ("应急管理局,county,2024,5\n应急管理局,county,2025,500\n", 3),
        ("应急管理局,county,2025,500\n消防大队,county,2026,1\n应急管理局,county,2023,5\n", 2),
        ("应急管理局,county,2022,9\n应急管理局,county,2024,5\n应急管理局,county,2025,6\n", 4),
    ] {
        let seen = approver.post("/plan/base", &[("table", &table(lines))]);
        assert_eq!(seen.problem(), (422, format!("field: line {at}, column count").as_str()), "{lines}");
        assert!(seen.text.contains("a base may only fall"));
    }
    let falls =
        "应急管理局,county,2025,4\n应急管理局,county,2024,5\n消防大队,county,2025,500\n应急管理局,township,2025,7\n";
    assert_eq!(approver.post("/plan/base", &[("table", &table(falls))]).status, 200);
}
