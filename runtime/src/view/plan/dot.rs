//! The graph of a plan in DOT, the language of Graphviz.

use std::fmt::Write;

use super::layout::drawn_edges;
use super::schedule::Schedule;
use crate::model::{EdgeKind, Plan};
use crate::text::HumanDuration;

impl Plan {
    /// Returns the graph in DOT, the language of [Graphviz](https://graphviz.org): `dot -Tsvg`.
    ///
    /// An arrow goes from a service to one that stops after it. It is solid if the start of the first uses the other one,
    /// and dashed if something else orders the two. The slowest path is bold.
    #[must_use]
    pub fn to_dot(&self) -> String {
        let mut text = format!("digraph {} {{\n", quoted(self.name()));
        let _ = writeln!(text, "    label={};\n    labelloc=t;\n    rankdir=LR;", quoted(&self.summary()));
        text.push_str("    node [shape=box, style=rounded, fontname=\"monospace\"];\n");
        text.push_str("    edge [fontname=\"monospace\", fontsize=10];\n");
        let slowest = Schedule::new(self).slowest();
        for (index, service) in self.services().iter().enumerate() {
            let label =
                quoted(&format!("{}\n{}", service.name(), HumanDuration(service.window().guaranteed())));
            let bold = if slowest.contains(&index) { ", penwidth=3" } else { "" };
            let twice = if service.nested().is_some() { ", peripheries=2" } else { "" };
            let _ = writeln!(text, "    s{index} [label={label}{bold}{twice}];");
        }
        for (from, to, kind) in drawn_edges(self) {
            let style = match kind {
                Some(EdgeKind::Use) => "style=solid",
                Some(kind) => &format!("style=dashed, label=\"{kind}\""),
                None => "style=dashed, label=\"stop_order\"",
            };
            let bold = if slowest.windows(2).any(|pair| pair == [from, to]) { ", penwidth=3" } else { "" };
            let _ = writeln!(text, "    s{from} -> s{to} [{style}{bold}];");
        }
        text.push_str("}\n");
        text
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
