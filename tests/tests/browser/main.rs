//! The supervisors' page of a running demo in a real browser, at laptop and phone width, in Chinese and English.
//!
//! Needs Chromium: `tests/run` sees to it, then runs `cargo test -p wurao-tests --test browser`. Pictures of what was
//! seen lie in `target/screenshots` afterwards.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a story that cannot go on has failed")]

mod devtools;

use devtools::Page;
use std::path::{Path, PathBuf};
use wurao_tests::county::SUPERVISOR;
use wurao_tests::process::Process;

const WIDTHS: [u32; 2] = [1366, 390];

struct Words {
    language: &'static str,
    villages: [&'static str; 6],
    conflict: &'static str,
}

const WORDS: [Words; 2] = [
    Words {
        language: "zh",
        villages: ["石门村", "白杨村", "松岭村", "竹溪村", "柳湾村", "云台村"],
        conflict: "均已保留",
    },
    Words {
        language: "en",
        villages: [
            "Shimen Village",
            "Baiyang Village",
            "Songling Village",
            "Zhuxi Village",
            "Liuwan Village",
            "Yuntai Village",
        ],
        conflict: "both are kept",
    },
];

/// Starts the demo; it and the address of its page.
fn demo(data: &Path) -> (Process, String) {
    let arguments = ["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    let demo = Process::start(Path::new(env!("CARGO_BIN_EXE_demo")), &arguments).unwrap();
    loop {
        let line = demo.line().unwrap();
        if let Some(address) = line.strip_prefix("4  The supervisors' page: ") {
            return (demo, address.trim_end_matches('/').to_owned());
        }
    }
}

fn screenshots() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_supervisor_looks_at_a_running_demo() {
    let data = tempfile::tempdir().unwrap();
    let (_demo, base) = demo(data.path());
    let mut page = Page::open();
    page.width(WIDTHS[0]);
    sign_in(&mut page, &base);
    for words in &WORDS {
        for width in WIDTHS {
            page.width(width);
            look_around(&mut page, &base, words, width);
        }
    }
    page.width(WIDTHS[0]);
    watch(&mut page, &base);
    assert_eq!(page.complaints, Vec::<String>::new());
}

fn sign_in(page: &mut Page, base: &str) {
    page.go(base);
    assert_eq!(page.eval("location.pathname"), "/login");
    page.screenshot(&screenshots().join("login.png"));
    let (name, password) = SUPERVISOR;
    page.eval(&format!("document.querySelector('[name=name]').value = '{name}'"));
    page.eval(&format!("document.querySelector('[name=password]').value = '{password}'"));
    page.follow("document.querySelector('[name=password]').form.requestSubmit()");
    assert_eq!(page.eval("location.pathname"), "/");
}

/// All four pages in one language at one width.
fn look_around(page: &mut Page, base: &str, words: &Words, width: u32) {
    let language = words.language;
    let see = |page: &mut Page, path: &str, name: &str| {
        page.go(&format!("{base}{path}?lang={language}"));
        assert_eq!(page.eval("document.documentElement.lang.slice(0, 2)"), language, "{path}");
        // Pictures below the fold load when they are scrolled to; one that a live change brings in meanwhile, too.
        page.wait_for("[...document.images].every(picture => (picture.loading = 'eager', picture.complete))");
        assert_eq!(page.eval("[...document.images].every(picture => picture.naturalWidth > 0)"), true, "{path}");
        let beyond = page.eval("document.documentElement.scrollWidth - innerWidth");
        assert!(beyond.as_i64().unwrap() <= 0, "{path} is {beyond} pixels too wide at {width}");
        page.screenshot(&screenshots().join(format!("{name}.{language}.{width}.png")));
        page.eval("document.querySelector('main').innerText").as_str().unwrap().to_owned()
    };
    let county = see(page, "/", "county");
    for village in words.villages {
        assert!(county.contains(village), "no {village}: {county}");
    }
    for (path, name) in [("/findings", "findings"), ("/phones", "phones")] {
        assert!(!see(page, path, name).is_empty());
    }
    let inspection = inspection_of(page, base, words.villages[0]);
    let seen = see(page, &inspection, "inspection");
    for part in [words.conflict, "162", "138", "陈立新", "吴晓梅"] {
        assert!(seen.contains(part), "no {part}: {seen}");
    }
    assert!(page.eval("document.images.length").as_u64().unwrap() >= 6, "photos are missing");
}

/// The address of a village's inspection, as the county page links it in the language it was last read in.
fn inspection_of(page: &mut Page, base: &str, village: &str) -> String {
    page.go(&format!("{base}/"));
    let row = format!("[...document.querySelectorAll('tbody')].find(rows => rows.innerText.includes('{village}'))");
    let path = page.eval(&format!("new URL({row}.querySelector('a[href^=\"/inspections/\"]').href).pathname"));
    path.as_str().unwrap().to_owned()
}

/// A photo opens large, and closes by the keyboard's way out.
fn enlarge(page: &mut Page) {
    page.eval("document.querySelector('.album a').click()");
    page.wait_for("document.querySelector('dialog[open] img')?.complete");
    page.screenshot(&screenshots().join("photo.zh.1366.png"));
    page.eval("document.querySelector('dialog[open]').close()");
}

/// The page changes while a phone syncs, and is not loaded again for it.
fn watch(page: &mut Page, base: &str) {
    page.eval("document.cookie = 'lang=zh;path=/'");
    let inspection = inspection_of(page, base, "松岭村");
    page.go(&format!("{base}{inspection}?lang=zh"));
    enlarge(page);
    page.eval("window.before = document.querySelector('main').innerText; window.mark = 'here since the load'");
    page.wait_for("document.querySelector('main').innerText !== window.before");
    assert_eq!(page.eval("window.mark"), "here since the load");
    assert_eq!(page.eval("performance.getEntriesByType('navigation').length"), 1);
    page.screenshot(&screenshots().join("live.zh.1366.png"));
}
