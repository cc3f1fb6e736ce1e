//! Where the services of a plan are in a picture of its graph: in columns from left to right, in the order of the stop.
//!
//! A layered layout: each service is in a column behind all that it waits for, an edge that passes a column has a place
//! in it, the places in each column are ordered so that few edges cross, and then moved to where their edges come from
//! and go to. It takes the plan alone, so that whoever draws it adds colours, states and numbers.

mod columns;
mod coordinates;

use std::fmt::Write;

use crate::model::Graph;
use crate::model::{EdgeKind, Plan};
use crate::view::canvas::{cut, n, text_width};
use columns::Columns;

/// How many characters of a name are shown.
const LONGEST: usize = 28;
/// The height of a node.
const NODE: f64 = 40.0;
/// Between two nodes of a column; an edge that passes the column has as much.
const GAP: f64 = 14.0;
/// Between two columns.
const ALLEY: f64 = 56.0;
/// Around the whole.
const MARGIN: f64 = 16.0;

/// A picture of the graph: who waits for whom. Sizes are in pixels, from the upper left.
#[derive(Debug)]
#[non_exhaustive]
pub struct Layout {
    /// The services, in the order of the fields.
    pub nodes: Vec<Node>,
    /// The edges that are drawn: those that follow from others are left out.
    pub edges: Vec<Arrow>,
    /// Width and height.
    pub size: (f64, f64),
}

/// A service in the picture: a box.
#[derive(Debug)]
#[non_exhaustive]
pub struct Node {
    /// Its name, shortened where it is long.
    pub label: String,
    /// Its left side.
    pub x: f64,
    /// Its upper side.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

/// From a service to one that waits for it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Arrow {
    /// The index of the service that is waited for.
    pub from: usize,
    /// The index of the service that waits.
    pub to: usize,
    /// Why; none where only `stop_order` says so.
    pub why: Option<EdgeKind>,
    /// As the `d` of an SVG path; its last point is at `head`.
    pub path: String,
    /// The point at the tip of the arrow.
    pub head: (f64, f64),
}

impl Layout {
    /// Computes the layout of a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let drawn = drawn(plan);
        let columns = Columns::of(plan, drawn.iter().map(|&(from, to, _)| (from, to)));
        let heights = |node: Option<usize>| node.map_or(GAP, |_| NODE + GAP);
        let centres = coordinates::centres(&columns, heights);
        let labels: Vec<_> = plan.services().iter().map(|service| cut(service.name(), LONGEST)).collect();
        let (mut x, mut spans) = (MARGIN, Vec::new());
        for column in &columns.of_places {
            let labels = column.iter().filter_map(|&place| columns.node(place)).map(|node| &labels[node]);
            let width = labels.map(|label| text_width(label).max(64.0) + 24.0).fold(0.0, f64::max);
            spans.push((x, x + width));
            x += width + ALLEY;
        }
        let lowest = centres.iter().copied().fold(0.0, f64::max);
        let node = |(node, label): (usize, String)| {
            let (left, right) = spans[columns.column_of[node]];
            let y = MARGIN + centres[node] - NODE / 2.0;
            Node { label, x: left, y, width: right - left, height: NODE }
        };
        let edges = drawn.iter().zip(&columns.chains).map(|(&(from, to, why), chain)| {
            let points: Vec<_> = chain
                .iter()
                .map(|&place| (spans[columns.column_of[place]], MARGIN + centres[place]))
                .collect();
            let (path, head) = curve(&points);
            Arrow { from, to, why, path, head }
        });
        Self {
            edges: edges.collect(),
            nodes: labels.into_iter().enumerate().map(node).collect(),
            size: (x - ALLEY + MARGIN, lowest + NODE / 2.0 + 2.0 * MARGIN),
        }
    }
}

/// The edges that are drawn: every use, and whatever else orders two services and follows from no others.
pub(super) fn drawn(plan: &Plan) -> Vec<(usize, usize, Option<EdgeKind>)> {
    let graph = Graph::new(plan);
    let direct = graph.direct(plan);
    let mut drawn: Vec<(usize, usize, Option<EdgeKind>)> = Vec::new();
    for (index, direct) in direct.iter().enumerate() {
        let own = drawn.len();
        for &(ahead, why) in graph.predecessors(index) {
            let is_new = !drawn[own..].iter().any(|edge| edge.0 == ahead);
            if is_new && (why == Some(EdgeKind::Use) || direct.contains(&ahead)) {
                drawn.push((ahead, index, why));
            }
        }
    }
    drawn
}

/// A smooth way through places in adjacent columns: straight within a column, bent between two.
fn curve(points: &[((f64, f64), f64)]) -> (String, (f64, f64)) {
    let mut path = String::new();
    let (mut at, mut head) = (None, (0.0, 0.0));
    for &((left, right), y) in points {
        if let Some((x, from)) = at {
            let (near, far) = (x + (left - x) * 0.5, left - (left - x) * 0.5);
            // Writing to a `String` cannot fail.
            let _ = write!(path, "C{} {} {} {} {} {}", n(near), n(from), n(far), n(y), n(left), n(y));
            head = (left, y);
            let _ = write!(path, "H{}", n(right));
        } else {
            let _ = write!(path, "M{} {}", n(right), n(y));
        }
        at = Some((right, y));
    }
    // The last place is a service: the way ends at its left side.
    if let Some(end) = path.rfind('H') {
        path.truncate(end);
    }
    (path, head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Edge, ServicePlan};

    /// Sixty services, each over up to three of those before it, two of them named alike but for their length.
    fn sixty() -> Plan {
        let mut random = 7_usize;
        let mut next = |below: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % below
        };
        let services = (0..60).map(|index: usize| {
            let mut needs: Vec<_> = (0..index.min(3)).map(|_| next(index)).collect();
            needs.sort_unstable();
            needs.dedup();
            let needs: Vec<_> = needs.into_iter().map(|needed| Edge::new(needed, EdgeKind::Use)).collect();
            let name = format!("service_{}{index}", "long_".repeat(index % 12));
            ServicePlan::with_stop(name.leak(), needs.leak(), &[], None, None)
        });
        Plan::leaked("Sixty", None, None, services.collect(), (0..60).collect())
    }

    #[test]
    fn nothing_is_over_another_thing_and_all_goes_from_left_to_right() {
        let plan = sixty();
        let layout = Layout::of(&plan);
        let apart = |one: &Node, other: &Node| {
            one.x + one.width <= other.x
                || other.x + other.width <= one.x
                || one.y + one.height < other.y
                || other.y + other.height < one.y
        };
        for (index, node) in layout.nodes.iter().enumerate() {
            assert!(layout.nodes[index + 1..].iter().all(|other| apart(node, other)), "{node:?}");
            assert!(text_width(&node.label) < node.width, "{node:?}");
            assert!(node.x >= 0.0 && node.y >= 0.0 && node.x + node.width <= layout.size.0, "{node:?}");
            assert!(node.y + node.height <= layout.size.1, "{node:?} {:?}", layout.size);
        }
        for edge in &layout.edges {
            let (from, to) = (&layout.nodes[edge.from], &layout.nodes[edge.to]);
            assert!(from.x + from.width < to.x, "{edge:?}");
            let (x, y) = edge.head;
            assert!((x - to.x).abs() < 0.1 && (y - (to.y + to.height / 2.0)).abs() < 0.1, "{edge:?} {to:?}");
        }
        let uses: usize = plan.services().iter().map(|service| service.dependencies().len()).sum();
        assert_eq!(layout.edges.len(), uses, "each use is drawn, once");
    }

    /// A place for each: `last` and `first` are drawn to those alone that no other edge orders.
    #[test]
    fn what_follows_from_other_edges_is_left_out() {
        let edges: &[(&'static [Edge], &str)] = &[
            (&[], "telemetry"),
            (const { &[Edge::new(0, EdgeKind::First)] }, "store"),
            (const { &[Edge::new(0, EdgeKind::First), Edge::new(1, EdgeKind::Use)] }, "rpc"),
            (
                const {
                    &[
                        Edge::new(0, EdgeKind::First),
                        Edge::new(1, EdgeKind::After),
                        Edge::new(2, EdgeKind::Use),
                    ]
                },
                "web",
            ),
        ];
        let service = |&(needs, name): &(&'static [Edge], &'static str)| {
            ServicePlan::with_stop(name, needs, &[], None, None)
        };
        let plan = Plan::leaked("App", None, None, edges.iter().map(service).collect(), vec![0, 1, 2, 3]);
        let mut drawn: Vec<_> = drawn(&plan).into_iter().map(|(from, to, _)| (from, to)).collect();
        drawn.sort_unstable();
        assert_eq!(drawn, [(1, 0), (2, 1), (3, 2)]);
    }
}
