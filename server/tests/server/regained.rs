//! Visits that are registered late under a permit which the server has lost, and their permit once the office has entered it again.

use super::held_rights::{administrator, in_force, photo, told};
use crate::support::{COUNTY, LI, Phone, Push, WANG, World};
use std::collections::BTreeSet;
use wurao_protocol::cbor::Bytes;
use wurao_protocol::envelope::{open, open_as};
use wurao_protocol::permit::Permit;
use wurao_protocol::record::{Cause, Decision, Kind, Late, Verdict, Void};
use wurao_protocol::sync::{Answer, Outcome, parts};
use wurao_protocol::{DocumentId, PermitId, PersonId, Problem, SiteId};
use wurao_record::{Genesis, GenesisSeed, History as _, Ledger, Scalar, change_hash};
use wurao_server::county::{self, Loaded};

/// The lost permit.
const LOST: PermitId = PermitId([0xc2; 16]);
const HERE: SiteId = SiteId([0x51; 16]);
const ELSEWHERE: SiteId = SiteId([0x52; 16]);

/// The phones of Li, Wang and Zhao, which have heard all that there is.
fn ready(world: &World) -> [Phone; 3] {
    let mut phones = world.phones();
    phones[0].sync(world, &Push::default());
    let permit = phones[0].permit.clone();
    for phone in &mut phones {
        phone.sync(world, &Push::default());
        phone.permit.clone_from(&permit);
    }
    phones
}

/// Loads the county with these permits beside its own, each for this team at the first site; there is another site.
fn enter(world: &World, permits: &[PermitId], team: &[PersonId]) -> Loaded {
    let mut text = COUNTY.replace(
        "\"sites\": [{",
        "\"sites\": [{\"id\": \"52525252525252525252525252525252\", \"name\": {\"zh\": \"下村\", \"en\": \"Xiacun\"}, \
         \"division\": \"431124101203\"}, {",
    );
    let team: Vec<String> = team.iter().map(|person| format!("\"{person}\"")).collect();
    let team = team.join(", ");
    for permit in permits {
        let plan = format!(
            "\"plan\": [{{\"id\": \"{permit}\", \"year\": 2026, \"body\": \"b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0\", \
             \"purpose\": {{\"zh\": \"复查\", \"en\": \"Once more\"}}, \"sites\": [\"{HERE}\"], \"checklist\": \"supplies\", \
             \"team\": [{team}], \"from\": \"today\", \"to\": \"today+2\", \"minutes\": 90}}, "
        );
        let entry = format!(
            "\"permits\": [{{\"id\": \"{permit}\", \"plan_item\": \"{permit}\", \"site\": \"{HERE}\", \"from\": \"today\", \
             \"to\": \"today+2\"}}, "
        );
        text = text.replace("\"plan\": [", &plan).replace("\"permits\": [", &entry);
    }
    let path = world.folder.path().join("again.json");
    std::fs::write(&path, text).unwrap();
    county::load(world.server().app(), &path).unwrap()
}

/// The late registration of a visit under this permit, which the phone works in from now on.
fn late(phone: &mut Phone, permit: PermitId, site: SiteId, standing: &str) -> Late {
    let mut held = phone.permit.clone().unwrap();
    (held.id, held.visit.site) = (permit, site);
    let checklist = held.visit.checklist;
    let seed = GenesisSeed { permit: permit.0, site: site.0, checklist: checklist.0 };
    held.visit.document = DocumentId(Genesis::new(&seed).document().0);
    (phone.permit, phone.ledger) = (Some(held), Ledger::new());
    Late {
        document: phone.document(),
        permit,
        site,
        checklist,
        person: phone.person,
        actor: phone.actor(),
        cause: Cause::Urgent,
        reason: "山体滑坡".to_owned(),
        standing: standing.to_owned(),
        at: phone.at,
    }
}

/// Brings a late registration, an answer and what follows; the page at which it is decided.
fn registers(world: &World, phone: &mut Phone, standing: &str, then: impl FnOnce(&Phone) -> Vec<Vec<u8>>) -> String {
    let session = phone.session();
    let late = late(phone, LOST, HERE, standing);
    let record = phone.seal(&late);
    let change = phone.answer("water", 7);
    let mut push = phone.covered(&[&change]);
    push.records.splice(0..0, [session, record.clone()]);
    push.records.extend(then(phone));
    assert_eq!(told(&phone.sync(world, &push)), (Outcome::Held, Some(Problem::LateRegistration)));
    format!("/held/{}/late/{}", late.document, open_as::<Late>(&record).unwrap().envelope.id)
}

fn decide(world: &World, login: &str, path: &str, choice: &str) {
    let form = [("choice", choice), ("reason", "有理由"), ("seen", "99999999999999")];
    assert_eq!(world.page_of(login).post(world.url(path)).form(&form).send().unwrap().status(), 303, "{path}");
}

fn is_closed(world: &World, document: DocumentId) -> bool {
    let sql = "SELECT closed_ms IS NOT NULL FROM inspection WHERE document = ?1";
    world.write(move |tx, _, _| Ok(tx.query_row(sql, [document.0], |row| row.get(0))?))
}

/// What the phone is told of decisions: what was decided, of how many things, and why.
fn decisions(world: &World, phone: &mut Phone) -> Vec<(Verdict, usize, Option<String>)> {
    let fed = phone.sync(world, &Push::default()).feed;
    assert_eq!(fed.documents.len(), 0, "what others found");
    let told = fed.records.iter().filter_map(|record| open_as::<Decision>(&record.0).ok());
    told.map(|told| (told.body.verdict, told.body.heads.len(), told.body.reason)).collect()
}

fn verify(world: &World) {
    let verified = world.command(&["audit", "verify", "--data", "DATA"]);
    assert!(verified.is_ok(), "{verified:?}");
}

#[test]
fn a_visit_under_a_lost_permit_stays_open_for_a_team_that_is_not_known_yet() {
    let world = World::new();
    let [mut li, mut wang, _] = ready(&world);
    let path = registers(&world, &mut li, "expired", |li| vec![li.leave()]);
    decide(&world, "gao", &path, "register");
    let document = li.document();
    assert_eq!(in_force(&world, document), [Scalar::Int(7)]);
    assert!(!is_closed(&world, document), "Li has left, and who else is to come the server has forgotten");
    // Whoever comes to the team hears of what was there before.
    wang.sync(&world, &Push::default());

    assert_eq!(enter(&world, &[LOST], &[LI, WANG]).left_out, Vec::<String>::new());
    let fed = wang.sync(&world, &Push::default()).feed;
    assert_eq!((wang.document(), fed.documents.len(), wang.ledger.heads().unwrap().len()), (document, 1, 1));
    let (_, push) = wang.begins(8);
    assert_eq!(told(&wang.sync(&world, &push)), (Outcome::Ok, None));
    assert!(!is_closed(&world, document));
    wang.sync(&world, &Push { records: vec![wang.leave()], documents: vec![] });
    assert!(is_closed(&world, document));
    verify(&world);
}

#[test]
fn a_visit_under_a_lost_permit_closes_once_that_is_here_and_its_whole_team_has_left() {
    let world = World::new();
    let [mut li, ..] = ready(&world);
    let path = registers(&world, &mut li, "expired", |li| vec![li.leave()]);
    decide(&world, "gao", &path, "register");
    enter(&world, &[LOST], &[LI]);
    assert!(is_closed(&world, li.document()));
    verify(&world);
}

#[test]
fn a_visit_under_a_permit_that_never_was_closes_when_who_made_it_has_left_and_any_after_ten_days() {
    for (standing, closed) in [("no-permit", true), ("expired", false)] {
        let world = World::new();
        let [mut li, ..] = ready(&world);
        let path = registers(&world, &mut li, standing, |li| vec![li.leave()]);
        decide(&world, "gao", &path, "register");
        assert_eq!(is_closed(&world, li.document()), closed, "{standing}");
        world.pass_days(11);
        li.sync(&world, &Push::default());
        assert!(is_closed(&world, li.document()), "{standing}");
    }
}

#[test]
fn who_is_not_on_a_permit_s_team_is_told_nothing_of_its_visit_and_has_no_part_in_it_until_somebody_says_so() {
    let world = World::new();
    let [mut li, _, mut zhao] = ready(&world);
    let path = registers(&world, &mut zhao, "expired", |zhao| {
        let (document, person, actor, at) = (zhao.document(), zhao.person, zhao.actor(), zhao.at);
        vec![zhao.leave(), zhao.seal(&Void { document, person, actor, reason: "走错了村".to_owned(), at })]
    });
    enter(&world, &[LOST], &[LI, WANG]);
    let document = zhao.document();
    li.sync(&world, &Push::default());
    assert_eq!(li.document(), document);
    let (_, push) = li.begins(8);
    assert_eq!(told(&li.sync(&world, &push)), (Outcome::Ok, None));
    let told_zhao = |zhao: &mut Phone| zhao.sync(&world, &Push::default()).feed.documents.len();
    assert_eq!(told_zhao(&mut zhao), 0, "what Li found");

    // Registered it is a visit of Zhao's; whether it is one under this permit is another question.
    decide(&world, "gao", &path, "register");
    assert_eq!((in_force(&world, document), told_zhao(&mut zhao)), (vec![Scalar::Int(8)], 0));
    let more = zhao.answer("remark", 1);
    let more = zhao.covered(&[&more]);
    assert_eq!(told(&zhao.sync(&world, &more)), (Outcome::Held, Some(Problem::PermitState)));
    let voided = "SELECT COUNT(*) FROM inspection WHERE voided_ms IS NOT NULL";
    assert_eq!(world.write(move |tx, _, _| Ok(tx.query_row::<i64, _, _>(voided, [], |row| row.get(0))?)), 0);
    let shown = world.page_of("chen").get(world.url("/held?lang=en")).send().unwrap().text().unwrap();
    assert!(shown.contains("not on the permit&#39;s team") || shown.contains("not on the permit's team"), "{shown}");
    verify(&world);

    decide(&world, "chen", &format!("/held/{document}"), "decline");
    assert_eq!(in_force(&world, document), [Scalar::Int(8)]);
    verify(&world);
}

#[test]
fn what_was_registered_before_its_permit_came_back_stays_in_force_and_its_author_hears_no_more() {
    let world = World::new();
    let [mut li, _, mut zhao] = ready(&world);
    let path = registers(&world, &mut zhao, "expired", |_| Vec::new());
    decide(&world, "gao", &path, "register");
    let document = zhao.document();
    zhao.sync(&world, &Push::default());
    enter(&world, &[LOST], &[LI, WANG]);
    li.sync(&world, &Push::default());
    assert_eq!(in_force(&world, document), [Scalar::Int(7)]);
    let (_, push) = li.begins(8);
    assert_eq!(told(&li.sync(&world, &push)), (Outcome::Ok, None));
    assert_eq!(in_force(&world, document), [Scalar::Int(8)], "Li has seen what was there");
    assert_eq!(zhao.sync(&world, &Push::default()).feed.documents.len(), 0);
    verify(&world);
}

#[test]
fn a_permit_under_whose_name_another_site_was_registered_is_left_out_and_named_and_the_rest_is_loaded() {
    let world = World::new();
    let [_, _, mut zhao] = ready(&world);
    assert_eq!(enter(&world, &[], &[]).added, 1, "the other site");
    let session = zhao.session();
    let late = late(&mut zhao, LOST, ELSEWHERE, "expired");
    let push = Push { records: vec![session, zhao.seal(&late)], documents: vec![] };
    assert_eq!(zhao.sync(&world, &push).records[1].outcome, Outcome::Held);

    let other = PermitId([0xc3; 16]);
    let loaded = enter(&world, &[LOST, other], &[LI, WANG]);
    assert_eq!((loaded.added, loaded.left_out.len()), (3, 1), "two items and one permit");
    let named = format!("permits[1] {LOST}: registered late for another site or checklist");
    assert_eq!(loaded.left_out.join(""), named);
    let path = world.folder.path().join("again.json");
    let printed = world.command(&["load", "--data", "DATA", path.to_str().unwrap()]).unwrap();
    assert_eq!(printed, format!("0 added\nleft out: {named}\n"));
    verify(&world);
}

#[test]
fn whose_work_is_decided_on_is_told_so_on_the_team_or_not() {
    for (choice, verdict) in [("accept", Verdict::Accepted), ("decline", Verdict::Declined)] {
        let world = World::new();
        let [mut li, _, mut zhao] = ready(&world);
        let path = registers(&world, &mut zhao, "expired", |zhao| vec![zhao.leave()]);
        enter(&world, &[LOST], &[LI, WANG]);
        assert_eq!(decisions(&world, &mut zhao), []);
        let reason = Some("有理由".to_owned());
        decide(&world, "gao", &path, "register");
        assert_eq!(decisions(&world, &mut zhao), [(Verdict::Registered, 1, reason.clone())]);
        decide(&world, "chen", &format!("/held/{}", zhao.document()), choice);
        assert_eq!(decisions(&world, &mut zhao), [(verdict, 2, reason.clone())], "the answer and the leave");
        assert_eq!(decisions(&world, &mut zhao), [], "each once");
        let told: Vec<_> = li.sync(&world, &Push::default()).feed.records;
        let told = told.iter().filter_map(|record| open_as::<Decision>(&record.0).ok());
        assert_eq!(told.map(|told| told.body.verdict).collect::<Vec<_>>(), [Verdict::Registered, verdict]);
        verify(&world);
    }
}

#[test]
fn what_was_decided_before_the_permit_came_back_is_told_to_who_falls_off_the_team_by_it() {
    let world = World::new();
    let [_, _, mut zhao] = ready(&world);
    let path = registers(&world, &mut zhao, "expired", |_| Vec::new());
    decide(&world, "gao", &path, "refuse");
    enter(&world, &[LOST], &[LI, WANG]);
    assert_eq!(decisions(&world, &mut zhao), [(Verdict::NotRegistered, 1, Some("有理由".to_owned()))]);
    verify(&world);
}

#[test]
fn the_rest_of_a_visit_comes_in_after_its_permit_and_is_held_with_what_a_colleague_wrote_upon_it() {
    let world = World::new();
    let [mut li, mut wang, mut zhao] = ready(&world);
    let path = registers(&world, &mut zhao, "expired", |_| Vec::new());
    let document = zhao.document();
    // Without a network Zhao goes on and hands over to Li.
    let second = zhao.answer("water", 8);
    enter(&world, &[LOST], &[LI]);
    li.sync(&world, &Push::default());
    assert_eq!(li.document(), document);
    li.ledger = zhao.ledger.clone();
    let (_, upon) = li.begins(9);

    let waits = (Outcome::Held, Some(Problem::LateRegistration));
    let rest = zhao.covered(&[&second]);
    assert_eq!(told(&zhao.sync(&world, &rest)), waits);
    assert_eq!(told(&li.sync(&world, &upon)), waits, "it stands on what waits");
    let photo = photo(&zhao, zhao.at, 1, 1);
    assert_eq!(zhao.sync(&world, &Push { records: vec![photo], documents: vec![] }).records[0].outcome, Outcome::Held);
    decide(&world, "gao", &path, "register");
    assert_eq!(in_force(&world, document), []);

    // Who registered nothing before the permit came has no part in it, nor has who would now.
    let session = wang.session();
    let registration = late(&mut wang, LOST, HERE, "expired");
    let foreign = wang.answer("water", 3);
    let mut push = wang.covered(&[&foreign]);
    push.records.splice(0..0, [session, wang.seal(&registration)]);
    let answer = wang.sync(&world, &push);
    assert_eq!(answer.records[1].problem, Some(Problem::NotOnTeam));
    assert_eq!(told(&answer), (Outcome::Refused, Some(Problem::NotOnTeam)));

    decide(&world, "chen", &format!("/held/{document}"), "accept");
    assert_eq!(in_force(&world, document), [Scalar::Int(9)]);
    // The visit was accepted once, with what is still to come of it; to void that of the team is something else.
    let third = zhao.answer("remark", 1);
    let rest = zhao.covered(&[&third]);
    let answer = zhao.sync(&world, &rest);
    assert_eq!((told(&answer), answer.feed.documents.len()), ((Outcome::Ok, None), 0));
    let (person, actor, at) = (zhao.person, zhao.actor(), zhao.at);
    let void = zhao.seal(&Void { document, person, actor, reason: "走错了村".to_owned(), at });
    let answer = zhao.sync(&world, &Push { records: vec![void], documents: vec![] });
    assert_eq!((answer.records[0].outcome, answer.records[0].problem), (Outcome::Held, Some(Problem::PermitState)));
    verify(&world);
}

#[test]
fn who_joins_by_a_permit_that_came_back_is_told_of_each_thing_once_and_of_the_permit_first() {
    for case in ["in the middle", "from the beginning", "let in again"] {
        let world = World::new();
        let [mut li, mut wang, _] = ready(&world);
        let path = registers(&world, &mut li, "expired", |_| Vec::new());
        decide(&world, "gao", &path, "register");
        // Wang has heard of all up to here, and something comes after that and before the permit.
        wang.sync(&world, &Push::default());
        let second = li.answer("water", 8);
        let push = li.covered(&[&second]);
        assert_eq!(told(&li.sync(&world, &push)), (Outcome::Ok, None));
        enter(&world, &[LOST], &[LI, WANG]);
        match case {
            "from the beginning" => wang.cursor = Bytes::default(),
            "let in again" => {
                let office = administrator(&world);
                for deed in ["disable", "enable"] {
                    let path = world.url(&format!("/admin/people/{WANG}/{deed}"));
                    assert_eq!(office.post(path).send().unwrap().status(), 303, "{deed}");
                }
            }
            _ => {}
        }
        let third = li.answer("remark", 1);
        let push = li.covered(&[&third]);
        assert_eq!(told(&li.sync(&world, &push)), (Outcome::Ok, None));

        // Each thing comes in an answer of its own.
        wang.limit = 1;
        let (mut records, mut changes, mut joined, mut more) = (Vec::new(), Vec::new(), false, true);
        while more {
            // By hand: this phone would go over to each permit that it is told of anew.
            let body = wang.body(&Push::default());
            let (_, body) = wang.post(&world.url("/v1/sync"), body);
            let answer = Answer::of_parts(parts::all(&body).unwrap()).unwrap();
            wang.cursor = answer.cursor;
            for record in &answer.feed.records {
                joined |= open_as::<Permit>(&record.0).is_ok_and(|permit| permit.body.id == LOST);
                let record = open(&record.0).unwrap();
                let is_of_it = matches!(record.kind, Kind::Late | Kind::Session | Kind::Decision);
                records.extend(is_of_it.then_some(record.id));
            }
            for entry in answer.feed.documents {
                // Letting them in again signs the permits anew, which come behind all else.
                assert!(joined || case == "let in again", "{case}: a change before its permit");
                changes.extend(entry.changes.iter().map(|change| change_hash(&change.0).unwrap()));
            }
            more = answer.more;
        }
        assert_eq!((changes.len(), &changes[1..]), (3, &[second.row.hash, third.row.hash][..]), "{case}");
        assert_eq!((records.len(), records.iter().collect::<BTreeSet<_>>().len()), (3, 3), "{case}");
        verify(&world);
    }
}
