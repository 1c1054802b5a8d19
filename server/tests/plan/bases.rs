use crate::office::Office;

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
    let planner = office.desk("planner");
    assert_eq!(planner.post("/plan/base", &[("table", good)]).status, 403);
    assert!(!planner.get("/plan/base").text.contains("textarea"));
}
