//! Text to tokens.

use super::ast::Op;
use super::{ExpressionError, Reason};

/// One token and the byte where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) at: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Number(f64),
    Text(String),
    /// `${name}`
    Reference(String),
    /// A name; a function when `(` follows.
    Name(String),
    Operator(Op),
    /// `*` where a name is due.
    Star,
    Dot,
    DotDot,
    Slash,
    SlashSlash,
    Open,
    Close,
    OpenFilter,
    CloseFilter,
    Comma,
    /// `@` and `axis::`, which checklists do not have.
    Axis(String),
    End,
}

impl Kind {
    /// How a person would call it.
    pub(crate) fn describe(&self) -> String {
        match self {
            Kind::Number(number) => format!("`{number}`"),
            Kind::Text(_) => "a text".into(),
            Kind::Reference(name) => format!("`${{{name}}}`"),
            Kind::Name(name) | Kind::Axis(name) => format!("`{name}`"),
            Kind::Operator(op) => format!("`{}`", op.as_str()),
            Kind::Star => "`*`".into(),
            Kind::Dot => "`.`".into(),
            Kind::DotDot => "`..`".into(),
            Kind::Slash => "`/`".into(),
            Kind::SlashSlash => "`//`".into(),
            Kind::Open => "`(`".into(),
            Kind::Close => "`)`".into(),
            Kind::OpenFilter => "`[`".into(),
            Kind::CloseFilter => "`]`".into(),
            Kind::Comma => "`,`".into(),
            Kind::End => "the end".into(),
        }
    }

    /// True when what follows must be an operator: XPath decides by the token before whether `*`,
    /// `and`, `or`, `div`, `mod` are operators or names.
    fn ends_operand(&self) -> bool {
        matches!(
            self,
            Kind::Number(_)
                | Kind::Text(_)
                | Kind::Reference(_)
                | Kind::Name(_)
                | Kind::Star
                | Kind::Dot
                | Kind::DotDot
                | Kind::Close
                | Kind::CloseFilter
        )
    }
}

/// All tokens of an expression, [`Kind::End`] last.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, ExpressionError> {
    let mut found: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let after_operand = found.last().is_some_and(|token| token.kind.ends_operand());
        let (kind, length) =
            token(&text[at..], first, after_operand).map_err(|reason| ExpressionError { offset: at, reason })?;
        found.push(Token { kind, at });
        at += length;
    }
    found.push(Token { kind: Kind::End, at });
    Ok(found)
}

fn token(rest: &str, first: char, after_operand: bool) -> Result<(Kind, usize), Reason> {
    const FIXED: &[(&str, Kind)] = &[
        ("!=", Kind::Operator(Op::NotEqual)),
        ("<=", Kind::Operator(Op::LessEqual)),
        (">=", Kind::Operator(Op::GreaterEqual)),
        ("//", Kind::SlashSlash),
        ("=", Kind::Operator(Op::Equal)),
        ("<", Kind::Operator(Op::Less)),
        (">", Kind::Operator(Op::Greater)),
        ("+", Kind::Operator(Op::Add)),
        ("-", Kind::Operator(Op::Subtract)),
        ("|", Kind::Operator(Op::Union)),
        ("/", Kind::Slash),
        ("(", Kind::Open),
        (")", Kind::Close),
        ("[", Kind::OpenFilter),
        ("]", Kind::CloseFilter),
        (",", Kind::Comma),
    ];
    if let Some((spelling, kind)) = FIXED.iter().find(|(spelling, _)| rest.starts_with(spelling)) {
        return Ok((kind.clone(), spelling.len()));
    }
    match first {
        '*' if after_operand => Ok((Kind::Operator(Op::Multiply), 1)),
        '*' => Ok((Kind::Star, 1)),
        '@' => Ok((Kind::Axis("@".into()), 1)),
        '"' | '\'' => {
            let end = rest[1..].find(first).ok_or(Reason::OpenText)?;
            Ok((Kind::Text(rest[1..=end].to_owned()), end + 2))
        }
        '$' if rest.starts_with("${") => {
            let end = rest.find('}').ok_or(Reason::OpenName)?;
            Ok((Kind::Reference(rest[2..end].trim().to_owned()), end + 1))
        }
        '.' if rest.starts_with("..") => Ok((Kind::DotDot, 2)),
        '.' if !rest[1..].starts_with(|c: char| c.is_ascii_digit()) => Ok((Kind::Dot, 1)),
        c if c.is_ascii_digit() || c == '.' => Ok(number(rest)),
        c if starts_name(c) => Ok(name(rest, after_operand)),
        other => Err(Reason::Character(other)),
    }
}

fn number(rest: &str) -> (Kind, usize) {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(rest);
    if rest[length..].starts_with('.') {
        length += 1 + digits(&rest[length + 1..]);
    }
    // Digits with at most one point always read as a number.
    (Kind::Number(rest[..length].parse().unwrap_or(f64::NAN)), length)
}

fn name(rest: &str, after_operand: bool) -> (Kind, usize) {
    let mut length = part(rest);
    if rest[length..].starts_with("::") {
        return (Kind::Axis(rest[..length].to_owned()), length + 2);
    }
    if rest[length..].starts_with(':') && rest[length + 1..].starts_with(starts_name) {
        length += 1 + part(&rest[length + 1..]);
    }
    let operator = match &rest[..length] {
        "and" => Some(Op::And),
        "or" => Some(Op::Or),
        "div" => Some(Op::Divide),
        "mod" => Some(Op::Modulo),
        _ => None,
    };
    match operator {
        Some(op) if after_operand => (Kind::Operator(op), length),
        _ => (Kind::Name(rest[..length].to_owned()), length),
    }
}

fn part(rest: &str) -> usize {
    rest.find(|c: char| !(starts_name(c) || c.is_ascii_digit() || c == '-' || c == '.')).unwrap_or(rest.len())
}

fn starts_name(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}
