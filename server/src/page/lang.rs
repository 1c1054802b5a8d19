/// The language of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Simplified Chinese, the language of the house when nothing else is asked for.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// Chooses the language of a request: what the address says, else what the cookie remembers, else the best of
    /// the browser's list, else Chinese. A value that is not understood counts as not given.
    #[must_use]
    pub fn choose(query: Option<&str>, cookie: Option<&str>, accept: Option<&str>) -> Self {
        query
            .and_then(Self::from_tag)
            .or_else(|| cookie.and_then(Self::from_tag))
            .or_else(|| accept.and_then(Self::from_accept))
            .unwrap_or_default()
    }

    /// Reads a language tag such as `zh`, `zh-Hans-CN` or `en_GB`.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        if primary.eq_ignore_ascii_case("zh") {
            Some(Self::Zh)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }

    /// The value the `lang` cookie and the `?lang=` parameter carry.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The tag for HTML's `lang` attribute; it decides which glyphs a font shows.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-Hans-CN",
            Self::En => "en",
        }
    }

    /// The language the reader can switch to.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    /// The best understood language of an `Accept-Language` header; the first of equals wins, weight 0 excludes.
    fn from_accept(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for part in header.split(',') {
            let (tag, weight) = match part.split_once(';') {
                Some((tag, weight)) => {
                    (tag, weight.trim().strip_prefix("q=").and_then(|q| q.parse().ok()).unwrap_or(0.0))
                }
                None => (part, 1.0_f32),
            };
            if let Some(lang) = Self::from_tag(tag)
                && weight > best.map_or(0.0, |(most, _)| most)
            {
                best = Some((weight, lang));
            }
        }
        best.map(|(_, lang)| lang)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_wins_over_the_cookie_and_the_cookie_over_the_browser() {
        assert_eq!(Lang::choose(Some("en"), Some("zh"), Some("zh")), Lang::En);
        assert_eq!(Lang::choose(None, Some("en"), Some("zh")), Lang::En);
        assert_eq!(Lang::choose(None, None, Some("en-GB,zh;q=0.5")), Lang::En);
        assert_eq!(Lang::choose(None, None, None), Lang::Zh);
    }

    #[test]
    fn what_is_not_understood_counts_as_not_given() {
        assert_eq!(Lang::choose(Some("xx"), Some(""), Some("fr, de;q=0.9, en;q=0.2")), Lang::En);
        assert_eq!(Lang::choose(Some("<script>"), None, Some("fr;q=zz,en;q=0")), Lang::Zh);
    }

    #[test]
    fn the_browser_s_weights_are_respected() {
        assert_eq!(Lang::choose(None, None, Some("en;q=0.3, zh-CN;q=0.8")), Lang::Zh);
        assert_eq!(Lang::choose(None, None, Some("zh-CN;q=0.3, en-US;q=0.8")), Lang::En);
    }
}
