/// How far the answering is. What may stay empty counts as asked, never as lacking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Questions with a value, or with a photo when they ask for one.
    pub answered: u32,
    /// Questions that apply.
    pub asked: u32,
    /// Those of them that must be answered.
    pub required: u32,
    /// What must be there and is not.
    pub lacking: Lacking,
}

/// What an inspection must have and does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lacking {
    /// Required answers.
    pub answers: u32,
    /// Required photos.
    pub photos: u32,
    /// Remarks that failed answers ask for.
    pub notes: u32,
}

impl Progress {
    /// Required questions that have what they ask for.
    pub(in crate::page) fn met(&self) -> u32 {
        self.required.saturating_sub(self.lacking.answers)
    }

    /// The bar is full when nothing required lacks; where nothing is required, when all is answered.
    pub(in crate::page) fn bar(&self) -> (u32, u32) {
        if self.required > 0 { (self.met(), self.required) } else { (self.answered, self.asked.max(1)) }
    }
}

impl Lacking {
    /// Whether nothing lacks.
    pub(in crate::page) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}
