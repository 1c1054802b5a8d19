//! Names as JSON.

use serde::Serialize;
use utoipa::ToSchema;
use wurao_protocol::Words;

/// A name in Chinese and English; either may be empty.
#[derive(Serialize, ToSchema)]
pub(super) struct Name {
    /// In Chinese.
    #[schema(example = "道县")]
    zh: String,
    /// In English.
    #[schema(example = "Dao County")]
    en: String,
}

impl From<&Words> for Name {
    fn from(words: &Words) -> Self {
        Self { zh: words.zh.clone(), en: words.en.clone() }
    }
}

impl From<&[String; 2]> for Name {
    fn from([zh, en]: &[String; 2]) -> Self {
        Self { zh: zh.clone(), en: en.clone() }
    }
}

/// A moment as text, in UTC.
pub(super) fn moment(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |at| at.to_string())
}
