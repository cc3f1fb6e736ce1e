//! The graph of a plan with the state of each service, followed by the graphs of nested groups.

use std::fmt::{self, Display};

use super::Text;
use super::words::{Left, Look};
use service_group::plan::layout::{Arrow, Layout, Node, coordinate as n};
use service_group::plan::{EdgeKind, Plan};
use service_group::status::{GroupPhase, GroupStatus, ServiceState, ServiceStatus};

/// How many members of a collection have graphs.
const MEMBERS: usize = 4;

/// Where everything is in the graphs of a plan and of those nested in it: found once, since plans do not change.
pub(super) struct Drawing {
    layout: Layout,
    /// For each service, if it is a group.
    inside: Vec<Option<Self>>,
}

impl Drawing {
    pub(super) fn of(plan: &Plan) -> Self {
        let inside = plan.services().iter().map(|service| service.nested().map(Self::of));
        Self { layout: Layout::new(plan), inside: inside.collect() }
    }
}

/// The graphs of a group and of those nested in it.
pub(super) struct Graphs<'a> {
    pub(super) drawing: &'a Drawing,
    pub(super) status: &'a GroupStatus,
    /// The service that the group is, if it is nested.
    pub(super) of: Option<&'a str>,
}

impl Display for Graphs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<figure>\n<figcaption>")?;
        match self.of {
            Some(of) => write!(f, "Inside {}", Text(of))?,
            None => {
                f.write_str("Who stops before whom, from left to right; they start from right to left")?;
            }
        }
        write!(f, "</figcaption>\n{}</figure>\n", Graph(self))?;
        self.drawing.inside.iter().zip(&self.status.services).try_for_each(|(drawing, service)| {
            drawing.as_ref().map_or(Ok(()), |drawing| write!(f, "{}", Inside { drawing, service }))
        })
    }
}

/// The graph of the group that a service is, or those of the first members of the collection that it is.
struct Inside<'a> {
    drawing: &'a Drawing,
    service: &'a ServiceStatus,
}

impl Display for Inside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { drawing, service } = *self;
        match &service.nested {
            Some(members) if members.is_collection => {
                let mut shown = members.services.iter().take(MEMBERS);
                shown.try_for_each(|service| write!(f, "{}", Inside { drawing, service }))
            }
            Some(status) => write!(f, "{}", Graphs { drawing, status, of: Some(&service.name) }),
            None => Ok(()),
        }
    }
}

struct Graph<'a>(&'a Graphs<'a>);

impl Display for Graph<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Graphs { drawing: Drawing { layout, inside }, status, .. } = self.0;
        let (width, height) = (n(layout.size.0.ceil()), n(layout.size.1.ceil()));
        // The table has all that it shows, so that a screen reader can skip it.
        writeln!(
            f,
            "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\">"
        )?;
        for arrow in &layout.edges {
            let holds_up = status.phase == GroupPhase::Stopping
                && status.services[arrow.from.index()].state != ServiceState::Stopped;
            edge(f, arrow, holds_up)?;
        }
        for (index, node) in layout.nodes.iter().enumerate() {
            service(f, node, &status.services[index], inside[index].is_some())?;
        }
        f.write_str("</svg>\n")
    }
}

fn edge(f: &mut fmt::Formatter<'_>, arrow: &Arrow, holds_up: bool) -> fmt::Result {
    let loose = if arrow.kind == Some(EdgeKind::Use) { "" } else { " loose" };
    let stopping = if holds_up { " holds" } else { "" };
    writeln!(f, "<path class=\"edge{loose}{stopping}\" d=\"{}\"/>", arrow.path)?;
    writeln!(f, "<path class=\"head{stopping}\" d=\"{}\"/>", arrow.head_path())
}

fn service(f: &mut fmt::Formatter<'_>, node: &Node, service: &ServiceStatus, is_group: bool) -> fmt::Result {
    let Node { x, y, width, height, .. } = *node;
    let rect = |f: &mut fmt::Formatter<'_>, by: f64, round| {
        let [x, y, width, height] = [x + by, y + by, width - 2.0 * by, height - 2.0 * by].map(n);
        write!(f, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\"/>")
    };
    write!(f, "<g class=\"node {}\">", Look(service))?;
    rect(f, 0.0, 6)?;
    if is_group {
        rect(f, 3.0, 4)?;
    }
    let middle = n(x + width / 2.0);
    write!(f, "<text class=\"name\" x=\"{middle}\" y=\"{}\">{}</text>", n(y + 17.0), Text(&node.label))?;
    write!(f, "<text class=\"now\" x=\"{middle}\" y=\"{}\">", n(y + 32.0))?;
    match &service.stop {
        // More would not fit into the node.
        Some(stop) if service.state == ServiceState::Stopping && stop.remaining.as_secs() < 60 => {
            write!(f, "{} left", Left(stop.remaining))?;
        }
        _ => write!(f, "{}", service.state)?,
    }
    f.write_str("</text></g>\n")
}
