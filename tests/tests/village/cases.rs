//! Every shared case of a shown permit, judged by the page's own modules with the browser's WebCrypto.

use crate::devtools::Page;
use crate::stage::Village;
use serde_json::{Value, json};
use std::path::Path;
use wurao_protocol::key::{Signer, SoftwareKey};

/// The key that signs the lists of the shared cases.
fn server_key() -> String {
    hex::encode(SoftwareKey::from_bytes(&[0x11; 32]).unwrap().public().to_bytes())
}

/// What the page makes of a case, in the shape of the file.
const JUDGE: &str = r#"async (one, serverKey) => {
    const [{ judgeText }, { read }, { COLOURS }] =
        await Promise.all(["judge", "trust", "words"].map((name) => import(`/p/${name}.js`)));
    const bytes = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
    const hex = (all) => [...all].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const list = await read(bytes(one.trust), bytes(serverKey));
    const question = {
        site: one.site && bytes(one.site), now: one.now_s, clockDoubtful: one.clock_doubtful, challenge: one.challenge };
    const judged = await judgeText(one.text, list, question);
    const permit = judged.permit && {
        id: hex(judged.permit.id), number: judged.permit.visit.number, ad_hoc: judged.permit.visit.adHoc,
        body: judged.permit.visit.bodyName, purpose: judged.permit.visit.purpose, site: hex(judged.permit.visit.site),
        site_name: judged.permit.visit.siteName, team: judged.permit.visit.team.map((member) => member.name),
        not_before_s: judged.permit.notBefore, expires_s: judged.permit.expires, visits: judged.permit.visit.visits };
    return { expect: judged.code, colour: COLOURS[judged.code], as_of_s: judged.asOf ?? null, permit };
}"#;

#[test]
fn the_page_judges_every_shared_case_as_the_phones_do() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/protocol/tests/golden/presentations.json");
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert!(cases.len() > 50, "only {} cases", cases.len());
    let village = Village::new();
    let mut page = Page::open();
    page.go(&village.url("/p"));
    let key = server_key();
    for case in &cases {
        let seen = page.eval(&format!("({JUDGE})({case}, '{key}')"));
        let field = |name: &str| (name.to_owned(), case[name].clone());
        let expected: Value = ["expect", "colour", "as_of_s", "permit"].map(field).into_iter().collect();
        assert_eq!(seen, expected, "{}", case["name"]);
    }
    assert_ne!(page.eval(&format!("({JUDGE})({}, '{key}')", cases[0]))["expect"], json!("forged"));
}

#[test]
fn a_list_that_another_key_signed_is_not_taken() {
    let village = Village::new();
    let mut page = Page::open();
    page.go(&village.url("/p"));
    page.wait_for("document.documentElement.dataset.ready");
    let other = hex::encode(SoftwareKey::from_bytes(&[0x77; 32]).unwrap().public().to_bytes());
    let refused = format!(
        "import('/p/trust.js').then(async ({{ read }}) => {{
            const list = new Uint8Array(await (await fetch('/p/trust')).arrayBuffer());
            const key = Uint8Array.from('{other}'.match(/../g), (pair) => parseInt(pair, 16));
            return read(list, key).then(() => 'taken', (error) => error.message);
        }})"
    );
    assert_eq!(page.eval(&refused), "the list is not signed by the server's key");
    // Nor does a list of a lower sequence replace one of a higher.
    let lower = "wuraoStore.get('list').then(async (kept) => {
        await wuraoStore.keepList(kept.sequence - 1, new Uint8Array(1));
        return (await wuraoStore.get('list')).sequence === kept.sequence; })";
    assert_eq!(page.eval(lower), true);
}
