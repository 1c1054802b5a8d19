use super::county::{HOSTILE, Two, begin, blob, photo, push, put_all, say};
use crate::support::{DAY_MS, Push};
use serde_json::{Value, json};
use std::collections::HashSet;
use wurao_protocol::record::Void;
use wurao_record::{Map, Put, Scalar, add_row_puts, choose_puts, field};

#[test]
fn hostile_words_stay_words_from_the_workbook_and_the_phone_to_the_page() {
    let mut two = Two::new();
    begin(&mut two.sun, &two.world);
    let changes = [
        say(&mut two.sun, "generator@-", "no"),
        say(&mut two.sun, "generator#note@-", HOSTILE),
        say(&mut two.sun, "remark@-", HOSTILE),
        say(&mut two.sun, &format!("{HOSTILE}@-"), HOSTILE),
    ];
    push(&mut two.sun, &two.world, &changes.each_ref());
    let zhou = two.reader("zhou");
    for path in ["/", "/findings", &format!("/inspections/{}", two.document())] {
        for lang in ["zh", "en"] {
            let html = zhou.page(&format!("{path}?lang={lang}"));
            assert!(html.contains("canary&#60;script&#62;alert(1)"), "{path} shows the words");
            for live in ["<script>alert", "<img src=x", "\"'>"] {
                assert!(!html.contains(live), "{path} in {lang}: {live}");
            }
        }
    }
}

#[test]
fn nothing_of_a_voided_inspection_is_counted_or_listed() {
    let mut two = Two::new();
    begin(&mut two.sun, &two.world);
    let no = say(&mut two.sun, "generator@-", "no");
    let fuel = two.sun.answer("fuel", 15);
    push(&mut two.sun, &two.world, &[&no, &fuel]);
    let (zhou, listed) = (two.reader("zhou"), format!("/inspections/{}", two.document()));
    assert!(zhou.page("/findings?lang=en").contains(&listed));
    let overview = zhou.page("/?lang=en");
    assert!(overview.contains("On site since") && tile(&overview, "count-findings") != "0", "{overview}");

    let (sun, reason) = (&two.sun, "The wrong village".to_owned());
    let (document, person, actor, at) = (sun.document(), sun.person, sun.actor(), sun.at);
    let void = sun.seal(&Void { document, person, actor, reason, at });
    two.sun.sync(&two.world, &Push { records: vec![void], documents: vec![] });
    assert!(!zhou.page("/findings?lang=en").contains(&listed));
    let overview = zhou.page("/?lang=en");
    assert!(overview.contains(&listed) && overview.contains("Voided"), "it is still to be seen");
    assert!(!overview.contains("On site since"), "{overview}");
    assert_eq!(tile(&overview, "count-findings"), "0");
}

/// The number in a tile of the overview.
fn tile<'a>(html: &'a str, key: &str) -> &'a str {
    let tile = html.split(&format!("data-key=\"{key}\"")).nth(1).unwrap();
    tile.split("<b>").nth(1).unwrap().split("</b>").next().unwrap()
}

#[test]
fn a_conflict_is_shown_with_both_values_and_both_names_until_someone_chooses() {
    let mut two = Two::new();
    begin(&mut two.sun, &two.world);
    begin(&mut two.qian, &two.world);
    let yes = say(&mut two.sun, "generator@-", "yes");
    let (a, b) = (two.sun.answer("fuel", 40), two.qian.answer("fuel", 15));
    push(&mut two.sun, &two.world, &[&yes, &a]);
    push(&mut two.qian, &two.world, &[&b]);

    let zhou = two.reader("zhou");
    let html = zhou.inspection(two.document());
    let conflict = html.split("class=\"conflict\"").nth(1).unwrap().split("<table").next().unwrap();
    for part in ["Two people answered differently", "40", "15", "canary Sun", "canary Qian", "canary phone 1"] {
        assert!(conflict.contains(part), "{part} in {conflict}");
    }
    assert!(zhou.page("/").contains("1 conflict"));
    assert!(zhou.page("/findings").contains("(answered differently)"), "a finding from a value in dispute says so");
    let export = zhou.export(two.document());
    assert_eq!(export["conflicts"], 1);
    let fuel = export["values"].as_array().unwrap().iter().find(|value| value["key"] == "fuel@-").unwrap();
    let values: HashSet<&str> = fuel["values"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(values, HashSet::from(["40", "15"]));

    two.qian.sync(&two.world, &Push::default());
    let live = [a.ops[0].clone(), b.ops[0].clone()];
    let puts = choose_puts(&field(&live, &[]), Map::Answers, "fuel@-", &Scalar::Int(15));
    let choice = put_all(&mut two.qian, &puts);
    push(&mut two.qian, &two.world, &[&choice]);
    let html = zhou.inspection(two.document());
    assert!(!html.contains("class=\"conflict\"") && html.contains("Chosen by canary Qian"));
    let among = html.split("data-key=\"among-fuel@-\"").nth(1).unwrap().split("</details>").next().unwrap();
    assert!(among.contains("40") && among.contains("15") && among.contains("canary Sun"), "{among}");
    assert!(html.contains("Chose between differing answers"));
    assert_eq!(zhou.export(two.document())["conflicts"], 0);
}

#[test]
fn the_export_is_what_was_pushed() {
    let mut two = Two::new();
    let zhou = two.reader("zhou");
    let planned = zhou.export(two.document());
    assert_eq!((&planned["values"], &planned["answered"], &planned["questions"]), (&json!([]), &json!(0), &json!(3)));

    begin(&mut two.sun, &two.world);
    let row = add_row_puts("00000000000000aa", "lot", None, "0000000000001");
    let changes = [
        say(&mut two.sun, "generator@-", "no"),
        put_all(&mut two.sun, &row),
        say(&mut two.sun, "lot/item@00000000000000aa", "canary rice"),
        two.sun.put(Put::new(Map::Answers, "remark@-", Scalar::Null)),
    ];
    push(&mut two.sun, &two.world, &changes.each_ref());
    let export = zhou.export(two.document());
    assert_eq!(
        export["values"],
        json!([
            {"map": "answers", "key": "generator@-", "values": ["no"]},
            {"map": "answers", "key": "lot/item@00000000000000aa", "values": ["canary rice"]},
            {"map": "answers", "key": "remark@-", "values": [""]},
            {"map": "repeats", "key": "00000000000000aa.kind", "values": ["lot"]},
            {"map": "repeats", "key": "00000000000000aa.order", "values": ["0000000000001"]},
        ])
    );
    assert_eq!(
        export["findings"],
        json!([{"question": "generator", "instance": "-", "severity": "minor",
                "title": {"zh": "canary 发电机", "en": HOSTILE}}])
    );
    assert_eq!((&export["state"], &export["leaves"], &export["held_changes"]), (&json!("open"), &json!([]), &json!(0)));
    let all: Value = serde_json::from_str(&zhou.page("/export.json")).unwrap();
    let site = json!({"zh": HOSTILE, "en": HOSTILE});
    let row = json!({"document": two.document().to_string(), "site": site, "state": "open", "refused": null,
                     "withdrawn": false, "registered": null});
    assert_eq!(all, json!({"inspections": [row]}));
}

#[test]
fn a_photo_goes_from_announced_to_seen_and_is_served_byte_for_byte() {
    let mut two = Two::new();
    begin(&mut two.sun, &two.world);
    let change = say(&mut two.sun, "generator@-", "no");
    push(&mut two.sun, &two.world, &[&change]);
    let (thumbnail, rendition) = (b"canary thumbnail".as_slice(), b"canary rendition".as_slice());
    let entry = photo(&two.sun, "generator", thumbnail, rendition);
    two.sun.sync(&two.world, &Push { records: vec![entry], documents: Vec::new() });

    let zhou = two.reader("zhou");
    let address = format!("/blobs/{}", blob(rendition).sha256);
    let html = zhou.inspection(two.document());
    assert!(html.contains("1 photo still on a phone") && html.contains("Not verified") && !html.contains("/blobs/"));
    assert_eq!(zhou.get(&address).status(), 404, "announced is not here");
    let phones = zhou.page("/phones");
    assert!(phones.contains("Thumbnails <b>1</b>") && phones.contains("Renditions <b>1</b>"), "{phones}");

    two.arrive(thumbnail);
    two.arrive(rendition);
    let html = zhou.inspection(two.document());
    assert!(html.contains(&address) && html.contains("Rendition is here") && html.contains("Everything announced"));
    let exported = zhou.export(two.document())["photos"][0].clone();
    assert_eq!((&exported["signed"], &exported["rendition"]["url"]), (&json!(true), &json!(address)));
    let answer = zhou.get(&address);
    assert_eq!(answer.headers()["content-type"], "image/jpeg");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert!(answer.headers()["cache-control"].to_str().unwrap().starts_with("private"));
    assert_eq!(answer.bytes().unwrap(), rendition);
}

#[test]
fn a_photo_whose_file_is_gone_or_of_another_length_is_served_by_nobody_and_asked_for_again() {
    let mut two = Two::new();
    begin(&mut two.sun, &two.world);
    let (thumbnail, rendition) = (b"canary thumbnail".as_slice(), b"canary rendition".as_slice());
    let entry = photo(&two.sun, "generator", thumbnail, rendition);
    two.sun.sync(&two.world, &Push { records: vec![entry], documents: Vec::new() });
    two.arrive(thumbnail);
    two.arrive(rendition);
    let name = blob(rendition).sha256;
    let file = two.world.server().app().files().blob(&name);
    let zhou = two.reader("zhou");
    assert_eq!(zhou.get(&format!("/blobs/{name}")).status(), 200);

    let other: [Option<&[u8]>; 4] = [Some(b""), Some(b"canary"), Some(b"canary rendition and more"), None];
    for bytes in other {
        match bytes {
            Some(bytes) => std::fs::write(&file, bytes).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        let answer = zhou.get(&format!("/blobs/{name}"));
        assert_eq!((answer.status().as_u16(), &answer.headers()["cache-control"]), (404, &"no-store".parse().unwrap()));
        assert!(answer.text().unwrap().contains("There is no such page"), "{bytes:?}");
    }

    std::fs::write(&file, b"canary").unwrap();
    assert!(two.sun.sync(&two.world, &Push::default()).uploads.is_empty());
    two.world.stop();
    two.world.start();
    let offered = two.sun.sync(&two.world, &Push::default()).uploads;
    assert_eq!(offered.iter().map(|upload| upload.sha256).collect::<Vec<_>>(), [name]);
    let zhou = two.reader("zhou");
    assert_eq!(zhou.get(&format!("/blobs/{name}")).status(), 404);
    let html = zhou.inspection(two.document());
    assert!(!html.contains(&format!("/blobs/{name}")) && !html.contains("Everything announced"));
}

#[test]
fn a_photo_that_is_only_noted_is_shown_and_counted_until_its_entry_comes() {
    let mut two = Two::new();
    begin(&mut two.sun, &two.world);
    let no = say(&mut two.sun, "generator@-", "no");
    let note = Scalar::Text("generator@-".to_owned());
    let noted = two.sun.put(Put::new(Map::Evidence, blob(b"canary original").sha256.to_string(), note));
    let nulled = two.sun.put(Put::new(Map::Evidence, blob(b"canary withdrawn").sha256.to_string(), Scalar::Null));
    push(&mut two.sun, &two.world, &[&no, &noted, &nulled]);
    let zhou = two.reader("zhou");
    let html = zhou.inspection(two.document());
    let words = "1 photo noted, no picture has arrived or it cannot be shown";
    assert!(html.contains(words) && !html.contains("still on a phone") && !html.contains("Everything announced"));
    let album = html.split("class=\"album\"").nth(1).unwrap().split("</ul>").next().unwrap();
    for part in ["Noted on the phone; no picture has arrived", "canary Sun", "canary phone 1"] {
        assert!(album.contains(part), "{part} in {album}");
    }
    let county = zhou.page("/");
    assert!(county.contains(words) && county.contains("0 of 1"), "{county}");
    let chinese = zhou.page("/?lang=zh");
    assert!(chinese.contains("1 张照片已记下") && !zhou.page("/?lang=en").contains("张照片已记下"));

    let entry = photo(&two.sun, "generator", b"canary thumbnail", b"canary rendition");
    two.sun.sync(&two.world, &Push { records: vec![entry], documents: Vec::new() });
    let html = zhou.inspection(two.document());
    assert!(!html.contains(words) && html.contains("1 photo still on a phone"));
}

#[test]
fn what_is_required_and_not_there_is_said_once_somebody_has_left() {
    let mut two = Two::new();
    begin(&mut two.sun, &two.world);
    let first = say(&mut two.sun, "remark@-", "canary nothing else");
    push(&mut two.sun, &two.world, &[&first]);
    let zhou = two.reader("zhou");
    let page = format!("/inspections/{}", two.document());
    let (lacks, zh) = ("1 required answer missing", "缺 1 项必答");
    for path in ["/", &page] {
        let html = zhou.page(path);
        assert!(!html.contains(lacks), "who is at work is not done yet: {path}");
        assert!(html.contains("0 of 1") && html.contains("1 of 3"), "required, and all that is asked: {path}");
    }
    let leave = two.sun.leave();
    two.sun.sync(&two.world, &Push { records: vec![leave], documents: Vec::new() });
    for path in ["/", &page] {
        assert!(
            zhou.page(&format!("{path}?lang=en")).contains(lacks) && zhou.page(&format!("{path}?lang=zh")).contains(zh),
            "{path}"
        );
    }
}

#[test]
fn held_work_is_shown_with_its_author_its_reason_and_its_values() {
    let mut two = Two::new();
    begin(&mut two.sun, &two.world);
    begin(&mut two.qian, &two.world);
    let change = say(&mut two.sun, "generator@-", "yes");
    push(&mut two.sun, &two.world, &[&change]);
    two.qian.sync(&two.world, &Push::default());
    let (first, second) = (two.sun.leave(), two.qian.leave());
    two.sun.sync(&two.world, &Push { records: vec![first], documents: Vec::new() });
    let zhou = two.reader("zhou");
    assert!(zhou.inspection(two.document()).contains("Some have left"));
    two.qian.sync(&two.world, &Push { records: vec![second], documents: Vec::new() });
    let late = two.sun.answer("fuel", 77);
    push(&mut two.sun, &two.world, &[&late]);

    let html = zhou.inspection(two.document());
    let held = html.split("id=\"held\"").nth(1).unwrap().split("</section>").next().unwrap();
    for part in ["Written after its author had left", "canary Sun", "canary phone 1", "canary Fuel", "77"] {
        assert!(held.contains(part), "{part} in {held}");
    }
    assert!(html.contains("The inspection closed") && zhou.page("/").contains("1 held"));
    let export = zhou.export(two.document());
    assert_eq!((&export["state"], &export["held_changes"]), (&json!("closed"), &json!(1)));
    assert_eq!(export["leaves"].as_array().unwrap().len(), 2);
    let values = export["values"].as_array().unwrap();
    assert!(values.iter().all(|value| value["key"] != "fuel@-"), "what is held is not in force");
}

#[test]
fn an_answer_whose_question_no_longer_applies_is_kept_and_shown() {
    let mut two = Two::new();
    begin(&mut two.sun, &two.world);
    let yes = say(&mut two.sun, "generator@-", "yes");
    let fuel = two.sun.answer("fuel", 30);
    push(&mut two.sun, &two.world, &[&yes, &fuel]);
    let zhou = two.reader("zhou");
    let html = zhou.inspection(two.document());
    assert!(!html.contains("Also answered"));
    let days = html.split("data-key=\"field-days@-\"").nth(1).unwrap().split("</tr>").next().unwrap();
    assert!(days.contains("15") && days.contains("Calculated"), "{days}");

    let no = say(&mut two.sun, "generator@-", "no");
    push(&mut two.sun, &two.world, &[&no]);
    let html = zhou.inspection(two.document());
    let also = html.split("id=\"section-leftover\"").nth(1).unwrap();
    assert!(also.contains("canary Fuel") && also.contains("30"));
}

#[test]
fn the_same_answers_are_the_same_findings_a_year_later() {
    let mut two = Two::new();
    begin(&mut two.sun, &two.world);
    let no = say(&mut two.sun, "generator@-", "no");
    let tried = say(&mut two.sun, "tried@-", "2026-09-01");
    push(&mut two.sun, &two.world, &[&no, &tried]);
    let before = two.reader("zhou").export(two.document());
    assert_eq!(before["findings"].as_array().unwrap().len(), 1, "tried within thirty days of the visit");
    two.world.clock.set(crate::support::MORNING_MS + 365 * DAY_MS);
    let later = two.reader("zhou");
    assert_eq!(later.export(two.document()), before);
    let county = later.page("/");
    assert!(county.contains("No visit this year"), "the burden is this year's");
}

#[test]
fn ids_and_keys_are_unique_on_a_full_page() {
    let mut two = Two::new();
    begin(&mut two.sun, &two.world);
    let mut changes = vec![say(&mut two.sun, "generator@-", "no"), say(&mut two.sun, "generator#note@-", "canary")];
    for row in ["00000000000000aa", "00000000000000bb"] {
        changes.push(put_all(&mut two.sun, &add_row_puts(row, "lot", None, row)));
        changes.push(say(&mut two.sun, &format!("lot/item@{row}"), "canary rice"));
    }
    push(&mut two.sun, &two.world, &changes.iter().collect::<Vec<_>>());
    let html = two.reader("zhou").inspection(two.document());
    for what in [" id=\"", " data-key=\""] {
        let mut seen = HashSet::new();
        for value in html.split(what).skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(seen.insert(value), "{what}{value}");
        }
    }
    let table = html.split("class=\"repeat\"").nth(1).unwrap().split("</table>").next().unwrap();
    assert_eq!(table.matches("canary rice").count(), 2);
    assert!(html.contains("Remark: canary"));
}
