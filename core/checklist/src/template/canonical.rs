//! Canonical JSON (RFC 8785) and the hash of meaning.
//!
//! A template holds text, truth and whole numbers only, so that the number rules of RFC 8785 never
//! come into play: `serde_json` writes those three as the RFC asks, and only the order of keys is left.

use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::{Item, Template, TemplateError};

/// The deepest nesting of sections and repeats, and a little more than a template of that depth needs in JSON.
pub(crate) const MAX_DEPTH: usize = 24;

impl Template {
    /// Canonical JSON of the whole template, provenance included.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        // A template serialises to plain maps with text keys, which cannot fail.
        if let Ok(json) = serde_json::to_value(self) {
            write(&json, &mut out);
        }
        out
    }

    /// Reads a template and checks it: unique uids, known lists, no deeper than people can follow.
    pub fn from_json(text: &str) -> Result<Self, TemplateError> {
        let template: Template =
            serde_json::from_str(text).map_err(|error| TemplateError::Json { reason: error.to_string() })?;
        template.check()?;
        Ok(template)
    }

    /// SHA-256 of the canonical JSON of what the template means: labels are part of it, where it was
    /// written is not.
    pub fn hash(&self) -> [u8; 32] {
        let mut meaning = self.clone();
        meaning.provenance = None;
        meaning.choices.values_mut().flatten().for_each(|choice| choice.source = None);
        strip(&mut meaning.items);
        Sha256::digest(meaning.to_json()).into()
    }
}

fn strip(items: &mut [Item]) {
    for item in items {
        match item {
            Item::Section(section) => {
                section.source = None;
                strip(&mut section.items);
            }
            Item::Repeat(repeat) => {
                repeat.source = None;
                strip(&mut repeat.items);
            }
            Item::Question(question) => question.source = None,
        }
    }
}

fn write(json: &Json, out: &mut String) {
    match json {
        Json::Array(values) => {
            out.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(value, out);
            }
            out.push(']');
        }
        Json::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            // RFC 8785 orders by UTF-16 code units, which differs from UTF-8 above the basic plane.
            entries.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
            out.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Json::from(key.as_str()).to_string());
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}
