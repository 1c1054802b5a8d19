//! The `type` column.

use crate::template::Kind;

/// What a row of the survey sheet is.
#[derive(Debug, PartialEq)]
pub(crate) enum RowKind {
    BeginSection,
    EndSection,
    BeginRepeat,
    EndRepeat,
    Question {
        kind: Kind,
        list: Option<String>,
        or_other: bool,
    },
    /// Something a device notes by itself and a checklist has no use for.
    Unused,
    /// A type known to exist and not supported.
    Unsupported,
    Unknown,
}

/// Reads a type.
pub(crate) fn read(text: &str) -> RowKind {
    let words: Vec<&str> = text.split_whitespace().collect();
    let lower = words.join(" ").to_lowercase();
    match lower.replace(['_', '-'], " ").as_str() {
        "begin group" => return RowKind::BeginSection,
        "end group" => return RowKind::EndSection,
        "begin repeat" => return RowKind::BeginRepeat,
        "end repeat" => return RowKind::EndRepeat,
        other if other.starts_with("begin loop") || other.starts_with("end loop") => return RowKind::Unsupported,
        _ => {}
    }
    for (spelling, kind) in SELECTS {
        let length = spelling.split(' ').count();
        let matches = words.len() > length
            && words[..length].join(" ").to_lowercase().replace(['_', '-'], " ") == spelling.replace('_', " ");
        if matches {
            let rest = words[length + 1..].join(" ").to_lowercase();
            return RowKind::Question {
                kind: *kind,
                list: Some(words[length].to_owned()),
                or_other: matches!(rest.as_str(), "or_other" | "or specify other"),
            };
        }
    }
    if let Some((_, kind)) = PLAIN.iter().find(|(spelling, _)| *spelling == lower) {
        return RowKind::Question { kind: *kind, list: None, or_other: false };
    }
    let first = lower.split(' ').next().unwrap_or_default();
    if UNUSED.contains(&lower.as_str()) {
        RowKind::Unused
    } else if UNSUPPORTED.contains(&first) {
        RowKind::Unsupported
    } else {
        RowKind::Unknown
    }
}

const SELECTS: &[(&str, Kind)] = &[
    ("select one from", Kind::SelectOne),
    ("select all that apply from", Kind::SelectMultiple),
    ("select one", Kind::SelectOne),
    ("select_one", Kind::SelectOne),
    ("select1", Kind::SelectOne),
    ("select all that apply", Kind::SelectMultiple),
    ("select multiple", Kind::SelectMultiple),
    ("select_multiple", Kind::SelectMultiple),
];

const PLAIN: &[(&str, Kind)] = &[
    ("text", Kind::Text),
    ("string", Kind::Text),
    ("integer", Kind::Integer),
    ("int", Kind::Integer),
    ("decimal", Kind::Decimal),
    ("note", Kind::Note),
    ("calculate", Kind::Calculate),
    ("hidden", Kind::Calculate),
    ("date", Kind::Date),
    ("time", Kind::Time),
    ("datetime", Kind::DateTime),
    ("image", Kind::Image),
    ("photo", Kind::Image),
    ("geopoint", Kind::Geopoint),
    ("gps", Kind::Geopoint),
    ("location", Kind::Geopoint),
    ("acknowledge", Kind::Acknowledge),
    ("trigger", Kind::Acknowledge),
    ("start", Kind::Start),
    ("end", Kind::End),
    ("today", Kind::Today),
    ("deviceid", Kind::DeviceId),
];

const UNUSED: &[&str] =
    &["username", "email", "phonenumber", "simserial", "subscriberid", "imei", "audit", "start-geopoint"];

const UNSUPPORTED: &[&str] = &[
    "audio",
    "background-audio",
    "background-geopoint",
    "barcode",
    "csv-external",
    "file",
    "geoshape",
    "geotrace",
    "osm",
    "percentage",
    "range",
    "rank",
    "select_multiple_from_file",
    "select_one_external",
    "select_one_from_file",
    "video",
    "xml-external",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_in_all_their_spellings() {
        let select = |kind, list: &str, or_other| RowKind::Question { kind, list: Some(list.into()), or_other };
        assert_eq!(read("select_one yes_no"), select(Kind::SelectOne, "yes_no", false));
        assert_eq!(read("select one  a"), select(Kind::SelectOne, "a", false));
        assert_eq!(read("select one from a"), select(Kind::SelectOne, "a", false));
        assert_eq!(read("Select_Multiple A or_other"), select(Kind::SelectMultiple, "A", true));
        assert_eq!(read("select all that apply from a"), select(Kind::SelectMultiple, "a", false));
        assert_eq!(read("begin group"), RowKind::BeginSection);
        assert_eq!(read("END_REPEAT"), RowKind::EndRepeat);
        assert_eq!(read("dateTime"), RowKind::Question { kind: Kind::DateTime, list: None, or_other: false });
        assert_eq!(read("audit"), RowKind::Unused);
        assert_eq!(read("select_one_from_file a.csv"), RowKind::Unsupported);
        assert_eq!(read("begin loop over x"), RowKind::Unsupported);
        assert_eq!(read("select_one"), RowKind::Unknown);
        assert_eq!(read("numbr"), RowKind::Unknown);
    }
}
