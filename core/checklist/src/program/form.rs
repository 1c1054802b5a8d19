//! The form as a tree of nodes, each in the scope of the repeat around it.

use std::collections::BTreeMap;

use crate::template::{Item, Question, Template};

/// Index of a node; 0 is the root.
pub(crate) type NodeId = usize;

pub(crate) const ROOT_NODE: NodeId = 0;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormKind {
    Root,
    Section,
    Repeat,
    Question,
}

/// One node of the form.
#[derive(Debug)]
pub(crate) struct FormNode {
    pub(crate) kind: FormKind,
    pub(crate) name: String,
    /// The uid of a question or repeat, the path of a section.
    pub(crate) uid: String,
    pub(crate) parent: NodeId,
    pub(crate) children: Vec<NodeId>,
    /// The repeat whose rows this node has a cell in, or the root. A repeat's own cell (relevant,
    /// count) is in the scope around it.
    pub(crate) scope: NodeId,
    /// Which cell of a row.
    pub(crate) slot: usize,
    /// The row of the survey sheet.
    pub(crate) row: Option<u32>,
    pub(crate) question: Option<Question>,
}

/// The whole form.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) nodes: Vec<FormNode>,
    by_name: BTreeMap<String, Vec<NodeId>>,
    by_uid: BTreeMap<String, NodeId>,
    /// How many cells a row of a scope has.
    pub(crate) slots: BTreeMap<NodeId, usize>,
}

impl Form {
    pub(crate) fn new(template: &Template) -> Self {
        let root = FormNode {
            kind: FormKind::Root,
            name: template.form_id.clone(),
            uid: String::new(),
            parent: ROOT_NODE,
            children: Vec::new(),
            scope: ROOT_NODE,
            slot: 0,
            row: None,
            question: None,
        };
        let mut form = Form {
            nodes: vec![root],
            by_name: BTreeMap::new(),
            by_uid: BTreeMap::new(),
            slots: BTreeMap::from([(ROOT_NODE, 1)]),
        };
        form.add_items(&template.items, ROOT_NODE, ROOT_NODE);
        form
    }

    fn add_items(&mut self, items: &[Item], parent: NodeId, scope: NodeId) {
        for item in items {
            match item {
                Item::Section(section) => {
                    let around = &self.nodes[parent].uid;
                    let path = if self.nodes[parent].kind == FormKind::Section {
                        format!("{around}/{}", section.name)
                    } else {
                        section.name.clone()
                    };
                    let row = section.source.as_ref().map(|source| source.row);
                    let id = self.add(FormKind::Section, &section.name, path, parent, scope, row);
                    self.add_items(&section.items, id, scope);
                }
                Item::Repeat(repeat) => {
                    let row = repeat.source.as_ref().map(|source| source.row);
                    let id = self.add(FormKind::Repeat, &repeat.name, repeat.uid.clone(), parent, scope, row);
                    self.slots.insert(id, 0);
                    self.by_uid.insert(repeat.uid.clone(), id);
                    self.add_items(&repeat.items, id, id);
                }
                Item::Question(question) => {
                    let row = question.source.as_ref().map(|source| source.row);
                    let id = self.add(FormKind::Question, &question.name, question.uid.clone(), parent, scope, row);
                    self.by_uid.insert(question.uid.clone(), id);
                    self.nodes[id].question = Some((**question).clone());
                }
            }
        }
    }

    fn add(
        &mut self,
        kind: FormKind,
        name: &str,
        uid: String,
        parent: NodeId,
        scope: NodeId,
        row: Option<u32>,
    ) -> NodeId {
        let id = self.nodes.len();
        let slot = self.slots.entry(scope).or_default();
        let node = FormNode {
            kind,
            name: name.to_owned(),
            uid,
            parent,
            children: Vec::new(),
            scope,
            slot: *slot,
            row,
            question: None,
        };
        *slot += 1;
        self.nodes.push(node);
        self.nodes[parent].children.push(id);
        self.by_name.entry(name.to_owned()).or_default().push(id);
        id
    }

    pub(crate) fn question(&self, uid: &str) -> Option<NodeId> {
        self.by_uid.get(uid).copied().filter(|id| self.nodes[*id].kind == FormKind::Question)
    }

    pub(crate) fn repeat(&self, uid: &str) -> Option<NodeId> {
        self.by_uid.get(uid).copied().filter(|id| self.nodes[*id].kind == FormKind::Repeat)
    }

    pub(crate) fn named(&self, name: &str) -> &[NodeId] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn child(&self, parent: NodeId, name: &str) -> Option<NodeId> {
        self.nodes[parent].children.iter().copied().find(|id| self.nodes[*id].name == name)
    }

    /// The scope whose rows stand for a node: a repeat's own rows, else the scope it is in.
    pub(crate) fn rows_of(&self, node: NodeId) -> NodeId {
        match self.nodes[node].kind {
            FormKind::Repeat => node,
            _ => self.nodes[node].scope,
        }
    }

    /// A scope and all around it, the root last.
    pub(crate) fn scopes_up(&self, scope: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(Some(scope), |scope| (*scope != ROOT_NODE).then(|| self.nodes[*scope].scope))
    }

    /// The innermost scope that two scopes share.
    pub(crate) fn shared(&self, left: NodeId, right: NodeId) -> NodeId {
        let around: Vec<NodeId> = self.scopes_up(right).collect();
        self.scopes_up(left).find(|scope| around.contains(scope)).unwrap_or(ROOT_NODE)
    }
}
