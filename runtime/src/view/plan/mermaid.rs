//! The graph of a plan in Mermaid, a language that GitHub draws.

use std::fmt::Write;

use super::layout::drawn_edges;
use super::schedule::Schedule;
use crate::model::{EdgeKind, Plan};
use crate::text::HumanDuration;

impl Plan {
    /// Returns the graph in [Mermaid](https://mermaid.js.org). GitHub draws it in a code block ` ```mermaid `.
    ///
    /// An arrow goes from a service to one that stops after it. It is solid if the start of the first uses the other one,
    /// and dotted if something else orders the two. The slowest path has thick lines.
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        let mut text = format!("---\ntitle: {}\n---\nflowchart LR\n", quoted(&self.summary()));
        let slowest = Schedule::new(self).slowest();
        for (index, service) in self.services().iter().enumerate() {
            let (open, close) = if service.nested().is_some() { ("[[", "]]") } else { ("[", "]") };
            let window = HumanDuration(service.window().guaranteed());
            let _ = writeln!(text, "    s{index}{open}\"{}<br/>{window}\"{close}", escape(service.name()));
        }
        let mut thick = Vec::new();
        for (at, (from, to, kind)) in drawn_edges(self).into_iter().enumerate() {
            let arrow = match kind {
                Some(EdgeKind::Use) => "-->",
                Some(kind) => &format!("-. {kind} .->"),
                None => "-. stop_order .->",
            };
            let _ = writeln!(text, "    s{from} {arrow} s{to}");
            if slowest.windows(2).any(|pair| pair == [from, to]) {
                thick.push(at.to_string());
            }
        }
        if !thick.is_empty() {
            let _ = writeln!(text, "    linkStyle {} stroke-width:4px", thick.join(","));
        }
        let slowest: Vec<_> = slowest.iter().map(|index| format!("s{index}")).collect();
        let _ =
            writeln!(text, "    classDef slowest stroke-width:4px\n    class {} slowest", slowest.join(","));
        text
    }
}

/// Returns the text as a label of Mermaid, which has entities that start with `#` in place of escapes.
fn escape(text: &str) -> String {
    text.replace('&', "#amp;").replace('"', "#quot;").replace('<', "#lt;").replace('>', "#gt;")
}

/// Returns the text as a YAML string.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
