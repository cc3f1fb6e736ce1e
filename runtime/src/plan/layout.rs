//! Where the services of a plan are in a picture of its graph: in columns from left to right, in the order of the stop.
//!
//! A layered layout: each service is in a column behind all that it waits for, an edge that passes a column has a place
//! in it, the places in each column are ordered so that few edges cross, and then moved to where their edges come from
//! and go to. It takes the plan alone, so that whoever draws it adds colours, states and numbers.

mod columns;
mod places;

use super::{Plan, Why};
use crate::graph::Graph;
use crate::picture::{cut, n, text_width};
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
pub(crate) struct Layout {
    /// The services, in the order of the fields.
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: Vec<Arrow>,
    pub(crate) size: (f64, f64),
}

/// A service in the picture: a box.
#[derive(Debug)]
pub(crate) struct Node {
    /// Its name, shortened where it is long.
    pub(crate) label: String,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// From a service to one that waits for it.
#[derive(Debug)]
pub(crate) struct Arrow {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Why; none where only `stop_order` says so.
    pub(crate) why: Option<Why>,
    /// As the `d` of an SVG path; its last point is at `head`.
    pub(crate) path: String,
    pub(crate) head: (f64, f64),
}

impl Layout {
    pub(crate) fn of(plan: &Plan) -> Self {
        let drawn = drawn(plan);
        let columns = Columns::of(plan, drawn.iter().map(|&(from, to, _)| (from, to)));
        let heights = |node: Option<usize>| node.map_or(GAP, |_| NODE + GAP);
        let centres = places::centres(&columns, heights);
        let labels: Vec<_> = plan.services.iter().map(|service| cut(service.name, LONGEST)).collect();
        let (mut x, mut spans) = (MARGIN, Vec::new());
        for column in &columns.columns {
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
pub(super) fn drawn(plan: &Plan) -> Vec<(usize, usize, Option<Why>)> {
    let graph = Graph::of(plan);
    let direct = graph.direct(plan);
    let mut drawn: Vec<(usize, usize, Option<Why>)> = Vec::new();
    for index in 0..plan.services.len() {
        for &(ahead, why) in graph.ahead(index) {
            let is_new = !drawn.iter().any(|edge| (edge.0, edge.1) == (ahead, index));
            if is_new && (why == Some(Why::Use) || direct[index].contains(&ahead)) {
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
            path.push_str(&format!("C{} {} {} {} {} {}", n(near), n(from), n(far), n(y), n(left), n(y)));
            head = (left, y);
            path.push_str(&format!("H{}", n(right)));
        } else {
            path.push_str(&format!("M{} {}", n(right), n(y)));
        }
        at = Some((right, y));
    }
    // The last place is a service: the way ends at its left side.
    if let Some(end) = path.rfind('H') {
        path.truncate(end);
    }
    (path, head)
}
