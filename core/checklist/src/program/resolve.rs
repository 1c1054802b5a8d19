//! Names to places, function names to functions.

use std::cell::RefCell;

use regex_lite::{Regex, RegexBuilder};

use super::code::{Call, Code, NodeCode, Ref};
use super::form::{Form, FormKind, NodeId, ROOT_NODE};
use super::functions::{self, Lift};
use super::{Column, CompileError};
use crate::expression::ast::{Axis, Expr, Path, Start, Step};
use crate::expression::{ExpressionError, Reason, parse};
use crate::template::{DefaultValue, Item, Template};

/// What compiling gives.
#[derive(Debug, Default)]
pub(crate) struct Compiled {
    /// By node; what fails is left out.
    pub(crate) code: Vec<NodeCode>,
    pub(crate) errors: Vec<CompileError>,
    /// Read leniently, and probably not what the author meant.
    pub(crate) doubts: Vec<CompileError>,
}

/// Compiles the expressions of all nodes.
pub(crate) fn compile(template: &Template, form: &Form) -> Compiled {
    let mut compiler = Compiler { form, made: Compiled::default() };
    compiler.made.code.resize_with(form.nodes.len(), NodeCode::default);
    // Nodes are numbered in form order, as the items are walked.
    let mut next = ROOT_NODE + 1;
    compiler.items(&template.items, &mut next);
    compiler.made
}

struct Compiler<'a> {
    form: &'a Form,
    made: Compiled,
}

impl Compiler<'_> {
    fn items(&mut self, items: &[Item], next: &mut NodeId) {
        for item in items {
            let id = *next;
            *next += 1;
            match item {
                Item::Section(section) => {
                    self.made.code[id].relevant = self.one(id, Column::Relevant, section.relevant.as_deref());
                    self.items(&section.items, next);
                }
                Item::Repeat(repeat) => {
                    self.made.code[id].relevant = self.one(id, Column::Relevant, repeat.relevant.as_deref());
                    self.made.code[id].count = self.one(id, Column::RepeatCount, repeat.count.as_deref());
                    self.items(&repeat.items, next);
                }
                Item::Question(question) => {
                    let default = match &question.default {
                        Some(DefaultValue::Expression(text)) => Some(text.as_str()),
                        _ => None,
                    };
                    self.made.code[id] = NodeCode {
                        relevant: self.one(id, Column::Relevant, question.relevant.as_deref()),
                        required: self.one(id, Column::Required, question.required.as_deref()),
                        readonly: self.one(id, Column::Readonly, question.readonly.as_deref()),
                        constraint: self.one(id, Column::Constraint, question.constraint.as_deref()),
                        calculation: self.one(id, Column::Calculation, question.calculation.as_deref()),
                        default: self.one(id, Column::Default, default),
                        fail: self.one(id, Column::Fail, question.fail.as_deref()),
                        count: None,
                        choice_filter: self.one(id, Column::ChoiceFilter, question.choice_filter.as_deref()),
                    };
                }
            }
        }
    }

    fn one(&mut self, context: NodeId, column: Column, text: Option<&str>) -> Option<Code> {
        let filter = column == Column::ChoiceFilter;
        let resolver = Resolver { form: self.form, context, filter, doubts: RefCell::default() };
        let compiled = parse(text?).and_then(|expr| resolver.code(&expr, Lift::Never));
        let node = &self.form.nodes[context];
        let told = |ExpressionError { offset, reason }| CompileError {
            question: node.uid.clone(),
            column,
            offset,
            reason,
            row: node.row,
        };
        self.made.doubts.extend(resolver.doubts.into_inner().into_iter().map(told));
        compiled.map_err(|error| self.made.errors.push(told(error))).ok()
    }
}

/// Compiles a pattern so that it must match the whole text, as Collect does.
pub(crate) fn pattern(text: &str) -> Option<Regex> {
    RegexBuilder::new(&format!("^(?:{text})$")).size_limit(1 << 20).build().ok()
}

struct Resolver<'a> {
    form: &'a Form,
    context: NodeId,
    /// Bare names are columns of the choice.
    filter: bool,
    doubts: RefCell<Vec<ExpressionError>>,
}

impl Resolver<'_> {
    fn code(&self, expr: &Expr, lift: Lift) -> Result<Code, ExpressionError> {
        Ok(match expr {
            Expr::Number(number) => Code::Number(*number),
            Expr::Text(text) => Code::Text(text.clone()),
            Expr::Negate(inner) => Code::Negate(Box::new(self.code(inner, Lift::Never)?)),
            Expr::Binary { op, left, right } => Code::Binary {
                op: *op,
                left: Box::new(self.code(left, Lift::Never)?),
                right: Box::new(self.code(right, Lift::Never)?),
            },
            Expr::Call { name, args, at } => self.call(name, args, *at).map(|call| Code::Call(Box::new(call)))?,
            Expr::Path(path) => match &path.steps[..] {
                [Step { axis: Axis::Child(column), filtered: false }] if self.filter && path.start == Start::Here => {
                    Code::ChoiceColumn(column.clone())
                }
                // A bare word such as `null` names a child that no question has: XPath reads it as empty.
                [Step { axis: Axis::Child(name), filtered: false }]
                    if path.start == Start::Here && self.form.child(self.context, name).is_none() =>
                {
                    let reason = Reason::UnknownPath(name.clone());
                    self.doubts.borrow_mut().push(ExpressionError { offset: path.at, reason });
                    Code::Text(String::new())
                }
                _ => Code::Ref(self.place(path, lift)?),
            },
        })
    }

    fn call(&self, name: &str, args: &[Expr], at: usize) -> Result<Call, ExpressionError> {
        let error = |reason| ExpressionError { offset: at, reason };
        let function = functions::find(name).ok_or_else(|| {
            error(if functions::UNSUPPORTED.contains(&name) {
                Reason::UnsupportedFunction(name.to_owned())
            } else {
                Reason::UnknownFunction(name.to_owned())
            })
        })?;
        if args.len() < function.least || args.len() > function.most {
            return Err(error(Reason::Arguments { name: function.name, given: args.len() }));
        }
        let lift = if function.lift == Lift::Single && args.len() > 1 { Lift::Never } else { function.lift };
        let mut compiled = Vec::with_capacity(args.len());
        for (index, arg) in args.iter().enumerate() {
            let code = match arg {
                // jr:choice-name takes its question as quoted text.
                Expr::Text(text) if function.paths.contains(&index) => {
                    parse(text).and_then(|path| self.code(&path, lift)).map_err(|inner| error(inner.reason))?
                }
                _ => self.code(arg, lift)?,
            };
            let wants_path = function.paths.contains(&index) || (function.name == "indexed-repeat" && index % 2 == 1);
            if wants_path && !matches!(code, Code::Ref(_)) {
                return Err(error(Reason::NeedsPath(function.name)));
            }
            compiled.push(code);
        }
        let pattern = match &compiled[..] {
            [_, Code::Text(text)] if function.name == "regex" => {
                Some(pattern(text).ok_or_else(|| error(Reason::Pattern(text.clone())))?)
            }
            _ => None,
        };
        Ok(Call { function, args: compiled, pattern })
    }

    fn place(&self, path: &Path, lift: Lift) -> Result<Ref, ExpressionError> {
        let error = |reason| ExpressionError { offset: path.at, reason };
        let nowhere = || error(Reason::UnknownPath(path.to_string()));
        let mut steps = path.steps.as_slice();
        let mut node = match &path.start {
            Start::Here => self.context,
            Start::Name(name) => self.named(name).map_err(error)?,
            Start::Root => {
                // The first step is the root element, whatever it is called.
                steps = steps.get(1..).unwrap_or_default();
                ROOT_NODE
            }
            Start::Call(_) => return Err(error(Reason::UnsupportedPath)),
        };
        if path.steps.iter().any(|step| step.filtered) {
            return Err(error(Reason::UnsupportedPath));
        }
        for step in steps {
            node = match &step.axis {
                Axis::Itself => node,
                Axis::Parent if node == ROOT_NODE => return Err(nowhere()),
                Axis::Parent => self.form.nodes[node].parent,
                Axis::Child(name) => self.form.child(node, name).ok_or_else(nowhere)?,
                Axis::AnyChild | Axis::Descendant => return Err(error(Reason::UnsupportedPath)),
            };
        }
        let rows = self.form.rows_of(node);
        let mut common = self.form.shared(self.form.nodes[self.context].scope, rows);
        // An aggregate asked from inside a repeat means all rows of it, not its own.
        if lift != Lift::Never && common == rows && common != ROOT_NODE {
            common = self.form.nodes[common].scope;
        }
        Ok(Ref { target: node, common })
    }

    /// `${name}`: unique, or the one nearest by repeats.
    fn named(&self, name: &str) -> Result<NodeId, Reason> {
        let found = self.form.named(name);
        let scope = self.form.nodes[self.context].scope;
        for around in self.form.scopes_up(scope) {
            let here: Vec<NodeId> = found.iter().copied().filter(|id| self.form.nodes[*id].scope == around).collect();
            match here[..] {
                [] => {}
                [only] => return Ok(only),
                // A section and a question may share a name; expressions mean the question.
                _ => {
                    let mut questions = here.iter().filter(|id| self.form.nodes[**id].kind == FormKind::Question);
                    return match (questions.next(), questions.next()) {
                        (Some(only), None) => Ok(*only),
                        _ => Err(Reason::AmbiguousName(name.to_owned())),
                    };
                }
            }
        }
        match found {
            [] => Err(Reason::UnknownName(name.to_owned())),
            [only] => Ok(*only),
            _ => Err(Reason::AmbiguousName(name.to_owned())),
        }
    }
}
