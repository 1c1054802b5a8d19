//! What the visitor reads while the demo goes on.

/// Prints a line. A terminal that is gone stops nothing.
macro_rules! tell {
    ($($part:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($part)*);
    }};
}
pub(crate) use tell;
