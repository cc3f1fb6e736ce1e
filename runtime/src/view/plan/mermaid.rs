//! The graph of a plan in Mermaid, which GitHub and many others draw.

use std::fmt::Write;

use super::layout::drawn;
use super::schedule::Schedule;
use crate::model::{EdgeKind, Plan};
use crate::text::HumanDuration;

impl Plan {
    /// The graph in [Mermaid](https://mermaid.js.org): in a code block ` ```mermaid ` GitHub draws it.
    ///
    /// An arrow goes from a service to one that stops when it has ended: solid where the start of the first uses the
    /// other, dotted where something else orders the two. The slowest path has thick lines.
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        let mut text = format!("---\ntitle: {}\n---\nflowchart LR\n", quoted(&self.summary()));
        let slowest = Schedule::of(self).slowest();
        for (index, service) in self.services().iter().enumerate() {
            let (open, close) = if service.nested().is_some() { ("[[", "]]") } else { ("[", "]") };
            let window = HumanDuration(service.window().guaranteed());
            let _ = writeln!(text, "    s{index}{open}\"{}<br/>{window}\"{close}", escape(service.name()));
        }
        let mut thick = Vec::new();
        for (at, (from, to, why)) in drawn(self).into_iter().enumerate() {
            let arrow = match why {
                Some(EdgeKind::Use) => "-->",
                Some(EdgeKind::After) => "-. after .->",
                Some(EdgeKind::First) => "-. first .->",
                Some(EdgeKind::Last) => "-. last .->",
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

/// A label of Mermaid: it has no backslash, and reads `#` as the begin of an entity.
fn escape(text: &str) -> String {
    text.replace('&', "#amp;").replace('"', "#quot;").replace('<', "#lt;").replace('>', "#gt;")
}

/// A YAML string.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
