//! The poster, from the office's page to the phone of a villager.

use crate::devtools::Page;
use crate::stage::Village;
use std::path::Path;
use wurao_tests::county::SUPERVISOR;

#[test]
fn a_supervisor_finds_and_prints_the_poster_of_a_village() {
    let village = Village::new();
    let mut page = Page::open();
    page.width(1000);
    page.go(&village.url("/login?lang=zh"));
    let (name, password) = SUPERVISOR;
    page.eval(&format!("document.querySelector('[name=name]').value = '{name}'"));
    page.eval(&format!("document.querySelector('[name=password]').value = '{password}'"));
    page.follow("document.querySelector('[name=password]').form.requestSubmit()");
    assert_eq!(page.eval("document.querySelectorAll('nav a[href=\"/feedback\"]').length"), 1);
    page.go(&village.url("/feedback?lang=zh"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    page.screenshot(&folder.join("village-feedback.zh.png"));
    page.follow("[...document.querySelectorAll('a')].find((link) => link.innerText === '石门村').click()");
    let poster = page.eval("document.querySelector('.poster').innerText").as_str().unwrap().to_owned();
    let address = page.eval("location.host").as_str().unwrap().to_owned();
    for part in ["石门村", &format!("{address}/p"), crate::stage::HOTLINE, "拒绝"] {
        assert!(poster.contains(part), "no {part}: {poster}");
    }
    assert!(
        page.eval("document.querySelector('.poster-code svg').getBoundingClientRect().width").as_f64() > Some(200.0)
    );
    page.screenshot(&folder.join("village-poster.zh.png"));
    assert_eq!(page.complaints, Vec::<String>::new());
}
