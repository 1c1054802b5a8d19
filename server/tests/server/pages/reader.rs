use super::county::{Reader, Two};

#[test]
fn a_language_asked_for_is_remembered() {
    let two = Two::new();
    let zhou = two.reader("zhou");
    assert!(zhou.page("/").contains("<html lang=\"en\">"), "the browser's");
    assert!(zhou.page("/?lang=zh").contains("<html lang=\"zh-Hans-CN\">"));
    let page = zhou.page("/phones");
    assert!(page.contains("<html lang=\"zh-Hans-CN\">") && page.contains("canary 县"));
    let refused = zhou.get("/?lang=%3Cscript%3E");
    assert!(refused.headers().get("set-cookie").is_none());
}

#[test]
fn every_file_of_the_pages_is_served_and_asked_for_again_only_when_it_has_changed() {
    let two = Two::new();
    let stranger = Reader::stranger(&two.world);
    for (name, content_type, bytes) in wurao_server::page::assets::FILES {
        let path = format!("/assets/{name}");
        let answer = stranger.get(&path);
        assert_eq!(answer.headers()["content-type"], *content_type);
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        let tag = answer.headers()["etag"].clone();
        assert_eq!(answer.bytes().unwrap(), *bytes);
        let client = reqwest::blocking::Client::new();
        let again = client.get(two.world.url(&path)).header("if-none-match", tag).send().unwrap();
        assert_eq!((again.status().as_u16(), again.bytes().unwrap().len()), (304, 0));
    }
    assert_eq!(stranger.get("/assets/..%2fCargo.toml").status(), 404);
}

#[test]
fn an_address_that_leads_nowhere_says_so_in_words() {
    let two = Two::new();
    let zhou = two.reader("zhou");
    for path in ["/nowhere", "/inspections/", "/inspections/zz", "/inspections/00/more"] {
        for reader in [&zhou, &Reader::stranger(&two.world)] {
            let answer = reader.get(path);
            let status = answer.status().as_u16();
            let words = answer.text().unwrap();
            if status == 303 {
                continue; // a page's address: a stranger is asked to sign in first
            }
            assert_eq!(status, 404, "{path}");
            assert!(words.contains("There is no such page"), "{path}");
        }
    }
}
