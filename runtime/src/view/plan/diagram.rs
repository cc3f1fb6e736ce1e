//! The graph of a plan as SVG: boxes with arrows in the order of the stop.

use super::layout::{Arrow, Layout, Node};
use super::schedule::Schedule;
use crate::model::{EdgeKind, Plan};
use crate::text::HumanDuration;
use crate::view::canvas::{Svg, text_width};

/// The height of the title.
const TITLE: f64 = 40.0;
/// The height of the legend.
const LEGEND: f64 = 24.0;
/// The text of the legend.
const LEGEND_TEXT: &str =
    "solid: its start uses the other, dashed: ordered by `after`, `first`, `last` or `stop_order`";

impl Plan {
    /// Returns the graph as a picture in SVG, from left to right in the order of the stop.
    ///
    /// An arrow goes from a service to one that stops after it. Edges that other arrows imply are left out, except uses.
    /// The picture loads nothing, and has colours for light and dark. For other pictures of the same graph there is
    /// [`plan::layout`](crate::plan::layout).
    #[must_use]
    pub fn to_graph_svg(&self) -> String {
        let layout = Layout::new(self);
        let summary = self.summary();
        let width = layout.size.0.max(text_width(&summary) * 1.17 + 32.0).max(text_width(LEGEND_TEXT) + 32.0);
        let mut svg = Svg::new(width, layout.size.1 + TITLE + LEGEND, &summary);
        svg.text("ink title", 16.0, 28.0, &summary);
        svg.open(0.0, TITLE);
        let slowest = Schedule::new(self).slowest();
        // The arrows of the slowest path are drawn last, so that they are in front.
        let is_slowest =
            |arrow: &&Arrow| slowest.windows(2).any(|pair| pair == [arrow.from.index(), arrow.to.index()]);
        let (thick, thin): (Vec<_>, Vec<_>) = layout.edges.iter().partition(is_slowest);
        for (edges, class) in [(thin, ("edge", "head")), (thick, ("slowedge", "slowhead"))] {
            for edge in edges {
                arrow(&mut svg, edge, class);
            }
        }
        for (index, node) in layout.nodes.iter().enumerate() {
            self.node(&mut svg, index, node, slowest.contains(&index));
        }
        svg.close();
        svg.text("dim small", 16.0, layout.size.1 + TITLE + 8.0, LEGEND_TEXT);
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
    let loose = if edge.kind == Some(EdgeKind::Use) { "" } else { " loose" };
    svg.path(&format!("{line}{loose}"), &edge.path);
    svg.head(head, edge.head.0, edge.head.1);
}
