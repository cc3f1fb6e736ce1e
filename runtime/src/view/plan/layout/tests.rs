//! The layout of a random plan and of a small one.

use super::*;
use crate::model::{Edge, ServicePlan};

/// Sixty services, each of which uses up to three of those before it. Their names have twelve lengths.
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
fn nodes_do_not_overlap_and_arrows_go_from_left_to_right() {
    let plan = sixty();
    let layout = Layout::new(&plan);
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
        let (from, to) = (&layout.nodes[edge.from.index()], &layout.nodes[edge.to.index()]);
        assert!(from.x + from.width < to.x, "{edge:?}");
        let (x, y) = edge.head;
        assert!((x - to.x).abs() < 0.1 && (y - (to.y + to.height / 2.0)).abs() < 0.1, "{edge:?} {to:?}");
    }
    let uses: usize = plan.services().iter().map(|service| service.dependencies().len()).sum();
    assert_eq!(layout.edges.len(), uses, "each use is drawn, once");
}

/// Edges of `first` and `after` are drawn only if no path over other services implies them.
#[test]
fn implied_edges_are_left_out() {
    let edges: &[(&'static [Edge], &str)] = &[
        (&[], "telemetry"),
        (const { &[Edge::new(0, EdgeKind::First)] }, "store"),
        (const { &[Edge::new(0, EdgeKind::First), Edge::new(1, EdgeKind::Use)] }, "rpc"),
        (
            const { &[Edge::new(0, EdgeKind::First), Edge::new(1, EdgeKind::After), Edge::new(2, EdgeKind::Use)] },
            "web",
        ),
    ];
    let service = |&(needs, name): &(&'static [Edge], &'static str)| {
        ServicePlan::with_stop(name, needs, &[], None, None)
    };
    let plan = Plan::leaked("App", None, None, edges.iter().map(service).collect(), vec![0, 1, 2, 3]);
    let mut drawn: Vec<_> = drawn_edges(&plan).into_iter().map(|(from, to, _)| (from, to)).collect();
    drawn.sort_unstable();
    assert_eq!(drawn, [(1, 0), (2, 1), (3, 2)]);
}
