//! Whether what people type as a name may be shown, printed and put into a header.

/// The longest name, in characters.
pub const LONGEST: usize = 100;

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// Nothing but space.
    #[error("it is empty")]
    Empty,
    /// Longer than [`LONGEST`].
    #[error("it is longer than 100 characters")]
    TooLong,
    /// A control character: a line end, a tab, an escape.
    #[error("it holds a line end or another control character")]
    Control,
    /// A character that is not seen but turns or hides what is around it.
    #[error("it holds an invisible character that changes how the rest is read")]
    Invisible,
}

impl TextFault {
    /// A stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "text-empty",
            Self::TooLong => "text-too-long",
            Self::Control => "text-control",
            Self::Invisible => "text-invisible",
        }
    }
}

/// A name that somebody typed, without the space around it.
pub fn name(typed: &str) -> Result<String, TextFault> {
    let name = typed.trim_matches([' ', '\u{3000}']);
    if let Some(fault) = name.chars().find_map(fault) {
        return Err(fault);
    }
    match name.trim().chars().count() {
        0 => Err(TextFault::Empty),
        1..=LONGEST => Ok(name.to_owned()),
        _ => Err(TextFault::TooLong),
    }
}

/// A name that may be left out.
pub fn name_or_nothing(typed: &str) -> Result<String, TextFault> {
    match name(typed) {
        Err(TextFault::Empty) => Ok(String::new()),
        other => other,
    }
}

fn fault(c: char) -> Option<TextFault> {
    match c {
        _ if c.is_control() => Some(TextFault::Control),
        '\u{2028}' | '\u{2029}' => Some(TextFault::Control),
        // Marks and overrides of direction, zero-width characters, tags: what is seen is not what is written.
        '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => {
            Some(TextFault::Invisible)
        }
        '\u{feff}' | '\u{fff9}'..='\u{fffc}' | '\u{e0000}'..='\u{e007f}' => Some(TextFault::Invisible),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_pass_without_the_space_around_them() {
        assert_eq!(name(" 阿卜杜拉·买买提　"), Ok("阿卜杜拉·买买提".to_owned()));
        assert_eq!(name("Emergency Bureau (north)"), Ok("Emergency Bureau (north)".to_owned()));
        assert_eq!(name(&"村".repeat(100)).map(|name| name.chars().count()), Ok(100));
        assert_eq!(name_or_nothing("  "), Ok(String::new()));
    }

    #[test]
    fn what_would_change_a_line_or_its_direction_is_refused() {
        for (typed, fault) in [
            ("", TextFault::Empty),
            ("\u{3000} ", TextFault::Empty),
            ("a\r\nSet-Cookie: x", TextFault::Control),
            ("a\n", TextFault::Control),
            ("a\0b", TextFault::Control),
            ("a\u{2028}b", TextFault::Control),
            ("a\u{202e}b", TextFault::Invisible),
            ("a\u{2066}b", TextFault::Invisible),
            ("a\u{200b}b", TextFault::Invisible),
            ("\u{feff}a", TextFault::Invisible),
        ] {
            assert_eq!(name(typed), Err(fault), "{typed:?}");
        }
        assert_eq!(name(&"村".repeat(101)), Err(TextFault::TooLong));
    }
}
