//! Forms that name what is not the sender's: each is refused, and the database stays as it was.

use super::Seen;
use super::ask::{Asker, Sent};
use super::mark::Reader;
use super::tree::{Tree, id};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use wurao_protocol::DocumentId;
use wurao_record::OpId;
use wurao_server::store::read;
use wurao_tests::Trouble;

type Fields<'a> = Vec<(&'a str, String)>;

/// Sends all of them as one reader.
pub(super) fn send(tree: &Tree, reader: &Reader, asker: &Asker, seen: &mut Seen<'_>) -> Result<(), Trouble> {
    // Nowhere that they reach, today or before, nor in any county around it or part of it.
    let elsewhere = |at: &usize| {
        let village = &tree.villages[*at];
        let apart = |code: &String| {
            let county = &code[..6];
            !reader.reaches(code) && !reader.grants.iter().any(|(_, area)| area.prefix.starts_with(county))
        };
        apart(&village.division) && village.before.as_ref().is_none_or(apart)
    };
    let Some(there) = (0..tree.villages.len()).find(elsewhere) else { return Ok(()) };
    let here = (0..tree.villages.len()).find(|at| reader.reaches(&tree.villages[*at].division));
    let before = rows(tree)?;
    for (path, sent) in forms(tree, reader, here, there) {
        let answer = asker.ask("POST", &path, sent)?;
        seen.look(reader, &format!("POST {path}"), &answer);
        // Those who are not signed in are sent to where one does.
        let sent_off = answer.status == 303 && String::from_utf8_lossy(&answer.headers).contains("/login");
        if !(400..500).contains(&answer.status) && !sent_off {
            let who = format!("{} {:?}", reader.name, reader.grants);
            seen.failures.push(format!("{who}: POST {path} naming village {there}: status {}", answer.status));
        }
    }
    for (table, hash) in rows(tree)? {
        if before.get(&table) != Some(&hash) {
            let who = format!("{} {:?}", reader.name, reader.grants);
            seen.failures.push(format!("{who} changed {table} by what names village {there}"));
        }
    }
    Ok(())
}

/// Every form that takes a name of something, with something of another village in it.
fn forms(tree: &Tree, reader: &Reader, here: Option<usize>, there: usize) -> Vec<(String, Sent)> {
    let (site, person) = (id("51", there), id("11", there));
    let county = format!("{}000000", &tree.villages[there].division[..6]);
    let mine = here.unwrap_or(there);
    let items = |at: usize, state: &str| {
        let wanted = tree.items.iter().find(|(_, village, name)| *village == at && *name == state);
        wanted.map_or_else(|| "0".repeat(32), |(id, ..)| id.clone())
    };
    let plan = |sites: &str, team: &str| {
        let fields = [("year", super::desk::year().to_string()), ("kind", "plan".into()), ("level", "county".into())];
        let more = [("zh", "X".to_owned()), ("site", sites.to_owned()), ("person", team.to_owned())];
        fields.into_iter().chain(more).collect::<Fields<'_>>()
    };
    let version = ("version", "2".to_owned());
    let said = |field: &'static str| vec![(field, "because".to_owned()), version.clone()];
    let mut forms: Vec<(String, Fields<'_>)> = vec![
        ("/plan/new".into(), plan(&site, &id("11", mine))),
        ("/plan/new".into(), plan(&id("51", mine), &person)),
        (format!("/plan/items/{}/edit", items(mine, "draft")), plan(&site, &id("11", mine))),
        (format!("/plan/items/{}/edit", items(there, "draft")), plan(&id("51", mine), &id("11", mine))),
        ("/phones/invite".into(), vec![("name", "X".into()), ("person", person.clone())]),
        (format!("/phones/{}/revoke", tree.phones[there].device), said("reason")),
        ("/admin/sites/add".into(), vec![("zh", "X".into()), ("division", tree.villages[there].division.clone())]),
        (format!("/admin/people/{person}/grant"), vec![("role", "auditor".into()), ("area", county.clone())]),
        (format!("/admin/people/{}/grant", id("11", mine)), vec![("role", "auditor".into()), ("area", county.clone())]),
        (format!("/admin/people/{person}/take-back"), vec![("role", "inspector".into())]),
        (format!("/admin/people/{person}/disable"), said("reason")),
        (format!("/admin/people/{person}/enable"), said("reason")),
        (format!("/admin/people/{person}/link"), said("reason")),
        (
            "/admin/people".into(),
            vec![
                ("name", "X".into()),
                ("login", "xx".into()),
                ("body", id("b1", 0)),
                ("area", county.clone()),
                ("role", "auditor".into()),
            ],
        ),
        (
            "/admin/accounts".into(),
            vec![("name", "X".into()), ("scope", county), ("days", "9".into()), ("read-plan", "on".into())],
        ),
    ];
    for step in ["submit", "take-back", "approve", "return", "withdraw"] {
        for state in ["draft", "submitted", "approved", "returned"] {
            forms.push((format!("/plan/items/{}/{step}", items(there, state)), said("comment")));
        }
    }
    let day = super::desk::today().to_string();
    let merge = |other: String| {
        vec![
            ("other", other),
            ("from", day.clone()),
            ("to", day.clone()),
            ("checklist", "0".repeat(64)),
            version.clone(),
            ("other_version", version.1.clone()),
        ]
    };
    forms.push((format!("/plan/items/{}/merge", items(mine, "submitted")), merge(items(there, "submitted"))));
    forms.push((format!("/plan/items/{}/merge", items(there, "submitted")), merge(items(mine, "submitted"))));
    let one = vec![("site", site.clone()), ("comment", "because".to_owned())];
    forms.push((format!("/plan/items/{}/withdraw", items(mine, "submitted")), one));
    let choose = |choice: &str| {
        vec![("choice", choice.to_owned()), ("reason", "because".into()), ("seen", i64::MAX.to_string())]
    };
    for document in documents(tree, there) {
        forms.push((format!("/held/{document}"), choose("accept")));
        forms.push((format!("/held/{document}"), choose("decline")));
        forms.extend(choice(tree, &document).map(|fields| (format!("/inspections/{document}/choices"), fields)));
    }
    for (record, document, _) in tree.lates.iter().filter(|(.., at)| *at == there) {
        // Under its own inspection, and under one of the reader's.
        for document in documents(tree, mine).iter().chain([document]) {
            forms.push((format!("/held/{document}/late/{record}"), choose("register")));
            forms.push((format!("/held/{document}/late/{record}"), choose("refuse")));
        }
    }
    for (account, area) in &tree.accounts {
        let inside = reader.grants.iter().any(|(_, own)| area.prefix.starts_with(&own.prefix));
        if !inside {
            forms.push((format!("/admin/accounts/{account}/revoke"), Vec::new()));
        }
    }
    let named = |fields: Fields<'_>| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let mut forms: Vec<_> = forms.into_iter().map(|(path, fields)| (path, Sent::Form(named(fields)))).collect();
    let draft = json!({"year": super::desk::year(), "kind": "plan", "level": "county", "zh": "X", "sites": [site]});
    forms.push(("/v1/api/plan".to_owned(), Sent::Json(draft)));
    let code = &tree.villages[there].division;
    let divisions = format!("code,name_zh,name_en,from,to,successors\n{code},X,,,,\n");
    forms.push(("/admin/divisions".to_owned(), Sent::Table(divisions)));
    let sites = format!("name_zh,name_en,division,id\nX,,{code},\n");
    forms.push(("/admin/sites".to_owned(), Sent::Table(sites)));
    // A foreign site is not brought home by its id.
    let home = &tree.villages[mine].division;
    forms.push((
        "/admin/sites".to_owned(),
        Sent::Table(format!("name_zh,name_en,division,id\nX,,{home},{}\n", id("51", there))),
    ));
    forms
}

/// The form that settles what is answered differently in an inspection, as its page has it for who may.
fn choice(tree: &Tree, document: &str) -> Option<Fields<'static>> {
    let document = document.parse::<DocumentId>().ok()?;
    let live = tree.write(move |tx, _, _| read::live_ops(tx, &document)).ok()?;
    let mut among: Vec<OpId> = live.iter().filter(|op| op.key == "beds@-").map(|op| op.id).collect();
    among.sort_unstable();
    let ids: Vec<String> = among.iter().map(OpId::to_string).collect();
    let chosen = ids.first().filter(|_| ids.len() > 1)?.clone();
    Some(vec![("key", "beds@-".to_owned()), ("among", ids.join(" ")), ("chosen", chosen)])
}

fn documents(tree: &Tree, at: usize) -> Vec<String> {
    let division = &tree.villages[at].division;
    let marks = tree.marks.iter().filter(|mark| mark.kind == "inspection" && mark.places[0].prefix == *division);
    marks.map(|mark| mark.text.clone()).collect()
}

/// What is in each table, as a hash; but for when tokens were used.
fn rows(tree: &Tree) -> Result<BTreeMap<String, [u8; 32]>, Trouble> {
    tree.write(|tx, _, _| {
        let sql =
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('service_account', 'blob', 'op')";
        let tables: Vec<String> = tx.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut hashes = BTreeMap::new();
        let accounts = "SELECT id, revoked_ms FROM service_account".to_owned();
        let all = tables.into_iter().map(|table| (table.clone(), format!("SELECT * FROM {table}")));
        for (table, sql) in all.chain([("service_account".to_owned(), accounts)]) {
            let mut statement = tx.prepare(&sql)?;
            let columns = statement.column_count();
            let (mut rows, mut hash) = (statement.query([])?, Sha256::new());
            while let Some(row) = rows.next()? {
                for column in 0..columns {
                    match row.get_ref(column)? {
                        rusqlite::types::ValueRef::Blob(bytes) | rusqlite::types::ValueRef::Text(bytes) => {
                            hash.update(bytes)
                        }
                        other => hash.update(format!("{other:?}")),
                    }
                    hash.update([0]);
                }
            }
            hashes.insert(table, hash.finalize().into());
        }
        Ok(hashes)
    })
}
