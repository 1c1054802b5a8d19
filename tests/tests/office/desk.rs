//! Somebody at the page: reads, clicks, types; and looks whether the page can be used.

use crate::devtools::Page;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const WIDTHS: [u32; 2] = [1366, 390];

/// A browser at an office's desk.
pub(crate) struct Desk {
    pub(crate) page: Page,
    pub(crate) base: String,
    /// How often something was pressed that led on.
    pub(crate) steps: usize,
}

/// What is found by its words: the innermost that is seen and says them, whole words before parts.
const FIND: &str = "window.find_by_words = (selector, words) => {
    const said = (element) => (element.innerText || element.value || element.getAttribute('aria-label') || '').trim();
    const seen = [...document.querySelectorAll(selector)].filter((element) => element.getClientRects().length && !element.classList.contains('unseen'));
    return seen.find((element) => said(element) === words) ?? seen.find((element) => said(element).startsWith(words))
        ?? seen.find((element) => said(element).includes(words));
};";

/// What keeps people from using a form: controls without a name, a tab order of somebody's own.
const UNUSABLE: &str = "[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a[href]')]
    .filter((control) => {
        const named = (control.labels && [...control.labels].some((label) => label.textContent.trim()))
            || control.getAttribute('aria-label') || control.textContent.trim() || control.querySelector('img');
        return !control.closest('dialog') && (!named || control.tabIndex > 0);
    }).map((control) => control.outerHTML)";

/// Words that do not fit where they stand.
const CUT: &str = "[...document.querySelectorAll('main *')].filter((element) => element.getClientRects().length
    && getComputedStyle(element).display !== 'inline' && !element.closest('.unseen, thead, pre, textarea, input, select, svg, progress, .repeat')
    && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX === 'visible'
    && element.clientWidth > 0).map((element) => element.outerHTML.slice(0, 200))";

impl Desk {
    /// An empty browser before a server (`http://...`).
    pub(crate) fn at(base: &str) -> Self {
        let mut page = Page::open();
        page.call("Page.addScriptToEvaluateOnNewDocument", &json!({"source": FIND}));
        page.width(WIDTHS[0]);
        Self { page, base: base.trim_end_matches('/').to_owned(), steps: 0 }
    }

    /// Types an address.
    pub(crate) fn open(&mut self, address: &str) {
        let address = if address.starts_with("http") { address.to_owned() } else { format!("{}{address}", self.base) };
        self.page.go(&address);
    }

    pub(crate) fn path(&mut self) -> String {
        self.page.eval("location.pathname").as_str().unwrap().to_owned()
    }

    /// What the page says.
    pub(crate) fn text(&mut self) -> String {
        self.page.eval("document.querySelector('main').innerText").as_str().unwrap().to_owned()
    }

    /// The page must say this.
    pub(crate) fn says(&mut self, words: &str) {
        let text = self.text();
        let path = self.path();
        assert!(text.contains(words), "{path} does not say {words:?}:\n{text}");
    }

    /// Presses what is there with these words, a button or a link, and reads where it leads.
    pub(crate) fn press(&mut self, words: &str) {
        self.press_at(&format!("find_by_words('button, a, summary', {})", json!(words)), words);
    }

    /// The same within what a selector finds and says other words: one row of many, one form of many.
    pub(crate) fn press_in(&mut self, selector: &str, of: &str, words: &str) {
        let within = format!(
            "[...find_by_words({}, {}).querySelectorAll('button, a')].find((one) => one.innerText.trim().includes({}))",
            json!(selector),
            json!(of),
            json!(words)
        );
        self.press_at(&within, words);
    }

    /// Withdraws the permit of one site of many on an item's page.
    pub(crate) fn press_site_withdrawal(&mut self, site: &str, reason: &str) {
        let row = format!("find_by_words('tbody tr', {})", json!(site));
        let at = self.place(&format!("{row}.querySelector('summary')"), site);
        mouse(&mut self.page, at);
        self.fill_at(&format!("{row}.querySelector('input[name=comment]')"), site, reason);
        self.press_at(&format!("{row}.querySelector('details button')"), site);
    }

    fn press_at(&mut self, expression: &str, words: &str) {
        self.steps += 1;
        let at = self.place(expression, words);
        self.page.led_on(|page| mouse(page, at));
    }

    /// Clicks what opens or ticks something on this page.
    pub(crate) fn click(&mut self, selector: &str, words: &str) {
        let at = self.place(&format!("find_by_words({}, {})", json!(selector), json!(words)), words);
        mouse(&mut self.page, at);
    }

    /// Ticks what is labelled so.
    pub(crate) fn tick(&mut self, label: &str) {
        self.click("label", label);
        let ticked = format!("find_by_words('label', {}).control.checked", json!(label));
        assert_eq!(self.page.eval(&ticked), true, "{label} is not ticked");
    }

    /// Types into what is labelled so, over what is there.
    pub(crate) fn fill(&mut self, label: &str, text: &str) {
        let control = format!("find_by_words('label', {}).control", json!(label));
        self.fill_at(&control, label, text);
    }

    /// Types into a field of one row or form of many.
    pub(crate) fn fill_in(&mut self, selector: &str, of: &str, label: &str, text: &str) {
        let control = format!(
            "[...find_by_words({}, {}).querySelectorAll('label')].find((one) => one.innerText.includes({})).control",
            json!(selector),
            json!(of),
            json!(label)
        );
        self.fill_at(&control, label, text);
    }

    fn fill_at(&mut self, control: &str, label: &str, text: &str) {
        let at = self.place(control, label);
        mouse(&mut self.page, at);
        if self.page.eval(&format!("{control}.type")) == "date" {
            return self.fill_day(control, label, text);
        }
        self.page.eval(&format!("{control}.select()"));
        self.page.call("Input.insertText", &json!({"text": text}));
        let typed = self.page.eval(&format!("{control}.value"));
        assert_eq!(typed, text, "{label} does not take what is typed");
    }

    /// A day, as the browser of the tests wants it typed: month, day, year.
    fn fill_day(&mut self, control: &str, label: &str, day: &str) {
        let [year, month, date] = day.split('-').collect::<Vec<_>>()[..] else { panic!("{day} is no day") };
        self.page.eval(&format!("{control}.value = ''; {control}.blur(); {control}.focus()"));
        for digit in format!("{month}{date}{year}").chars() {
            let key = json!({"type": "char", "text": digit.to_string()});
            self.page.call("Input.dispatchKeyEvent", &key);
        }
        assert_eq!(self.page.eval(&format!("{control}.value")), day, "{label} does not take a day");
    }

    /// Chooses an entry of a list by its words. The list that drops down is the system's own, so the choice is made for it.
    pub(crate) fn choose(&mut self, label: &str, words: &str) {
        let chosen = format!(
            "(() => {{ const list = find_by_words('label', {}).control;
               const option = [...list.options].find((option) => option.text.includes({}));
               if (!option) return [...list.options].map((option) => option.text);
               list.focus(); option.selected = true; list.dispatchEvent(new Event('change', {{bubbles: true}})); return true; }})()",
            json!(label),
            json!(words)
        );
        assert_eq!(self.page.eval(&chosen), true, "{label} has no {words:?}");
    }

    /// Gives a file to what is labelled so.
    pub(crate) fn give(&mut self, label: &str, file: &Path) {
        let control = json!({"expression": format!("find_by_words('label', {}).control", json!(label))});
        let found = self.page.call("Runtime.evaluate", &control);
        let object = found["result"]["objectId"].clone();
        self.page.call("DOM.setFileInputFiles", &json!({"files": [file], "objectId": object}));
    }

    /// Signs in on the page one is sent to.
    pub(crate) fn sign_in(&mut self, (login, password): (&str, &str)) {
        assert_eq!(self.path(), "/login");
        let [name, word, go] =
            if self.is_chinese() { ["登录名", "密码", "登录"] } else { ["Login", "Password", "Sign in"] };
        self.fill(name, login);
        self.fill(word, password);
        self.press(go);
    }

    /// Signs out, and in as somebody else who then opens an address.
    pub(crate) fn change_to(&mut self, who: (&str, &str)) {
        let out = if self.is_chinese() { "退出" } else { "Sign out" };
        self.press(out);
        self.sign_in(who);
    }

    /// Takes the other language where one is.
    pub(crate) fn speak(&mut self, lang: &str) {
        if self.is_chinese() != (lang == "zh") {
            self.page.led_on(|page| drop(page.eval("document.querySelector('.language').click()")));
        }
    }

    fn is_chinese(&mut self) -> bool {
        self.page.eval("document.documentElement.lang.startsWith('zh')") == true
    }

    /// Looks at the page at both widths: whether it fits and can be used; and keeps a picture of each.
    pub(crate) fn see(&mut self, name: &str) {
        self.see_at(name, &WIDTHS);
    }

    /// The same at these widths; the widest comes first and is what the page is left at.
    pub(crate) fn see_at(&mut self, name: &str, widths: &[u32]) {
        let lang = if self.is_chinese() { "zh" } else { "en" };
        for width in widths.iter().rev() {
            self.page.width(*width);
            // A picture is taken of a page whose layout has settled.
            self.page.eval("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))");
            self.page.screenshot(&screenshots().join(format!("office-{name}.{lang}.{width}.png")));
            let beyond = self.page.eval("document.documentElement.scrollWidth - innerWidth").as_i64().unwrap();
            let cut = self.page.eval(CUT);
            assert!(beyond <= 0, "{name} is {beyond} pixels too wide at {width}: {cut:#}");
            assert_eq!(cut, json!([]), "{name} has words that do not fit at {width}");
        }
        assert_eq!(self.page.eval(UNUSABLE), json!([]), "{name} has controls that cannot be used");
    }

    /// One key of the keyboard.
    pub(crate) fn key(&mut self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            " " => (32, " "),
            "ArrowDown" => (40, ""),
            other => panic!("{other} is no key of this keyboard"),
        };
        let event =
            |kind: &str| json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text});
        self.page.call("Input.dispatchKeyEvent", &event(if text.is_empty() { "rawKeyDown" } else { "keyDown" }));
        self.page.call("Input.dispatchKeyEvent", &json!({"type": "keyUp", "key": key, "windowsVirtualKeyCode": code}));
    }

    /// Goes on by the keyboard until what is reached is such a thing.
    pub(crate) fn tab_to(&mut self, selector: &str) {
        let there = format!("document.activeElement.matches({})", json!(selector));
        for _ in 0..400 {
            self.key("Tab");
            if self.page.eval(&there) == true {
                return;
            }
        }
        panic!("the keyboard does not come to {selector}");
    }

    /// Goes through the page by the keyboard: everything that can be used is met once, in the order it is read.
    pub(crate) fn tab_through(&mut self) {
        self.page.eval(
            "document.activeElement?.blur(); getSelection().removeAllRanges(); window.met = []; \
                        window.all = [...document.querySelectorAll('*')]; 0",
        );
        let tab = |kind: &str| json!({"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9});
        for _ in 0..400 {
            self.page.call("Input.dispatchKeyEvent", &tab("rawKeyDown"));
            self.page.call("Input.dispatchKeyEvent", &tab("keyUp"));
            let met = "(() => { const at = all.indexOf(document.activeElement); \
                       if (document.activeElement === document.body || met.length && at < met.at(-1)) return false; \
                       met.push(at); return true; })()";
            if self.page.eval(met) == false {
                break;
            }
        }
        let passed_over = "[...document.querySelectorAll('main input:not([type=hidden]):not([type=radio]), main select, main textarea, main button, main a[href]')]
            .filter((one) => one.checkVisibility({contentVisibilityAuto: true}) && !one.closest('details:not([open])') && !one.classList.contains('unseen') && !met.includes(all.indexOf(one)))
            .map((one) => one.outerHTML.slice(0, 200))";
        assert_eq!(self.page.eval(passed_over), json!([]), "the keyboard does not come to it, or out of order");
    }

    /// Nothing went wrong in the browser but what was to be refused by these statuses.
    pub(crate) fn had_no_trouble(&self, refused: &[u16]) {
        let told =
            |complaint: &&String| !refused.iter().any(|status| complaint.contains(&format!("a status of {status}")));
        let trouble: Vec<_> = self.page.complaints.iter().filter(told).collect();
        assert!(trouble.is_empty(), "{trouble:#?}");
    }

    /// The middle of what an expression finds, where it can be clicked.
    fn place(&mut self, expression: &str, words: &str) -> [f64; 2] {
        let there =
            self.page.eval(&format!("(() => {{ try {{ return !!{expression} }} catch {{ return false }} }})()"));
        if there != true {
            let (path, text) = (self.path(), self.text());
            panic!("{path} has nothing with {words:?}:\n{text}");
        }
        let place = format!(
            "(() => {{ const found = {expression}; found.scrollIntoView({{block: 'center', behavior: 'instant'}});
               const box = found.getClientRects()[0]; const [x, y] = [box.x + Math.min(box.width / 2, 60), box.y + Math.min(box.height / 2, 12)];
               const hit = document.elementFromPoint(x, y);
               return found.contains(hit) || hit?.contains(found) ? [x, y] : 'covered by ' + hit?.outerHTML; }})()"
        );
        let place = self.page.eval(&place);
        let at = |index: usize| place[index].as_f64();
        at(0).zip(at(1)).map(|(x, y)| [x, y]).unwrap_or_else(|| panic!("{words:?} cannot be clicked: {place}"))
    }
}

/// So many days on, but in the year of today: a plan item's days lie in its year.
pub(crate) fn this_year(today: jiff::civil::Date, on: i64) -> String {
    wurao_tests::visit::day(today, on).unwrap().min(format!("{}-12-31", today.year()))
}

/// Today where the county is.
pub(crate) fn today() -> jiff::civil::Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).date()
}

fn mouse(page: &mut Page, [x, y]: [f64; 2]) {
    for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
        let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
        let _: Value = page.call("Input.dispatchMouseEvent", &event);
    }
}

fn screenshots() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
