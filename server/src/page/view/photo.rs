use super::Text;
use crate::page::Frame;

/// One photo taken as evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoView {
    /// Hash of the original, hex.
    pub hash: String,
    /// Address of the thumbnail, once it is here.
    pub thumbnail: Option<String>,
    /// Address of the rendition, once it is here.
    pub rendition: Option<String>,
    /// When it was taken, unix ms.
    pub taken_ms: i64,
    /// Who took it.
    pub by: String,
    /// The phone that took it.
    pub device: String,
    /// Position with accuracy as words, e.g. `27.1234, 111.4567 ±8 m`; `None` when the phone had none.
    pub position: Option<String>,
    /// What the inspector wrote to it; may be empty.
    pub caption: String,
    /// The question it answers; empty when it belongs to none.
    pub question: Text,
    /// How much of it has arrived.
    pub state: PhotoState,
    /// Whether the hashes of all that arrived and the device's signature were checked and hold.
    pub verified: bool,
}

/// How much of a photo has arrived at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PhotoState {
    /// The inspector noted it, its signed entry has not come: it is not finished, or cannot be shown.
    Noted,
    /// Its entry is here, all of its pixels are still on the phone.
    Announced,
    /// The thumbnail is here.
    Thumbnail,
    /// The rendition is here.
    Rendition,
    /// The original is here.
    Original,
}

impl PhotoView {
    /// The largest picture that is here.
    pub(in crate::page) fn best(&self) -> Option<&str> {
        self.rendition.as_deref().or(self.thumbnail.as_deref())
    }

    /// What stands for the picture where it is not seen.
    pub(in crate::page) fn alt<'a>(&'a self, frame: &Frame) -> &'a str {
        if self.caption.is_empty() { frame.say(&self.question) } else { &self.caption }
    }
}

impl PhotoState {
    /// The name of its style and its icon.
    pub(in crate::page) fn class(self) -> &'static str {
        match self {
            Self::Noted | Self::Announced => "announced",
            Self::Thumbnail => "thumbnail",
            Self::Rendition => "rendition",
            Self::Original => "original",
        }
    }
}
