//! Writes every page in both languages, filled with made-up but plausible data, into a folder, to be looked at:
//! `cargo run -p wurao-server --example preview -- FOLDER`, then `python3 -m http.server -d FOLDER`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};
use view::{CountyView, HeldPageView, LoginProblem, LoginView, PhonesView, Problem, ProblemView, Text};
use wurao_server::page::view;
use wurao_server::page::{Frame, Lang, assets};
use wurao_server::plan;

mod held_sample;
mod plan_sample;
mod sample;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("which folder?")?);
    fs::create_dir_all(folder.join("assets"))?;
    for (name, _, bytes) in assets::FILES {
        fs::write(folder.join("assets").join(name), bytes)?;
    }
    for number in 0..5 {
        fs::write(folder.join(format!("photo{number}.svg")), shelf(number))?;
    }
    for lang in [Lang::Zh, Lang::En] {
        let frame = |path: &str| Frame {
            lang,
            now_ms: sample::NOW,
            place: Text::new("青石县", "Qingshi County"),
            reader: Some("周文静".to_owned()),
            path: path.to_owned(),
            roles: Vec::new(),
            ..Frame::default()
        };
        let outside = Frame { lang, now_ms: sample::NOW, path: "/login".to_owned(), ..Frame::default() };
        let write = |name: &str, html: String| write(&folder, name, lang, &html);
        write("county", sample::county().render(&frame("/"))?)?;
        write("empty", CountyView::default().render(&frame("/"))?)?;
        write("inspection", sample::inspection().render(&frame("/inspections/a1"))?)?;
        write("findings", sample::findings().render(&frame("/findings"))?)?;
        write("phones", PhonesView { phones: sample::phones(), ..PhonesView::default() }.render(&frame("/phones"))?)?;
        write("held", held_sample::page().render(&frame("/held"))?)?;
        write("held-nothing", HeldPageView::default().render(&frame("/held"))?)?;
        write("login", LoginView { next: "/findings".into(), ..LoginView::default() }.render(&outside)?)?;
        write(
            "login-wrong",
            LoginView { problem: Some(LoginProblem::Wrong), name: "linhui".into(), next: "/".into() }
                .render(&outside)?,
        )?;
        for (name, html) in plan_sample::pages(&frame("/plan/2026")) {
            write(name, html)?;
        }
        for problem in [Problem::Forbidden, Problem::NotFound, Problem::Internal] {
            let view = ProblemView { problem, reference: Some("7f3a-19".to_owned()) };
            write(&problem.status().to_string(), view.render(&frame("/nowhere"))?)?;
        }
    }
    Ok(())
}

/// Links become those between the written files, so that one can walk from page to page.
fn write(folder: &Path, name: &str, lang: Lang, html: &str) -> Result<(), Box<dyn Error>> {
    let (here, other) = (lang.code(), lang.other().code());
    let html = html
        .replace("\"/assets/", "\"assets/")
        .replace("href=\"/\"", &format!("href=\"county.{here}.html\""))
        .replace("href=\"/findings\"", &format!("href=\"findings.{here}.html\""))
        .replace("href=\"/held\"", &format!("href=\"held.{here}.html\""))
        .replace("href=\"/phones\"", &format!("href=\"phones.{here}.html\""))
        .replace("href=\"/inspections/", &format!("href=\"inspection.{here}.html#"))
        .replace(&format!("href=\"?lang={other}"), &format!("href=\"{name}.{other}.html?"));
    Ok(fs::write(folder.join(format!("{name}.{here}.html")), html)?)
}

/// A drawing that stands for a photo of a store room.
fn shelf(number: u32) -> String {
    let sky = ["#c9d3c4", "#d8cfbd", "#c5ccd6", "#dcd3d0", "#cfd6cc"][number as usize % 5];
    let boxes: String = (0..3)
        .flat_map(|row| (0..6).map(move |column| (row, column)))
        .filter(|(row, column)| !(row * 5 + column * 3 + number).is_multiple_of(4))
        .map(|(row, column)| {
            let colour = ["#b5562f", "#3a6b8c", "#8a9a4b", "#c99a3a"][((row + column + number) % 4) as usize];
            let height = 70 + ((row * 7 + column * 11 + number * 5) % 5) * 12;
            format!(
                r#"<rect x="{}" y="{}" width="88" height="{height}" rx="4" fill="{colour}"/>"#,
                60 + column * 118,
                190 + row * 175 - height
            )
        })
        .collect();
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600" width="1600" height="1200"><rect width="800" height="600" fill="{sky}"/>{boxes}<g fill="#6b5138"><rect x="30" y="190" width="740" height="14"/><rect x="30" y="365" width="740" height="14"/><rect x="30" y="540" width="740" height="14"/><rect x="30" y="40" width="12" height="560"/><rect x="758" y="40" width="12" height="560"/></g></svg>"##
    )
}
