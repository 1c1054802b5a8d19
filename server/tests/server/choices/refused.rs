use super::scene::{Form, Scene};
use crate::support::{LI, Push};
use wurao_protocol::record::{Stamp, Void};
use wurao_record::{OpId, Scalar};

/// Records and changes there are: refused, nothing is added.
fn kept(scene: &Scene) -> (i64, i64, i64) {
    let count = |sql: &'static str| scene.world.write(move |tx, _, _| Ok(tx.query_row(sql, [], |row| row.get(0))?));
    (
        count("SELECT COUNT(*) FROM record"),
        count("SELECT COUNT(*) FROM change"),
        count("SELECT COUNT(*) FROM audit_entry"),
    )
}

/// Somebody of this login gets another role instead of all they had; they sign in like everybody.
fn becomes(scene: &Scene, login: &'static str, role: &'static str) {
    scene.world.write(move |tx, _, _| {
        let password =
            "UPDATE person SET password = (SELECT password FROM person WHERE login = 'gao') WHERE login = ?1";
        tx.execute(password, [login])?;
        tx.execute("DELETE FROM role_grant WHERE person = (SELECT id FROM person WHERE login = ?1)", [login])?;
        let grant =
            "INSERT INTO role_grant (person, role, prefix) SELECT id, ?2, '431124' FROM person WHERE login = ?1";
        tx.execute(grant, [login, role])?;
        Ok(())
    });
}

#[test]
fn who_supervises_elsewhere_or_does_something_else_here_cannot_choose() {
    let scene = Scene::new();
    let (form, before) = (scene.form("chen", "14"), kept(&scene));
    assert_eq!(scene.sends("zhou", &form).0, 404, "another county");
    for (role, status) in [("planner", 403), ("auditor", 403), ("administrator", 403), ("inspector", 403)] {
        becomes(&scene, "chen", role);
        assert_eq!(scene.sends("chen", &form).0, status, "{role}");
        if role != "inspector" {
            let page = scene.page("chen");
            assert!(page.contains("class=\"conflict\"") && !page.contains("class=\"choose\""), "{role}: {page}");
        }
    }
    let nobody = reqwest::blocking::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    assert_eq!(nobody.post(scene.world.url(&scene.path())).form(&[("key", "x")]).send().unwrap().status(), 303);
    let foreign = scene.world.page_of("gao").post(scene.world.url(&scene.path())).header("origin", "http://elsewhere");
    assert_eq!(foreign.form(&[("key", "x")]).send().unwrap().status(), 403);
    assert_eq!(kept(&scene), before);
    for role in ["supervisor", "approver"] {
        let scene = Scene::new();
        becomes(&scene, "chen", role);
        assert_eq!(scene.sends("chen", &scene.form("chen", "14")).0, 303, "{role}");
    }
}

#[test]
fn nobody_chooses_where_they_answered_themselves_however_that_stands_now() {
    for role in ["supervisor", "approver"] {
        let mut scene = Scene::new();
        let form = scene.form("chen", "14");
        becomes(&scene, "li", role);
        let before = kept(&scene);
        let (status, page) = scene.sends("li", &form);
        assert_eq!((status, kept(&scene)), (403, before), "{role}");
        assert!(page.contains("You answered this yourself") && !page.contains("class=\"choose\""), "{page}");
        // Wang changes what Li said: it is in force no more, and still Li's.
        scene.wang.sync(&scene.world, &Push::default());
        let over = scene.wang.answer("water", 16);
        scene.pushes(false, vec![], &[&over]);
        assert!(!scene.page("li").contains("class=\"choose\""));
        assert_eq!(scene.water(), [Scalar::Int(16)]);
    }
}

#[test]
fn nothing_is_chosen_among_what_somebody_has_not_seen() {
    let mut scene = Scene::new();
    let stale = scene.form("chen", "14");
    let third = scene.li.answer("water", 15);
    scene.pushes(true, vec![], &[&third]);
    let before = kept(&scene);
    let (status, page) = scene.sends("chen", &stale);
    assert_eq!((status, kept(&scene)), (409, before));
    assert!(page.contains("Another value has come since this page was made"), "{page}");
    assert!(page.contains("class=\"choose\"") && page.contains("15"), "the page as it is now: {page}");
    assert_eq!(scene.water(), [Scalar::Int(14), Scalar::Int(15)], "both stand");
    assert_eq!(scene.sends("chen", &scene.form("chen", "15")).0, 303);
}

#[test]
fn a_form_sent_twice_chooses_once_and_one_sent_by_two_is_the_first_one_s() {
    let scene = Scene::new();
    let form = scene.form("chen", "14");
    assert_eq!(scene.sends("chen", &form).0, 303);
    let before = kept(&scene);
    assert_eq!((scene.sends("chen", &form).0, kept(&scene)), (303, before));
    let other =
        Form { chosen: form.among.split(' ').find(|op| **op != form.chosen).unwrap().to_owned(), ..form.clone() };
    for (login, form) in [("gao", &form), ("chen", &other)] {
        let (status, page) = scene.sends(login, form);
        assert_eq!((status, kept(&scene)), (409, before), "{login}");
        assert!(page.contains("there is nothing to choose between any more"), "{page}");
    }
    assert_eq!(scene.water(), [Scalar::Int(14)]);
}

#[test]
fn a_form_that_no_page_made_chooses_nothing() {
    let scene = Scene::new();
    let (good, before) = (scene.form("chen", "14"), kept(&scene));
    let with = |change: &dyn Fn(&mut Form)| {
        let mut form = good.clone();
        change(&mut form);
        scene.sends("chen", &form)
    };
    let mut id: OpId = good.chosen.parse().unwrap();
    id.counter += 1;
    let one = good.chosen.clone();
    let cases: [(&str, (u16, String), u16); 8] = [
        ("a value of its own", with(&|form| form.chosen = "15".to_owned()), 422),
        ("a put that is not there", with(&|form| form.chosen = id.to_string()), 422),
        ("among one of two", with(&|form| form.among.clone_from(&one)), 409),
        ("among what is not there", with(&|form| form.among = format!("{one} {id}")), 409),
        ("among nothing", with(&|form| form.among = String::new()), 422),
        ("among words", with(&|form| form.among = "all of them".to_owned()), 422),
        ("a question that nobody answered", with(&|form| form.key = "remark@-".to_owned()), 409),
        ("no question", with(&|form| form.key = "x".repeat(3000)), 409),
    ];
    for (case, (status, _), due) in cases {
        assert_eq!(status, due, "{case}");
    }
    assert_eq!(kept(&scene), before);
    let unknown = format!("/inspections/{}/choices", "0".repeat(32));
    let fields = [("key", good.key.as_str()), ("among", &good.among), ("chosen", &good.chosen)];
    for path in [unknown.as_str(), "/inspections/x/choices"] {
        assert_eq!(scene.world.page_of("chen").post(scene.world.url(path)).form(&fields).send().unwrap().status(), 404);
    }
    // Whoever comes back to the address of a form that was refused is led to the page.
    let back = scene.world.page_of("chen").get(scene.world.url(&scene.path())).send().unwrap();
    assert_eq!(
        (back.status().as_u16(), back.headers()["location"].to_str().unwrap()),
        (303, &*scene.path().replace("/choices", ""))
    );
}

#[test]
fn a_voided_inspection_counts_for_nothing_and_nothing_is_chosen_in_it() {
    let mut scene = Scene::new();
    let form = scene.form("chen", "14");
    let (document, person, actor) = (scene.document(), LI, scene.li.actor());
    let at = Stamp { wall_ms: scene.li.at.wall_ms + 60_000, ..scene.li.at };
    let void = scene.li.seal(&Void { document, person, actor, reason: "走错了村".to_owned(), at });
    scene.world.pass_minutes(1);
    scene.li.sync(&scene.world, &Push { records: vec![void], documents: vec![] });
    let before = kept(&scene);
    let (status, page) = scene.sends("chen", &form);
    assert_eq!((status, kept(&scene)), (409, before));
    assert!(page.contains("this inspection was voided") && !page.contains("class=\"choose\""), "{page}");
}
