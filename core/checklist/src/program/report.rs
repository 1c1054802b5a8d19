//! From finished cells to what a person sees: nodes in form order, what is missing, findings, score.

use super::Program;
use super::code::Code;
use super::form::{FormKind, NodeId, ROOT_NODE};
use super::interpret::{Fault, Interpreter};
use super::run::interpreter;
use super::state::{ROOT_ROW, RowId, State};
use crate::answer;
use crate::answers::{Answers, Key, Moment, Value};
use crate::evaluation::{
    Computed, Diagnostic, Evaluation, ImpliedFinding, Missing, Needed, Node, NodeKind, Score, Violation,
};
use crate::template::{Choice, Kind, Points, Question, Severity};
use crate::text::Text;

pub(crate) fn report(program: &Program, answers: &Answers, moment: &Moment, state: &State) -> Evaluation {
    let mut reporter = Reporter { program, answers, moment, state, made: Evaluation::default() };
    for (node, row, code) in &state.faults {
        reporter.fault(*node, *row, code);
    }
    reporter.children(ROOT_NODE, ROOT_ROW, 0);
    reporter.made
}

struct Reporter<'a> {
    program: &'a Program,
    answers: &'a Answers,
    moment: &'a Moment,
    state: &'a State,
    made: Evaluation,
}

impl<'a> Reporter<'a> {
    fn children(&mut self, parent: NodeId, row: RowId, depth: usize) {
        let program = self.program;
        for id in program.form.nodes[parent].children.iter().copied() {
            let cell = self.state.cell(&program.form, id, row);
            let mut node = self.plain(id, row, depth);
            node.relevant = cell.relevant;
            match program.form.nodes[id].kind {
                FormKind::Root | FormKind::Section => {
                    node.kind = NodeKind::Section;
                    self.made.nodes.push(node);
                    self.children(id, row, depth + 1);
                }
                FormKind::Repeat => {
                    node.kind = NodeKind::Repeat;
                    node.value = cell.value.clone();
                    self.made.nodes.push(node);
                    for child in self.state.children(row, id) {
                        let mut node = self.plain(id, *child, depth + 1);
                        node.kind = NodeKind::Row;
                        node.relevant = self.state.row_relevant(&program.form, *child);
                        node.position = self.state.rows[*child].position;
                        self.made.nodes.push(node);
                        self.children(id, *child, depth + 2);
                    }
                }
                FormKind::Question => {
                    if let Some(question) = &program.form.nodes[id].question {
                        node.value = cell.value.clone();
                        self.question(id, row, question, node);
                    }
                }
            }
        }
    }

    fn plain(&self, id: NodeId, row: RowId, depth: usize) -> Node {
        Node {
            kind: NodeKind::Question,
            question: self.program.form.nodes[id].uid.clone(),
            instance: self.state.rows[row].id.clone(),
            depth,
            position: 0,
            relevant: false,
            required: false,
            readonly: false,
            value: Value::Empty,
            violation: None,
            failed: false,
            photo_required: false,
            note_required: false,
            choices: None,
        }
    }

    fn question(&mut self, id: NodeId, row: RowId, question: &'a Question, mut node: Node) {
        let code = &self.program.code[id];
        let at = interpreter(self.program, self.moment, self.state, id, row);
        if self.state.cell(&self.program.form, id, row).to_store {
            let key = Key::new(&node.question, &node.instance);
            self.made.to_store.push(Computed { key, value: node.value.clone() });
        }
        if node.relevant {
            node.required = self.holds(&at, code.required.as_ref(), false);
            node.readonly = question.kind == Kind::Calculate || self.holds(&at, code.readonly.as_ref(), false);
            node.choices = code.choice_filter.as_ref().map(|filter| self.offered(at, filter, question));
            if !node.value.is_empty() {
                node.violation = self.violation(&at, question, &node);
                self.judge(&at, question, &mut node);
            }
            self.missing(question, &node);
        }
        self.made.nodes.push(node);
    }

    fn offered(&mut self, mut at: Interpreter<'a>, filter: &Code, question: &Question) -> Vec<String> {
        let mut offered = Vec::new();
        for choice in self.program.template.choices_of(question) {
            at.choice = Some(choice);
            if self.holds(&at, Some(filter), true) {
                offered.push(choice.name.clone());
            }
        }
        offered
    }

    fn violation(&mut self, at: &Interpreter<'_>, question: &Question, node: &Node) -> Option<Violation> {
        if !answer::fits(question.kind, &node.value) {
            return Some(Violation::Type);
        }
        if question.kind.is_select() {
            let list = self.program.template.choices_of(question);
            let offered = |name: &str| match &node.choices {
                Some(names) => names.iter().any(|other| other == name),
                None => list.iter().any(|choice| choice.name == name),
            };
            if !chosen(&node.value).iter().all(|name| offered(name)) {
                return Some(Violation::Choice);
            }
        }
        let constraint = self.program.code[at.here.node].constraint.as_ref();
        (!self.holds(at, constraint, true)).then(|| Violation::Constraint(question.constraint_text.clone()))
    }

    /// Does the answer fail, and what does it count?
    fn judge(&mut self, at: &Interpreter<'_>, question: &Question, node: &mut Node) {
        let names = chosen(&node.value);
        let list: Vec<&Choice> = self.program.template.choices_of(question).iter().collect();
        let picked: Vec<&Choice> = list.iter().copied().filter(|choice| names.contains(&choice.name)).collect();
        let own = question.severity.unwrap_or_default();
        let mut severity: Option<Severity> =
            picked.iter().filter(|choice| choice.fail).map(|choice| choice.severity.unwrap_or(own)).max();
        if self.holds(at, self.program.code[at.here.node].fail.as_ref(), false) {
            severity = severity.max(Some(own));
        }
        if let Some(severity) = severity {
            node.failed = true;
            node.photo_required = question.on_fail.photo;
            node.note_required = question.on_fail.note;
            self.made.findings.push(finding(question, node, &picked, severity));
        }
        self.count(question, &list, &picked, severity == Some(Severity::Critical));
    }

    fn count(&mut self, question: &Question, list: &[&Choice], picked: &[&Choice], critical: bool) {
        let scored = list.iter().any(|choice| choice.score.is_some());
        if !scored && !critical && self.made.score.is_none() {
            return;
        }
        let score = self.made.score.get_or_insert_default();
        score.failed_critical |= critical;
        if !scored || picked.iter().any(|choice| choice.na) {
            return;
        }
        let points = |choice: &&Choice| i128::from(choice.score.unwrap_or_default().thousandths());
        let weight = i128::from(question.weight.unwrap_or(Points::ONE).thousandths());
        let best: i128 = match question.kind {
            Kind::SelectMultiple => list.iter().map(points).filter(|points| *points > 0).sum(),
            _ => list.iter().map(points).max().unwrap_or_default(),
        };
        let Score { points: sum, of, .. } = score;
        *sum += weight * picked.iter().map(points).sum::<i128>();
        *of += weight * best;
    }

    fn missing(&mut self, question: &Question, node: &Node) {
        let key = Key::new(&node.question, &node.instance);
        let photos = self.answers.photos.get(&key).copied().unwrap_or_default();
        let wants_photo = question.kind == Kind::Image;
        let mut need = |needed| self.made.missing.push(Missing { key: key.clone(), needed });
        if node.required && question.kind.is_asked() && node.value.is_empty() && (!wants_photo || photos == 0) {
            need(if wants_photo { Needed::Photo } else { Needed::Answer });
        }
        if node.photo_required && photos == 0 {
            need(Needed::Photo);
        }
        let note = self.answers.values.get(&Key::note(&node.question, &node.instance));
        if node.note_required && note.is_none_or(Value::is_empty) {
            need(Needed::Note);
        }
    }

    /// A rule that fails at run time counts as `otherwise` and is told.
    fn holds(&mut self, at: &Interpreter<'_>, code: Option<&Code>, otherwise: bool) -> bool {
        match code.map(|code| at.truth(code)) {
            None => otherwise,
            Some(Ok(truth)) => truth,
            Some(Err(fault)) => {
                self.fault(at.here.node, at.here.row, fault);
                otherwise
            }
        }
    }

    fn fault(&mut self, node: NodeId, row: RowId, code: Fault) {
        let question = self.program.form.nodes[node].uid.clone();
        let instance = self.state.rows[row].id.clone();
        self.made.diagnostics.push(Diagnostic { question, instance, code });
    }
}

fn chosen(value: &Value) -> Vec<String> {
    value.to_string().split_whitespace().map(str::to_owned).collect()
}

fn finding(question: &Question, node: &Node, picked: &[&Choice], severity: Severity) -> ImpliedFinding {
    let title = [&question.action_title, &question.label].into_iter().find(|text| !text.is_empty());
    let detail = picked.iter().find(|choice| choice.fail).map(|choice| choice.label.clone());
    ImpliedFinding {
        question: node.question.clone(),
        instance: node.instance.clone(),
        severity,
        title: title.cloned().unwrap_or_else(|| Text::plain(&question.name)),
        detail: detail.unwrap_or_else(|| Text::plain(node.value.to_string())),
    }
}
