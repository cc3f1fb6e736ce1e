//! The graph of a plan as SVG: who waits for whom.

use super::layout::{Arrow, Layout, Node};
use super::schedule::Schedule;
use crate::model::{EdgeKind, Plan};
use crate::text::HumanDuration;
use crate::view::canvas::{Svg, text_width};

/// The height of the title, and of the legend.
const TITLE: f64 = 40.0;
const LEGEND: f64 = 24.0;
const TEXT: &str =
    "solid: its start uses the other, dashed: ordered by `after`, `first`, `last` or `stop_order`";

impl Plan {
    /// The graph as a picture in SVG: who waits for whom, from left to right in the order of the stop.
    ///
    /// An arrow goes from a service to one that stops when it has ended. Arrows that follow from others are left out,
    /// but those of a use. The picture is whole in itself: it loads nothing, and has its own colours for light and dark.
    #[must_use]
    pub fn to_graph_svg(&self) -> String {
        let layout = Layout::of(self);
        let summary = self.summary();
        let width = layout.size.0.max(text_width(&summary) * 1.17 + 32.0).max(text_width(TEXT) + 32.0);
        let mut svg = Svg::new(width, layout.size.1 + TITLE + LEGEND, &summary);
        svg.text("ink title", 16.0, 28.0, &summary);
        svg.open(0.0, TITLE);
        let slowest = Schedule::of(self).slowest();
        // Those of the slowest path last, so that they are in front.
        let (thick, thin): (Vec<_>, Vec<_>) =
            layout.edges.iter().partition(|edge| slowest.windows(2).any(|pair| pair == [edge.from, edge.to]));
        for (edges, class) in [(thin, ("edge", "head")), (thick, ("slowedge", "slowhead"))] {
            for edge in edges {
                arrow(&mut svg, edge, class);
            }
        }
        for (index, box_) in layout.nodes.iter().enumerate() {
            self.node(&mut svg, index, box_, slowest.contains(&index));
        }
        svg.close();
        svg.text("dim small", 16.0, layout.size.1 + TITLE + 8.0, TEXT);
        svg.finish()
    }

    fn node(&self, svg: &mut Svg, index: usize, node: &Node, is_slowest: bool) {
        let class = if is_slowest { "slowbox" } else { "box" };
        let (middle, service) = (node.x + node.width / 2.0, &self.services()[index]);
        svg.rect(class, [node.x, node.y, node.width, node.height], 6.0);
        if service.nested().is_some() {
            svg.rect(class, [node.x + 4.0, node.y + 4.0, node.width - 8.0, node.height - 8.0], 3.0);
        }
        svg.text("ink strong middle", middle, node.y + 18.0, &node.label);
        let window = HumanDuration(service.window().guaranteed()).to_string();
        svg.text("dim small middle", middle, node.y + 32.0, &window);
    }
}

fn arrow(svg: &mut Svg, edge: &Arrow, (line, head): (&str, &str)) {
    let loose = if edge.why == Some(EdgeKind::Use) { "" } else { " loose" };
    svg.path(&format!("{line}{loose}"), &edge.path);
    svg.head(head, edge.head.0, edge.head.1);
}
