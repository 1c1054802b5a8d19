//! Bits of HTML that many templates write; each escapes, or holds nothing to escape.

use super::{address, show};
use askama::filters::HtmlSafe;
use std::fmt;

/// An icon out of the sprite; it repeats what words beside it say, so it is hidden from readers of the screen.
pub(crate) struct Icon(pub(super) &'static str);

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            r##"<svg class="icon" aria-hidden="true"><use href="{}icons.svg#{}"></use></svg>"##,
            address::ASSETS,
            self.0
        )
    }
}

impl HtmlSafe for Icon {}

/// A moment: short words, in full as a title, and for machines. Made of digits and fixed words only.
pub(crate) struct Time {
    class: &'static str,
    machine: String,
    full: String,
    short: String,
}

impl Time {
    pub(super) fn new(ms: i64, now_ms: i64, class: &'static str) -> Self {
        Self { class, machine: show::machine(ms), full: show::full(ms), short: show::short(ms, now_ms) }
    }
}

impl Time {
    /// With its day, also when that is today.
    pub(super) fn dated(ms: i64, now_ms: i64) -> Self {
        Self { short: show::dated(ms, now_ms), ..Self::new(ms, now_ms, "") }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { class, machine, full, short } = self;
        f.write_str("<time")?;
        if !class.is_empty() {
            write!(f, r#" class="{class}""#)?;
        }
        write!(f, r#" datetime="{machine}" title="{full}">{short}</time>"#)
    }
}

impl HtmlSafe for Time {}

/// The attribute of the link that leads where one is.
pub(crate) struct Marked(pub(super) bool);

impl fmt::Display for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { r#" aria-current="page""# } else { "" })
    }
}

impl HtmlSafe for Marked {}
