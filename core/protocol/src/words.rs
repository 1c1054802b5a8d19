//! Text that people read, in both languages of the product.

use minicbor::{Decode, Encode};

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
