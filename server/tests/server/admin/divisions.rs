use super::office::{Browser, DIVISIONS, furnished, set_up};
use crate::support::World;

const HEAD: &str = "code,name_zh,name_en,from,to,successors\n";

fn bring(office: &Browser<'_>, path: &str, table: &str) -> (u16, String) {
    let answer = office.bring(path, "table.csv", table.as_bytes());
    (answer.status().as_u16(), answer.text().unwrap())
}

/// The row of a site on the page.
fn site(office: &Browser<'_>, id: &str) -> String {
    let page = office.page("/admin/sites");
    page.split("<tr>").skip(1).find(|row| row.contains(id)).unwrap_or_else(|| panic!("{id}")).to_owned()
}

#[test]
fn a_table_with_a_fault_is_refused_whole_with_line_and_column() {
    let world = World::empty();
    let office = set_up(&world);
    assert_eq!(bring(&office, "/admin/divisions", DIVISIONS).0, 200);
    let before = office.page("/admin/divisions").matches("<tr>").count();
    let good = "431124102000,柳溪镇,,,,\n";
    for (line, says) in [
        ("43112410300,短镇,,,,", "Line 3, column code: a division code has 12 digits"),
        ("993124103000,外镇,,,,", "Line 3, column code: no province"),
        ("430024103000,外镇,,,,", "Line 3, column code: the zeros"),
        ("431124109201,孤村,,,,", "Line 3, column code: 431124109000 above it is not known"),
        ("431125103000,邻镇,,,,", "Line 3, column code: beyond your own area"),
        ("431124103000,,,,,", "Line 3, column name_zh: it must not be empty"),
        ("431124103000,\"a\u{202e}b\",,,,", "Line 3, column name_zh: it holds an invisible"),
        ("431124103000,\"a\nb\",,,,", "Line 3, column name_zh: it holds a line end"),
        ("431124103000,新镇,,14.9.2026,,", "Line 3, column from: a day is written"),
        ("431124103000,新镇,,2026-09-14,2026-09-13,", "Line 3, column to: the last day"),
        ("431124103000,新镇,,,,431124101000", "Line 3, column successors: there are successors"),
        ("431124101202,下村,,,2026-12-31,431124101000", "Line 3, column successors: the successor 431124101000"),
        ("431124101000,梅花镇,,,2026-12-31,431124102000", "Line 3, column to: 431124101201 below it goes on"),
        ("431124101202,下村,,2026-10-01,,", "Line 3, column from: this code is in force twice"),
        ("431124102000,柳溪镇,,,,", "Line 3, column code: the same stands"),
        ("431124103000,新镇,,,,,,,", "Line 3: it has other fields"),
    ] {
        let (status, page) = bring(&office, "/admin/divisions", &format!("{HEAD}{good}{line}\n"));
        assert_eq!(status, 422, "{line}: {page}");
        assert!(page.contains(says) && page.contains("Nothing was taken in"), "{line}: {page}");
    }
    let answer = office.bring("/admin/divisions", "gbk.csv", b"code,name_zh\n431124102000,\xc1\xf8\xcf\xaa\xd5\xf2\n");
    assert!(answer.text().unwrap().contains("Line 2: this is not UTF-8; in Excel, save as CSV UTF-8"));
    assert_eq!(bring(&office, "/admin/divisions", "").0, 422);
    assert!(bring(&office, "/admin/divisions", "name_zh\nx\n").1.contains("column code: the first line lacks"));
    assert_eq!(office.page("/admin/divisions").matches("<tr>").count(), before, "nothing was taken in");
    assert_eq!(
        world.entries("Table", "division"),
        DIVISIONS.lines().count() - 1,
        "an entry of the log for each division"
    );
}

#[test]
fn a_merge_moves_the_sites_to_the_successor_on_its_day_and_keeps_their_ids_and_history() {
    let world = World::empty();
    let (office, shangcun) = furnished(&world);
    // 14 September today; from the 17th on Shangcun is part of Zhongcun.
    let merge = format!("{HEAD}431124101201,上村,,,2026-09-16,431124101203\n");
    assert_eq!(bring(&office, "/admin/divisions", &merge).0, 200);
    let row = site(&office, &shangcun);
    assert!(row.contains("<code>431124101201</code>") && row.contains("Will be in <code>431124101203</code>"), "{row}");
    world.pass_days(2);
    drop(office);
    let office = Browser::signed_in(&world, "zhou", super::office::PASSWORD);
    assert!(site(&office, &shangcun).contains("Will be in"), "the last day");
    world.pass_days(1);
    let office = Browser::signed_in(&world, "zhou", super::office::PASSWORD);
    let row = site(&office, &shangcun);
    assert!(row.contains("Was in <code>431124101201</code> Until 2026-09-16"), "{row}");
    let data_cell = row.split("data-label=\"Division code\">").nth(1).unwrap();
    assert!(data_cell.starts_with("<code>431124101203</code>"), "{row}");
    // The abolished code takes no site any more, and says what it became.
    let (status, page) = bring(&office, "/admin/sites", "name_zh,name_en,division\n新点,,431124101201\n");
    assert_eq!(status, 422);
    assert!(
        page.contains("Line 2, column division: this division exists no more; it became 431124101203 中村"),
        "{page}"
    );
}

#[test]
fn a_site_that_comes_into_a_division_which_is_to_be_merged_moves_with_it() {
    let world = World::empty();
    let (office, _) = furnished(&world);
    let merge = format!("{HEAD}431124101202,下村,,,2026-09-20,431124101203\n");
    assert_eq!(bring(&office, "/admin/divisions", &merge).0, 200);
    let late = [("zh", "下村小学"), ("division", "431124101202")];
    assert_eq!(office.post("/admin/sites/add", &late).status(), 200);
    assert!(site(&office, "下村小学").contains("Will be in <code>431124101203</code> Since 2026-09-21"));
}

#[test]
fn a_split_waits_for_the_table_of_sites_to_say_which_goes_where() {
    let world = World::empty();
    let (office, shangcun) = furnished(&world);
    let split = format!(
        "{HEAD}431124101204,东村,,2026-09-14,,\n431124101205,西村,,2026-09-14,,\n\
         431124101201,上村,,,2026-09-13,431124101204 431124101205\n"
    );
    let (status, page) = bring(&office, "/admin/divisions", &split);
    assert_eq!(status, 200, "{page}");
    assert!(site(&office, &shangcun).contains("Needs a division"));
    let table = format!("name_zh,name_en,division,id\n上村,,431124101205,{shangcun}\n");
    let (status, page) = bring(&office, "/admin/sites", &table);
    assert!(status == 200 && page.contains("0 added, 1 changed"), "{page}");
    let row = site(&office, &shangcun);
    assert!(
        !row.contains("Needs a division") && row.contains("Was in <code>431124101201</code> Until 2026-09-13"),
        "{row}"
    );
    assert!(bring(&office, "/admin/sites", &table).1.contains("1 known already"));
}

#[test]
fn a_division_that_is_renamed_signs_its_sites_anew_and_keeps_the_old_name_in_the_list() {
    let world = World::empty();
    let (office, shangcun) = furnished(&world);
    let rename = format!("{HEAD}431124101000,梅花镇,,,2026-09-13,\n431124101000,梅花街道,,2026-09-14,,\n");
    let (status, page) = bring(&office, "/admin/divisions", &rename);
    assert!(status == 200 && page.contains("梅花镇") && page.contains("梅花街道"), "{page}");
    assert!(office.page("/").contains("梅花街道") && !office.page("/").contains("梅花镇"));
    assert!(site(&office, &shangcun).contains("431124101201"));
}

#[test]
fn sites_are_taken_in_once_renamed_by_id_and_refused_with_line_and_column() {
    let world = World::empty();
    let (office, shangcun) = furnished(&world);
    let again = "name_zh,name_en,division\n上村,Shangcun,431124101201\n";
    assert!(bring(&office, "/admin/sites", again).1.contains("0 added, 0 changed, 1 known"));
    let renamed = format!("name_zh,name_en,division,id\n上村新址,,431124101201,{shangcun}\n");
    assert!(bring(&office, "/admin/sites", &renamed).1.contains("1 changed"));
    assert!(site(&office, &shangcun).contains("上村新址"));
    for (line, says) in [
        ("上,,431125101201,", "beyond your own area"),
        ("上,,431124101999,", "there is no such division"),
        ("上,,43112410120,", "12 digits"),
        (",,431124101201,", "column name_zh: it must not be empty"),
        ("上,,431124101201,../../keys", "column id: an id has 32"),
    ] {
        let (status, page) = bring(&office, "/admin/sites", &format!("name_zh,name_en,division,id\n{line}\n"));
        assert!(status == 422 && page.contains("Line 2") && page.contains(says), "{line}: {page}");
    }
    let one = [("zh", "下村小学"), ("en", ""), ("division", "431124101202")];
    assert!(office.post("/admin/sites/add", &one).text().unwrap().contains("1 added"));
    let wrong = office.post("/admin/sites/add", &[("zh", "a\r\nb"), ("division", "431124101202")]);
    assert_eq!(wrong.status(), 422);
    assert_eq!(office.post("/admin/sites/add", &[("zh", "外"), ("division", "431125101202")]).status(), 403);
}
