//! Compiled expressions: every name is a place, every function a row of the table.

use regex_lite::Regex;

use super::form::NodeId;
use super::functions::Function;
use crate::expression::ast::Op;

/// One compiled expression.
#[derive(Debug)]
pub(crate) enum Code {
    Number(f64),
    Text(String),
    Ref(Ref),
    /// A column of the choice a filter looks at.
    ChoiceColumn(String),
    Call(Box<Call>),
    Binary {
        op: Op,
        left: Box<Code>,
        right: Box<Code>,
    },
    Negate(Box<Code>),
}

/// A place relative to where the expression stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ref {
    pub(crate) target: NodeId,
    /// The scope to climb to before going down to the target's rows. When it is the target's own
    /// rows' scope there is exactly one place.
    pub(crate) common: NodeId,
}

/// A function with its arguments.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) function: &'static Function,
    pub(crate) args: Vec<Code>,
    /// The pattern of `regex()`, when it is written out.
    pub(crate) pattern: Option<Regex>,
}

/// The compiled expressions of one node.
#[derive(Debug, Default)]
pub(crate) struct NodeCode {
    pub(crate) relevant: Option<Code>,
    pub(crate) required: Option<Code>,
    pub(crate) readonly: Option<Code>,
    pub(crate) constraint: Option<Code>,
    pub(crate) calculation: Option<Code>,
    pub(crate) default: Option<Code>,
    pub(crate) fail: Option<Code>,
    pub(crate) count: Option<Code>,
    pub(crate) choice_filter: Option<Code>,
}

impl Code {
    /// All places it reads.
    pub(crate) fn refs(&self) -> Vec<Ref> {
        let mut found = Vec::new();
        self.visit(&mut |code| {
            if let Code::Ref(place) = code {
                found.push(*place);
            }
        });
        found
    }

    /// True when it calls a function of that name.
    pub(crate) fn calls(&self, name: &str) -> bool {
        let mut found = false;
        self.visit(&mut |code| {
            if let Code::Call(call) = code {
                found |= call.function.name == name;
            }
        });
        found
    }

    fn visit(&self, each: &mut impl FnMut(&Code)) {
        each(self);
        match self {
            Code::Call(call) => call.args.iter().for_each(|arg| arg.visit(each)),
            Code::Binary { left, right, .. } => {
                left.visit(each);
                right.visit(each);
            }
            Code::Negate(inner) => inner.visit(each),
            Code::Number(_) | Code::Text(_) | Code::Ref(_) | Code::ChoiceColumn(_) => {}
        }
    }
}
