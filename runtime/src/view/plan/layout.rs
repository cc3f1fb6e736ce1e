//! The geometry of a plan's graph as a picture: boxes in columns from left to right, in the order of the stop.
//!
//! It is a layered layout. Each service is in a column after all services that it waits for. An edge that passes a column
//! has a slot in it. The slots of each column are ordered so that few edges cross, and then moved towards the ends of
//! their edges. The layout depends on the plan alone: its caller adds colours, states and numbers.

mod columns;
mod coordinates;
mod curve;

use std::fmt::Display;

use crate::model::{EdgeKind, Graph, Plan, ServiceId};
use crate::view::canvas::{self, cut, text_width};
use columns::Columns;
use curve::curve;

/// The characters of a name that are shown at most.
const LONGEST: usize = 28;
/// The height of a node.
const NODE: f64 = 40.0;
/// The gap between two nodes of a column, and the height of an edge that passes the column.
const GAP: f64 = 14.0;
/// The gap between two columns.
const ALLEY: f64 = 56.0;
/// The margin around the picture.
const MARGIN: f64 = 16.0;

/// The geometry of a picture of the graph. Sizes and positions are in pixels, counted from the upper left corner.
///
/// ```
/// # use service_group::Plan;
/// # fn draw(plan: &Plan) {
/// let layout = service_group::plan::layout::Layout::new(plan);
/// for arrow in &layout.edges {
///     println!(r#"<path fill="none" d="{}"/><path d="{}"/>"#, arrow.path, arrow.head_path());
/// }
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Layout {
    /// The services, in the order of the fields.
    pub nodes: Vec<Node>,
    /// The edges that are drawn: every use, and every other edge that no path over other services implies.
    pub edges: Vec<Arrow>,
    /// The width and the height of the picture.
    pub size: (f64, f64),
}

/// The box of a service. The font of its label is monospaced, 7.3 pixels a character.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Node {
    /// The name of the service, of which 28 characters are shown.
    pub label: String,
    /// The left side.
    pub x: f64,
    /// The upper side.
    pub y: f64,
    /// The width.
    pub width: f64,
    /// The height.
    pub height: f64,
}

/// An arrow from a service to one that stops after it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Arrow {
    /// The service that stops first.
    pub from: ServiceId,
    /// The service that waits for it.
    pub to: ServiceId,
    /// The kind of the edge. `None` is an edge of `stop_order`.
    pub kind: Option<EdgeKind>,
    /// The line as the `d` of an SVG path, without the head.
    pub path: String,
    /// The tip of the head.
    pub head: (f64, f64),
}

impl Layout {
    /// Computes the layout of a plan. Nested groups have layouts of their own.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let drawn = drawn_edges(plan);
        let columns = Columns::new(plan, drawn.iter().map(|&(from, to, _)| (from, to)));
        let heights = |node: Option<usize>| node.map_or(GAP, |_| NODE + GAP);
        let centres = coordinates::centres(&columns, heights);
        let labels: Vec<_> = plan.services().iter().map(|service| cut(service.name(), LONGEST)).collect();
        let (spans, width) = column_spans(&columns, &labels);
        let lowest = centres.iter().copied().fold(0.0, f64::max);
        let node = |(node, label): (usize, String)| {
            let (left, right) = spans[columns.column_of[node]];
            let y = MARGIN + centres[node] - NODE / 2.0;
            Node { label, x: left, y, width: right - left, height: NODE }
        };
        let edges = drawn.iter().zip(&columns.chains).map(|(&(from, to, kind), chain)| {
            let point = |&slot: &usize| (spans[columns.column_of[slot]], MARGIN + centres[slot]);
            let (path, head) = curve(&chain.iter().map(point).collect::<Vec<_>>());
            Arrow { from: ServiceId::new(from), to: ServiceId::new(to), kind, path, head }
        });
        Self {
            edges: edges.collect(),
            nodes: labels.into_iter().enumerate().map(node).collect(),
            size: (width, lowest + NODE / 2.0 + 2.0 * MARGIN),
        }
    }
}

impl Arrow {
    /// Returns the head as the `d` of an SVG path, to be filled.
    #[must_use]
    pub fn head_path(&self) -> String {
        canvas::head_path(self.head.0, self.head.1)
    }
}

/// Returns a coordinate as SVG text, rounded to a tenth of a pixel.
#[must_use]
pub fn coordinate(pixels: f64) -> impl Display {
    canvas::coordinate(pixels)
}

/// Returns the left and right side of each column, and the width of the picture.
fn column_spans(columns: &Columns, labels: &[String]) -> (Vec<(f64, f64)>, f64) {
    let (mut x, mut spans) = (MARGIN, Vec::new());
    for column in &columns.slots {
        let labels = column.iter().filter_map(|&slot| columns.node(slot)).map(|node| &labels[node]);
        let width = labels.map(|label| text_width(label).max(64.0) + 24.0).fold(0.0, f64::max);
        spans.push((x, x + width));
        x += width + ALLEY;
    }
    (spans, x - ALLEY + MARGIN)
}

/// Returns the edges that are drawn: every use, and every other edge that no path over other services implies.
pub(super) fn drawn_edges(plan: &Plan) -> Vec<(usize, usize, Option<EdgeKind>)> {
    let graph = Graph::new(plan);
    let direct = graph.direct(plan);
    let mut drawn: Vec<(usize, usize, Option<EdgeKind>)> = Vec::new();
    for (index, direct) in direct.iter().enumerate() {
        let own = drawn.len();
        for &(ahead, kind) in graph.predecessors(index) {
            let is_new = !drawn[own..].iter().any(|edge| edge.0 == ahead);
            if is_new && (kind == Some(EdgeKind::Use) || direct.contains(&ahead)) {
                drawn.push((ahead, index, kind));
            }
        }
    }
    drawn
}

#[cfg(test)]
mod tests;
