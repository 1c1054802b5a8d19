//! What needs what: the order of evaluation, and what an answer can change.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::code::{Code, NodeCode};
use super::form::{Form, FormKind, NodeId, ROOT_NODE};
use super::{Column, CompileError};
use crate::expression::Reason;

/// Half of a node: whether it is relevant, or its value. Relevance comes first, because what is not
/// relevant has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Vertex {
    Relevance(NodeId),
    Value(NodeId),
}

impl Vertex {
    fn index(self) -> usize {
        match self {
            Vertex::Relevance(node) => node * 2,
            Vertex::Value(node) => node * 2 + 1,
        }
    }

    fn at(index: usize) -> Self {
        if index.is_multiple_of(2) { Vertex::Relevance(index / 2) } else { Vertex::Value(index / 2) }
    }

    pub(crate) fn node(self) -> NodeId {
        match self {
            Vertex::Relevance(node) | Vertex::Value(node) => node,
        }
    }
}

/// The dependencies of a form.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Every vertex after all it needs; ties in form order.
    pub(crate) order: Vec<Vertex>,
    /// By vertex: who reads it while values are computed.
    readers: Vec<BTreeSet<usize>>,
    /// By node: nodes whose leaves (required, constraint, ...) read it.
    leaf_readers: Vec<BTreeSet<NodeId>>,
}

impl Graph {
    pub(crate) fn new(form: &Form, code: &[NodeCode]) -> Result<Self, CompileError> {
        let mut graph = Graph {
            order: Vec::new(),
            readers: vec![BTreeSet::new(); form.nodes.len() * 2],
            leaf_readers: vec![BTreeSet::new(); form.nodes.len()],
        };
        for (node, own) in code.iter().enumerate() {
            graph.add_node(form, node, own);
        }
        graph.sort(form)?;
        Ok(graph)
    }

    fn add_node(&mut self, form: &Form, node: NodeId, own: &NodeCode) {
        let mut edge = |from: Vertex, to: Vertex| {
            self.readers[from.index()].insert(to.index());
        };
        let (relevance, value) = (Vertex::Relevance(node), Vertex::Value(node));
        edge(relevance, value);
        if node != ROOT_NODE {
            let parent = form.nodes[node].parent;
            edge(Vertex::Relevance(parent), relevance);
            // Rows beyond the count of a repeat are not relevant.
            if form.nodes[parent].kind == FormKind::Repeat {
                edge(Vertex::Value(parent), relevance);
            }
        }
        let mut reads = |code: &Option<Code>, reader: Vertex| {
            for place in code.iter().flat_map(Code::refs) {
                edge(Vertex::Value(place.target), reader);
                // All scopes on the way decide how many places there are.
                let rows = form.rows_of(place.target);
                for scope in form.scopes_up(rows).take_while(|scope| *scope != place.common) {
                    edge(Vertex::Value(scope), reader);
                }
            }
        };
        reads(&own.relevant, relevance);
        reads(&own.calculation, value);
        reads(&own.default, value);
        reads(&own.count, value);
        for leaf in [&own.required, &own.readonly, &own.constraint, &own.fail, &own.choice_filter] {
            for place in leaf.iter().flat_map(Code::refs) {
                self.leaf_readers[place.target].insert(node);
            }
        }
    }

    fn sort(&mut self, form: &Form) -> Result<(), CompileError> {
        let mut needs = vec![0_usize; self.readers.len()];
        for reader in self.readers.iter().flatten() {
            needs[*reader] += 1;
        }
        let mut ready: BinaryHeap<Reverse<usize>> =
            (0..needs.len()).filter(|index| needs[*index] == 0).map(Reverse).collect();
        while let Some(Reverse(index)) = ready.pop() {
            self.order.push(Vertex::at(index));
            for reader in &self.readers[index] {
                needs[*reader] -= 1;
                if needs[*reader] == 0 {
                    ready.push(Reverse(*reader));
                }
            }
        }
        if self.order.len() == needs.len() { Ok(()) } else { Err(self.cycle(form, &needs)) }
    }

    /// One cycle among what could not be ordered.
    fn cycle(&self, form: &Form, needs: &[usize]) -> CompileError {
        let stuck = |index: &usize| needs[*index] > 0;
        // Walking from reader to what it still needs must come back to where it was.
        let needed_by =
            |reader: usize| (0..needs.len()).filter(stuck).find(|index| self.readers[*index].contains(&reader));
        let mut path = Vec::new();
        let mut at = (0..needs.len()).find(stuck);
        while let Some(index) = at {
            if let Some(start) = path.iter().position(|seen| *seen == index) {
                path.drain(..start);
                break;
            }
            path.push(index);
            at = needed_by(index);
        }
        path.reverse();
        let mut names: Vec<String> =
            path.iter().map(|index| form.nodes[Vertex::at(*index).node()].name.clone()).collect();
        names.dedup();
        if names.len() > 1 && names.first() == names.last() {
            names.pop();
        }
        names.extend(names.first().cloned());
        let first = path.iter().map(|index| Vertex::at(*index)).min().unwrap_or(Vertex::Value(ROOT_NODE));
        let node = &form.nodes[first.node()];
        let column = match first {
            Vertex::Relevance(_) => Column::Relevant,
            Vertex::Value(_) if node.kind == FormKind::Repeat => Column::RepeatCount,
            Vertex::Value(_) => Column::Calculation,
        };
        CompileError { question: node.uid.clone(), column, offset: 0, reason: Reason::Cycle(names), row: node.row }
    }

    /// All nodes that can change when the value of one does, itself left out.
    pub(crate) fn dependents(&self, node: NodeId) -> Vec<NodeId> {
        let mut dirty = vec![false; self.readers.len()];
        dirty[Vertex::Value(node).index()] = true;
        let mut found: Vec<NodeId> = Vec::new();
        for vertex in &self.order {
            if !dirty[vertex.index()] {
                continue;
            }
            for reader in &self.readers[vertex.index()] {
                dirty[*reader] = true;
            }
            let touched = std::iter::once(vertex.node()).chain(self.leaf_readers[vertex.node()].iter().copied());
            for touched in touched.filter(|touched| *touched != node) {
                if !found.contains(&touched) {
                    found.push(touched);
                }
            }
        }
        found
    }
}
