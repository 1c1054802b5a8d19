//! What every route tells the browser to refrain from.

use crate::support::World;
use reqwest::Method;
use reqwest::blocking::Client;
use reqwest::redirect::Policy;

/// The address of a route with something in its changing parts.
fn filled(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "x".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[test]
fn every_route_forbids_scripts_in_pages_frames_sniffing_sensors_and_what_leads_back() {
    let world = World::new();
    let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
    let (mut asked, mut of_phones) = (0, 0);
    let nowhere = wurao_server::Route { path: "/nowhere".to_owned(), methods: vec!["GET".to_owned()] };
    for route in wurao_server::routes().into_iter().chain([nowhere]) {
        for method in route.methods.iter().map(String::as_str).chain(["PROPFIND"]) {
            let path = filled(&route.path);
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let answer = client.request(method.clone(), world.url(&path)).send().unwrap();
            let header = |name: &str| {
                let values: Vec<_> = answer.headers().get_all(name).iter().collect();
                assert!(values.len() == 1, "{method} {path}: {name}: {values:?}");
                values[0].to_str().unwrap().to_owned()
            };
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert!(!answer.headers().contains_key("strict-transport-security"), "this is plain HTTP");
            assert!(!answer.headers().contains_key("access-control-allow-origin"), "{method} {path}");
            asked += 1;
            if route.path == "/v1/sync" || route.path == "/v1/uploads/{capability}" {
                // Phones' own: nothing there is a page, nor is any header that speaks of pages sent over a poor link.
                let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap());
                assert!(kind.is_none_or(|kind| kind.starts_with("text/plain")), "{method} {path}: {kind:?}");
                assert!(!answer.headers().contains_key("content-security-policy"), "{method} {path}");
                of_phones += 1;
                continue;
            }
            let village = path.eq_ignore_ascii_case("/p") || path.starts_with("/p/");
            let content = header("content-security-policy");
            assert!(content.contains("default-src"), "{method} {path}: {content}");
            assert!(!content.contains("unsafe") && !content.contains('*'), "{method} {path}: {content}");
            assert!(content.contains("frame-ancestors 'none'"), "{method} {path}: {content}");
            assert_eq!(header("referrer-policy"), if village { "no-referrer" } else { "same-origin" }, "{path}");
            assert_eq!(header("permissions-policy").contains("camera=(self)"), village, "{path}");
            assert!(header("permissions-policy").contains("geolocation=()"), "{path}");
            assert_eq!(header("x-frame-options"), "DENY");
            assert_eq!(header("cross-origin-opener-policy"), "same-origin");
            assert_eq!(header("cross-origin-resource-policy"), "same-origin");
        }
    }
    assert!(asked > 30 && of_phones > 3, "{asked}, {of_phones}");
}

#[test]
fn no_template_holds_a_script_a_style_or_a_handler() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut looked_at = 0;
    let mut folders = vec![folder.join("templates"), folder.join("assets")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "html" || kind == "svg") {
                let text = std::fs::read_to_string(&path).unwrap().to_lowercase();
                for line in text.lines() {
                    let inline = line.split("<script").skip(1).any(|rest| !rest.trim_start().starts_with(['t', 's']));
                    assert!(!inline, "{}: {line}", path.display());
                    assert!(!line.contains("<style"), "{}: {line}", path.display());
                    assert!(!line.contains(" style="), "{}: {line}", path.display());
                    assert!(!line.contains("javascript:"), "{}: {line}", path.display());
                    let handler = line.split_whitespace().any(|word| {
                        let name = word.split('=').next().unwrap_or_default();
                        word.contains('=') && name.starts_with("on") && name.len() > 3
                    });
                    assert!(!handler, "{}: {line}", path.display());
                }
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 10, "{looked_at}");
}
