//! The graph of a plan in DOT, the language of Graphviz.

use std::fmt::Write;

use super::layout::drawn;
use super::schedule::Schedule;
use crate::model::{EdgeKind, Plan};
use crate::text::HumanDuration;

impl Plan {
    /// The graph in DOT, for [Graphviz](https://graphviz.org): `dot -Tsvg`.
    ///
    /// An arrow goes from a service to one that stops when it has ended: solid where the start of the first uses the
    /// other, dashed where something else orders the two. The slowest path is bold.
    #[must_use]
    pub fn to_dot(&self) -> String {
        let mut text = format!("digraph {} {{\n", quoted(self.name()));
        let _ = writeln!(text, "    label={};\n    labelloc=t;\n    rankdir=LR;", quoted(&self.summary()));
        text.push_str("    node [shape=box, style=rounded, fontname=\"monospace\"];\n");
        text.push_str("    edge [fontname=\"monospace\", fontsize=10];\n");
        let slowest = Schedule::of(self).slowest();
        for (index, service) in self.services().iter().enumerate() {
            let label =
                quoted(&format!("{}\n{}", service.name(), HumanDuration(service.window().guaranteed())));
            let bold = if slowest.contains(&index) { ", penwidth=3" } else { "" };
            let twice = if service.nested().is_some() { ", peripheries=2" } else { "" };
            let _ = writeln!(text, "    s{index} [label={label}{bold}{twice}];");
        }
        for (from, to, why) in drawn(self) {
            let style = match why {
                Some(EdgeKind::Use) => "style=solid",
                Some(EdgeKind::After) => "style=dashed, label=\"after\"",
                Some(EdgeKind::First) => "style=dashed, label=\"first\"",
                Some(EdgeKind::Last) => "style=dashed, label=\"last\"",
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
