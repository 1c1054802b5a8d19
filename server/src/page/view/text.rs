use crate::page::Lang;

/// Words that come from data and may exist in both languages: names of sites and bodies, labels, choices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Chinese; empty when there is none.
    pub zh: String,
    /// English; empty when there is none.
    pub en: String,
}

impl Text {
    /// Words in both languages.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The words in `lang`, or in the other language when there are none.
    #[must_use]
    pub fn of(&self, lang: Lang) -> &str {
        let (wanted, other) = match lang {
            Lang::Zh => (&self.zh, &self.en),
            Lang::En => (&self.en, &self.zh),
        };
        if wanted.is_empty() { other } else { wanted }
    }

    /// Whether there are no words at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.zh.is_empty() && self.en.is_empty()
    }
}

/// The same words whatever the language: numbers, dates, what a person typed.
impl From<&str> for Text {
    fn from(words: &str) -> Self {
        Self::new(words, "")
    }
}

/// The same words whatever the language: numbers, dates, what a person typed.
impl From<String> for Text {
    fn from(words: String) -> Self {
        Self { zh: words, en: String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_language_falls_back_to_the_other() {
        assert_eq!(Text::new("村", "").of(Lang::En), "村");
        assert_eq!(Text::new("", "Village").of(Lang::Zh), "Village");
        assert_eq!(Text::from("12").of(Lang::En), "12");
        assert!(Text::default().is_empty());
    }
}
