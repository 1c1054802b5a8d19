//! Text in several languages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One text in several languages: language tag to string. The tag `""` is text given without one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(BTreeMap<String, String>);

impl Text {
    /// Text without a language.
    pub fn plain(text: impl Into<String>) -> Self {
        let mut made = Self::default();
        made.set("", text);
        made
    }

    /// Puts the text of one language; empty text takes the language away.
    pub fn set(&mut self, language: impl Into<String>, text: impl Into<String>) {
        let (language, text) = (language.into(), text.into());
        if text.is_empty() {
            self.0.remove(&language);
        } else {
            self.0.insert(language, text);
        }
    }

    /// The text for a language. Falls back to the same primary language (`zh-CN`, `zh`), to text
    /// without a language, to the first language there is, and to `""`.
    pub fn get(&self, language: &str) -> &str {
        let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or(tag).to_ascii_lowercase();
        let wanted = primary(language);
        self.0
            .get(language)
            .or_else(|| self.0.iter().find(|(tag, _)| primary(tag) == wanted).map(|(_, text)| text))
            .or_else(|| self.0.get(""))
            .or_else(|| self.0.values().next())
            .map_or("", String::as_str)
    }

    /// True when no language has text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Language tags and texts, sorted by tag.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(tag, text)| (tag.as_str(), text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn a_language_falls_back_to_its_primary_then_to_plain_then_to_any() {
        let mut text = Text::default();
        assert_eq!(text.get("en"), "");
        text.set("zh-Hans", "水");
        assert_eq!(text.get("en"), "水");
        text.set("", "eau");
        assert_eq!(text.get("en"), "eau");
        assert_eq!(text.get("zh-CN"), "水");
        text.set("en", "water");
        assert_eq!(text.get("en"), "water");
        text.set("en", "");
        assert_eq!(text.get("en"), "eau");
    }
}
