use crate::support::World;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::redirect::Policy;
use std::ffi::OsString;

pub(crate) const COUNTY: &str = "431124000000";
pub(crate) const PASSWORD: &str = "nobody is disturbed";

/// A town and three villages of the county.
pub(crate) const DIVISIONS: &str = "\u{feff}code,name_zh,name_en,from,to,successors\r\n\
    431124101000,梅花镇,Meihua Town,,,\r\n431124101201,上村,Shangcun,,,\r\n\
    431124101202,下村,Xiacun,,,\r\n431124101203,中村,Zhongcun,,,\r\n";

/// A browser that is signed in, or not.
pub(crate) struct Browser<'a> {
    pub(crate) client: Client,
    pub(crate) world: &'a World,
}

impl<'a> Browser<'a> {
    pub(crate) fn of(world: &'a World) -> Self {
        let client = Client::builder().redirect(Policy::none()).cookie_store(true).timeout(None).build().unwrap();
        Self { client, world }
    }

    pub(crate) fn signed_in(world: &'a World, login: &str, password: &str) -> Self {
        let browser = Self::of(world);
        let answer = browser.post("/login", &[("name", login), ("password", password)]);
        assert_eq!(answer.status(), 303, "{login} signs in");
        browser
    }

    fn ours(&self, request: RequestBuilder) -> Response {
        request.header("origin", self.world.url("")).header("accept-language", "en").send().unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.client.get(self.world.url(path)).header("accept-language", "en").send().unwrap()
    }

    pub(crate) fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().unwrap()
    }

    pub(crate) fn post(&self, path: &str, form: &[(&str, &str)]) -> Response {
        self.ours(self.client.post(self.world.url(path)).form(form))
    }

    /// Posts a form with one file, as browsers do; the file may have any name.
    pub(crate) fn bring(&self, path: &str, file_name: &str, bytes: &[u8]) -> Response {
        let head = format!("--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\n\r\n");
        let body = [head.as_bytes(), bytes, b"\r\n--edge--\r\n"].concat();
        let request =
            self.client.post(self.world.url(path)).header("content-type", "multipart/form-data; boundary=edge");
        self.ours(request.body(body))
    }

    /// The id of the person of this login, as the administrator's list links to them.
    pub(crate) fn person(&self, name: &str) -> String {
        let page = self.page("/admin/people");
        let row =
            page.split("<tr>").skip(1).find(|row| row.contains(name)).unwrap_or_else(|| panic!("{name} in {page}"));
        row.split("/admin/people/").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    /// The id of the only body, or the first.
    pub(crate) fn body(&self) -> String {
        let page = self.page("/admin/people");
        page.split("<select name=\"body\"").nth(1).unwrap().split("value=\"").nth(1).unwrap()[..32].to_owned()
    }

    /// Adds a person; the path of the link that lets them choose a password.
    pub(crate) fn add_person(&self, name: &str, login: &str, roles: &[&str]) -> Option<String> {
        let body = self.body();
        let mut form = vec![("name", name), ("login", login), ("body", &body)];
        form.extend(roles.iter().map(|role| ("role", *role)));
        let answer = self.post("/admin/people", &form);
        let (status, page) = (answer.status(), answer.text().unwrap());
        assert_eq!(status, 200, "{page}");
        link(&page)
    }
}

/// The path of the password link on a page.
pub(crate) fn link(page: &str) -> Option<String> {
    let at = page.find("/password?code=")?;
    Some(page[at..].split('<').next().unwrap().to_owned())
}

/// Chooses a password by a link.
pub(crate) fn choose(world: &World, link: &str, password: &str) -> u16 {
    let code = link.split("code=").nth(1).unwrap();
    let form = [("code", code), ("new", password), ("again", password)];
    Browser::of(world).post("/password", &form).status().as_u16()
}

/// What a command line says.
pub(crate) fn says(args: &[&str]) -> Result<String, wurao_server::Error> {
    let mut out = Vec::new();
    let line = std::iter::once("wurao-server").chain(args.iter().copied()).map(OsString::from);
    wurao_server::run(line, &mut out).map(|()| String::from_utf8(out).unwrap())
}

/// The code of a fresh setup address.
pub(crate) fn setup_code(world: &World) -> String {
    let data = world.folder.path().join("data");
    let said = says(&["setup-code", "--data", data.to_str().unwrap()]).unwrap();
    said.trim().strip_prefix("http://127.0.0.1:8080/setup?code=").unwrap().to_owned()
}

/// The fields of a good setup form but for the code.
pub(crate) const FIRST: [(&str, &str); 9] = [
    ("name", "周文静"),
    ("body", "应急管理局"),
    ("county", COUNTY),
    ("county_zh", "道县"),
    ("county_en", "Dao County"),
    ("login", "zhou"),
    ("password", PASSWORD),
    ("again", PASSWORD),
    ("plans", "yes"),
];

/// Sets a server up and signs the administrator in.
pub(crate) fn set_up(world: &World) -> Browser<'_> {
    let code = setup_code(world);
    let form: Vec<_> = FIRST.into_iter().chain([("code", code.as_str())]).collect();
    assert_eq!(Browser::of(world).post("/setup", &form).status(), 303);
    Browser::signed_in(world, "zhou", PASSWORD)
}

/// The same with divisions and a site in Shangcun; its id.
pub(crate) fn furnished(world: &World) -> (Browser<'_>, String) {
    let office = set_up(world);
    assert_eq!(office.bring("/admin/divisions", "divisions.csv", DIVISIONS.as_bytes()).status(), 200);
    let sites = "name_zh,name_en,division\n上村,Shangcun,431124101201\n下村,Xiacun,431124101202\n";
    assert_eq!(office.bring("/admin/sites", "sites.csv", sites.as_bytes()).status(), 200);
    let page = office.page("/admin/sites");
    let row = page.split("<tr>").skip(1).find(|row| row.contains("Shangcun")).unwrap();
    let id = row.rsplit("<code>").next().unwrap()[..32].to_owned();
    (office, id)
}
