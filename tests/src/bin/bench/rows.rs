//! Rows of figures: ours beside a peer's, with the ratio and whether it meets its target.

use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use wurao_tests::{Doing, Trouble};

/// All rows of a run.
#[derive(Default)]
pub(crate) struct Rows(Vec<Row>);

/// One figure.
pub(crate) struct Row {
    pub(crate) bench: &'static str,
    pub(crate) metric: String,
    pub(crate) unit: &'static str,
    pub(crate) ours: f64,
    /// The peer's name and figure in the same run.
    pub(crate) peer: Option<(&'static str, f64)>,
    pub(crate) target: Option<Target>,
}

/// What a figure shall stay under.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// Ours divided by the peer's.
    Ratio(f64),
    /// Ours alone.
    Ours(f64),
}

impl Row {
    fn ratio(&self) -> Option<f64> {
        // None to a peer that has done nothing.
        self.peer.filter(|(_, peer)| *peer != 0.0).map(|(_, peer)| self.ours / peer)
    }

    fn met(&self) -> Option<bool> {
        match self.target? {
            Target::Ratio(most) => self.ratio().map(|ratio| ratio <= most),
            Target::Ours(most) => Some(self.ours <= most),
        }
    }

    fn target_text(&self) -> Option<String> {
        Some(match self.target? {
            Target::Ratio(most) => format!("<= {most} x"),
            Target::Ours(most) => format!("<= {most}"),
        })
    }

    fn json(&self) -> Value {
        json!({
            "bench": self.bench,
            "metric": self.metric,
            "unit": self.unit,
            "ours": self.ours,
            "peer": self.peer.map(|(name, _)| name),
            "peer_value": self.peer.map(|(_, value)| value),
            "ratio": self.ratio(),
            "target": self.target_text(),
            "met": self.met(),
        })
    }
}

impl Rows {
    /// Adds a figure.
    pub(crate) fn add(&mut self, row: Row) {
        self.0.push(row);
    }

    /// One line each, for people.
    pub(crate) fn print(&self, out: &mut dyn Write) -> Result<(), Trouble> {
        for row in &self.0 {
            let mut line = format!("{:8} {:58} {:>12.2} {}", row.bench, row.metric, row.ours, row.unit);
            if let Some((name, value)) = row.peer {
                line.push_str(&format!("   {name} {value:.2}"));
            }
            if let Some(ratio) = row.ratio() {
                line.push_str(&format!(", ratio {ratio:.3}"));
            }
            if let (Some(target), Some(met)) = (row.target_text(), row.met()) {
                line.push_str(&format!("   target {target}: {}", if met { "met" } else { "NOT met" }));
            }
            writeln!(out, "{line}").doing("print the rows")?;
        }
        Ok(())
    }

    /// The rows as a JSON array.
    pub(crate) fn write(&self, file: &Path) -> Result<(), Trouble> {
        let rows: Vec<Value> = self.0.iter().map(Row::json).collect();
        std::fs::write(file, format!("{:#}\n", Value::Array(rows))).doing(format!("write {}", file.display()))
    }
}

/// Says how far a run is, or what it goes without.
#[expect(clippy::print_stderr, reason = "rows alone go to stdout")]
pub(crate) fn note(what: &str) {
    eprintln!("{what}");
}
