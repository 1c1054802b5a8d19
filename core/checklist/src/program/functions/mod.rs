//! The functions of expressions. To add one: a row in a table, and a function beside it.

mod dates;
mod logic;
mod numbers;
mod selects;
mod texts;

use super::code::{Call, Code};
use super::interpret::{Fault, Interpreter};
use crate::expression::cast::Scalar;

/// How a path given to a function is read inside the repeat it points into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lift {
    /// The row's own place.
    Never,
    /// All rows, when it is the only argument.
    Single,
    /// All rows.
    Always,
}

type Run = fn(&Interpreter<'_>, &Call) -> Result<Scalar, Fault>;

/// One function.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) least: usize,
    pub(crate) most: usize,
    pub(crate) lift: Lift,
    /// Which arguments must be paths.
    pub(crate) paths: &'static [usize],
    run: Run,
}

const MANY: usize = 256;

const fn function(name: &'static str, least: usize, most: usize, run: Run) -> Function {
    Function { name, least, most, lift: Lift::Never, paths: &[], run }
}

/// Functions of the dialect that need what a pure evaluation does not have: files, randomness, other forms.
pub(crate) const UNSUPPORTED: &[&str] = &[
    "area",
    "base64-decode",
    "checklist",
    "digest",
    "distance",
    "enclosed-area",
    "extract-signed",
    "geofence",
    "id",
    "instance",
    "intersects",
    "jr:itext",
    "lang",
    "last",
    "local-name",
    "name",
    "namespace-uri",
    "property",
    "pulldata",
    "random",
    "randomize",
    "uuid",
    "version",
    "weighted-checklist",
];

/// The function of a name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    [logic::TABLE, texts::TABLE, numbers::TABLE, dates::TABLE, selects::TABLE]
        .into_iter()
        .flatten()
        .find(|function| function.name == name)
}

/// Calls a function.
pub(crate) fn run(at: &Interpreter<'_>, call: &Call) -> Result<Scalar, Fault> {
    (call.function.run)(at, call)
}

impl Call {
    /// The argument at a place the compiler has seen to be there.
    fn arg(&self, index: usize) -> &Code {
        const NOTHING: &Code = &Code::Text(String::new());
        self.args.get(index).unwrap_or(NOTHING)
    }
}
