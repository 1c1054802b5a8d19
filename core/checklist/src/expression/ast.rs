//! The syntax tree of an expression, before names are looked up.

use std::fmt;

/// One expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    Number(f64),
    Text(String),
    Path(Path),
    Call { name: String, args: Vec<Expr>, at: usize },
    Binary { op: Op, left: Box<Expr>, right: Box<Expr> },
    Negate(Box<Expr>),
}

/// A path to a question, section or repeat.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    pub(crate) start: Start,
    pub(crate) steps: Vec<Step>,
    pub(crate) at: usize,
}

/// Where a path starts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Start {
    /// `/...`
    Root,
    /// `.`, `..`, `name`
    Here,
    /// `${name}`
    Name(String),
    /// `instance('list')...` and others, kept to be refused with their place.
    Call(Box<Expr>),
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) axis: Axis,
    /// A `[...]` follows.
    pub(crate) filtered: bool,
}

/// Where one step goes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Axis {
    Itself,
    Parent,
    Child(String),
    AnyChild,
    Descendant,
}

/// An operator between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Union,
}

impl Op {
    /// How tightly it binds, loosest 1. All are left-associative.
    pub(crate) fn power(self) -> u8 {
        match self {
            Op::Or => 1,
            Op::And => 2,
            Op::Equal | Op::NotEqual => 3,
            Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => 4,
            Op::Add | Op::Subtract => 5,
            Op::Multiply | Op::Divide | Op::Modulo => 6,
            Op::Union => 8,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Op::Or => "or",
            Op::And => "and",
            Op::Equal => "=",
            Op::NotEqual => "!=",
            Op::Less => "<",
            Op::LessEqual => "<=",
            Op::Greater => ">",
            Op::GreaterEqual => ">=",
            Op::Add => "+",
            Op::Subtract => "-",
            Op::Multiply => "*",
            Op::Divide => "div",
            Op::Modulo => "mod",
            Op::Union => "|",
        }
    }
}

/// How tightly a leading minus binds: tighter than `*`, looser than `|`.
pub(crate) const NEGATE_POWER: u8 = 7;

/// Prefix notation: what the golden tests compare.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Number(number) => write!(f, "{number}"),
            Expr::Text(text) => write!(f, "{text:?}"),
            Expr::Path(path) => path.fmt(f),
            Expr::Call { name, args, .. } => {
                write!(f, "({name}")?;
                args.iter().try_for_each(|arg| write!(f, " {arg}"))?;
                f.write_str(")")
            }
            Expr::Binary { op, left, right } => write!(f, "({} {left} {right})", op.as_str()),
            Expr::Negate(inner) => write!(f, "(neg {inner})"),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = match &self.start {
            Start::Root => {
                f.write_str("/")?;
                true
            }
            Start::Here => true,
            Start::Name(name) => {
                write!(f, "${{{name}}}")?;
                false
            }
            Start::Call(call) => {
                call.fmt(f)?;
                false
            }
        };
        for step in &self.steps {
            if !first {
                f.write_str("/")?;
            }
            first = false;
            match &step.axis {
                Axis::Itself => f.write_str(".")?,
                Axis::Parent => f.write_str("..")?,
                Axis::Child(name) => f.write_str(name)?,
                Axis::AnyChild => f.write_str("*")?,
                Axis::Descendant => f.write_str("descendant")?,
            }
            if step.filtered {
                f.write_str("[]")?;
            }
        }
        Ok(())
    }
}
