//! Runs one compiled expression at one place.

use super::Program;
use super::code::{Code, Ref};
use super::form::{FormKind, NodeId};
use super::functions;
use super::state::{RowId, State};
use crate::answers::Moment;
use crate::expression::ast::Op;
use crate::expression::cast::Scalar;
use crate::template::Choice;

/// The longest text an expression may make: repeated joining must not eat the memory.
pub(crate) const MAX_TEXT: usize = 64 * 1024;

/// Why an expression fails at run time, as a stable code.
pub(crate) type Fault = &'static str;

pub(crate) const TEXT_TOO_LONG: Fault = "text-too-long";

/// A node in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) node: NodeId,
    pub(crate) row: RowId,
}

/// Where an expression runs.
#[derive(Clone, Copy)]
pub(crate) struct Interpreter<'a> {
    pub(crate) program: &'a Program,
    pub(crate) state: &'a State,
    pub(crate) moment: &'a Moment,
    pub(crate) here: Place,
    /// The choice a filter looks at.
    pub(crate) choice: Option<&'a Choice>,
}

impl Interpreter<'_> {
    pub(crate) fn truth(&self, code: &Code) -> Result<bool, Fault> {
        Ok(self.scalar(code)?.truth())
    }

    pub(crate) fn text(&self, code: &Code) -> Result<String, Fault> {
        Ok(self.scalar(code)?.text())
    }

    pub(crate) fn number(&self, code: &Code) -> Result<f64, Fault> {
        Ok(self.as_number(&self.scalar(code)?))
    }

    pub(crate) fn as_number(&self, scalar: &Scalar) -> f64 {
        scalar.number(self.moment.offset_minutes())
    }

    /// The value of an expression; of several places the first.
    pub(crate) fn scalar(&self, code: &Code) -> Result<Scalar, Fault> {
        match code {
            Code::Number(number) => Ok(Scalar::Number(*number)),
            Code::Text(text) => Ok(Scalar::Text(text.clone())),
            Code::Ref(place) => {
                Ok(self.places(place).first().map_or_else(|| Scalar::Text(String::new()), |place| self.read(*place)))
            }
            Code::ChoiceColumn(column) => Ok(Scalar::Text(self.choice_column(column))),
            Code::Negate(inner) => Ok(Scalar::Number(-self.number(inner)?)),
            Code::Binary { op, left, right } => self.binary(*op, left, right),
            Code::Call(call) => {
                let made = functions::run(self, call)?;
                match &made {
                    Scalar::Text(text) if text.len() > MAX_TEXT => Err(TEXT_TOO_LONG),
                    _ => Ok(made),
                }
            }
        }
    }

    /// All values of an expression: one for each place of a path, else the one it has.
    pub(crate) fn scalars(&self, code: &Code) -> Result<Vec<Scalar>, Fault> {
        match code {
            Code::Ref(place) => Ok(self.places(place).into_iter().map(|place| self.read(place)).collect()),
            Code::Binary { op: Op::Union, left, right } => {
                let mut all = self.scalars(left)?;
                all.extend(self.scalars(right)?);
                Ok(all)
            }
            _ => Ok(vec![self.scalar(code)?]),
        }
    }

    fn choice_column(&self, column: &str) -> String {
        let Some(choice) = self.choice else {
            return String::new();
        };
        match column {
            "name" => choice.name.clone(),
            "label" => choice.label.get(&self.program.template.default_language).to_owned(),
            _ => choice.columns.get(column).cloned().unwrap_or_default(),
        }
    }

    pub(crate) fn read(&self, place: Place) -> Scalar {
        match self.program.form.nodes[place.node].kind {
            FormKind::Question => Scalar::read(&self.state.cell(&self.program.form, place.node, place.row).value),
            _ => Scalar::Text(String::new()),
        }
    }

    /// The places of a path that are relevant, in order.
    pub(crate) fn places(&self, to: &Ref) -> Vec<Place> {
        let form = &self.program.form;
        let rows_of = form.rows_of(to.target);
        let mut way: Vec<NodeId> = form.scopes_up(rows_of).take_while(|scope| *scope != to.common).collect();
        way.reverse();
        let mut rows = vec![self.state.climb(self.here.row, to.common)];
        for repeat in way {
            rows = rows.iter().flat_map(|row| self.state.children(*row, repeat)).copied().collect();
        }
        rows.retain(|row| self.is_relevant(to.target, *row));
        rows.into_iter().map(|row| Place { node: to.target, row }).collect()
    }

    /// `row` is a row of the target itself when that is a repeat, else of the scope around it.
    fn is_relevant(&self, target: NodeId, row: RowId) -> bool {
        let form = &self.program.form;
        match form.nodes[target].kind {
            FormKind::Repeat => self.state.row_relevant(form, row),
            _ => self.state.cell(form, target, row).relevant,
        }
    }

    fn binary(&self, op: Op, left: &Code, right: &Code) -> Result<Scalar, Fault> {
        Ok(match op {
            Op::Or => Scalar::Bool(self.truth(left)? || self.truth(right)?),
            Op::And => Scalar::Bool(self.truth(left)? && self.truth(right)?),
            Op::Add => Scalar::Number(self.number(left)? + self.number(right)?),
            Op::Subtract => Scalar::Number(self.number(left)? - self.number(right)?),
            Op::Multiply => Scalar::Number(self.number(left)? * self.number(right)?),
            Op::Divide => Scalar::Number(self.number(left)? / self.number(right)?),
            Op::Modulo => Scalar::Number(self.number(left)? % self.number(right)?),
            Op::Union => {
                let first = self.scalars(left)?.into_iter().next();
                match first {
                    Some(found) => found,
                    None => self.scalar(right)?,
                }
            }
            Op::Equal | Op::NotEqual | Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => {
                Scalar::Bool(self.compare(op, left, right)?)
            }
        })
    }

    /// Of several places any that holds will do; a single one that is not relevant reads as empty.
    fn compare(&self, op: Op, left: &Code, right: &Code) -> Result<bool, Fault> {
        let (left, right) = (self.operands(left)?, self.operands(right)?);
        Ok(left.iter().any(|left| right.iter().any(|right| self.holds(op, left, right))))
    }

    fn operands(&self, code: &Code) -> Result<Vec<Scalar>, Fault> {
        match code {
            Code::Ref(place) if self.program.form.rows_of(place.target) != place.common => self.scalars(code),
            _ => Ok(vec![self.scalar(code)?]),
        }
    }

    fn holds(&self, op: Op, left: &Scalar, right: &Scalar) -> bool {
        let equal = || left.equals(right, self.moment.offset_minutes());
        let (low, high) = (self.as_number(left), self.as_number(right));
        match op {
            Op::Equal => equal(),
            Op::NotEqual => !equal(),
            Op::Less => low < high,
            Op::LessEqual => low <= high,
            Op::Greater => low > high,
            _ => low >= high,
        }
    }
}
