//! Text that people read, in both languages of the product.

use minicbor::{Decode, Encode};

/// Whether a text is what it looks like: no control character but the end of a line, and nothing that turns its direction.
pub fn is_plain(text: &str) -> bool {
    let odd = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    !text.chars().any(odd)
}

/// One text in Chinese and English.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Words {
    /// Chinese.
    #[n(0)]
    pub zh: String,
    /// English.
    #[n(1)]
    pub en: String,
}

impl Words {
    /// Both languages at once.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The same with the other language where one was left out: better a name that not everybody reads than none.
    pub fn filled(&self) -> Self {
        let or = |one: &str, other: &str| if one.is_empty() { other.to_owned() } else { one.to_owned() };
        Self { zh: or(&self.zh, &self.en), en: or(&self.en, &self.zh) }
    }
}
