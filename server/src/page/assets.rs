//! The files pages load, in memory: style, script, icons.

/// A file under [`super::address::ASSETS`] with its content type, by its name there.
#[must_use]
pub fn get(name: &str) -> Option<(&'static str, &'static [u8])> {
    FILES.iter().find(|(file, ..)| *file == name).map(|(_, content_type, bytes)| (*content_type, *bytes))
}

/// Every file: name, content type, bytes.
pub const FILES: &[(&str, &str, &[u8])] = &[
    ("page.css", "text/css; charset=utf-8", include_bytes!("../../assets/page.css")),
    ("page.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/page.js")),
    ("icons.svg", "image/svg+xml", include_bytes!("../../assets/icons.svg")),
    ("mark.svg", "image/svg+xml", include_bytes!("../../assets/mark.svg")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_names_are_served() {
        assert!(get("page.css").is_some_and(|(content_type, _)| content_type.starts_with("text/css")));
        for unknown in ["", "../Cargo.toml", "page.css/", "PAGE.CSS"] {
            assert!(get(unknown).is_none(), "{unknown:?}");
        }
    }

    #[test]
    fn no_file_asks_another_host_for_anything() {
        for (name, _, bytes) in FILES {
            let text = std::str::from_utf8(bytes).unwrap().replace("http://www.w3.org/2000/svg", "");
            for foreign in ["http:", "https:", "//fonts", "@import", "eval("] {
                assert!(!text.contains(foreign), "{name} contains {foreign}");
            }
        }
    }
}
