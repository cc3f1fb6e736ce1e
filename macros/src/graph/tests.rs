//! Properties of the graph, compared with brute force on many small random graphs.

use super::*;

/// A linear congruential generator: the same graphs in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }

    fn kind(&mut self) -> EdgeKind {
        if self.below(2) == 0 { EdgeKind::Use } else { EdgeKind::After }
    }

    fn graph(&mut self) -> Graph {
        let size = 1 + self.below(8);
        let mut graph = Graph::new(size);
        for _ in 0..self.below(2 * size) {
            let (from, to, kind) = (self.below(size), self.below(size), self.kind());
            graph.add(from, to, kind);
        }
        graph
    }

    /// A graph whose edges all go down in a shuffled ranking, and that ranking: the node at each rank.
    fn acyclic(&mut self) -> (Graph, Vec<usize>) {
        let size = 1 + self.below(8);
        let mut rank: Vec<usize> = (0..size).collect();
        (1..size).for_each(|at| rank.swap(at, self.below(at + 1)));
        let mut graph = Graph::new(size);
        for _ in 0..self.below(2 * size) {
            let (one, other, kind) = (self.below(size), self.below(size), self.kind());
            graph.add(rank[one.max(other)], rank[one.min(other)], kind);
        }
        (graph, rank)
    }

    fn positions(&mut self, size: usize) -> Vec<Option<Position>> {
        let mut position = || match self.below(4) {
            0 => Some(Position::First),
            1 => Some(Position::Last),
            _ => None,
        };
        (0..size).map(|_| position()).collect()
    }
}

fn graphs() -> impl Iterator<Item = Graph> {
    let mut random = Random(1);
    (0..20_000).map(move |_| random.graph())
}

/// Returns whether each node reaches each other, by Warshall's algorithm.
fn closure(graph: &Graph) -> Vec<Vec<bool>> {
    let size = graph.nodes().len();
    let mut reaches = vec![vec![false; size]; size];
    for from in graph.nodes() {
        graph.needs(from).for_each(|(to, _)| reaches[from][to] = true);
    }
    for middle in 0..size {
        for from in 0..size {
            for to in 0..size {
                reaches[from][to] |= reaches[from][middle] && reaches[middle][to];
            }
        }
    }
    reaches
}

fn has_edge(graph: &Graph, from: usize, to: usize) -> bool {
    graph.needs(from).any(|(other, _)| other == to)
}

/// The length of the shortest path, by growing the set of reached nodes.
fn distance(graph: &Graph, from: usize, to: usize) -> Option<usize> {
    let mut reached: Vec<usize> = vec![from];
    for length in 1..=graph.nodes().len() {
        let next: Vec<usize> = reached.iter().flat_map(|&at| graph.needs(at)).map(|(to, _)| to).collect();
        if next.contains(&to) {
            return Some(length);
        }
        reached = next;
    }
    None
}

#[test]
fn an_edge_keeps_its_strongest_kind() {
    let mut graph = Graph::new(2);
    graph.add(1, 0, EdgeKind::First);
    graph.add(1, 0, EdgeKind::Use);
    graph.add(1, 0, EdgeKind::After);
    graph.add(1, 1, EdgeKind::Use);
    assert_eq!(graph.needs(1).collect::<Vec<_>>(), [(0, EdgeKind::Use)]);
}

#[test]
fn a_path_is_a_shortest_one() {
    for graph in graphs() {
        let reaches = closure(&graph);
        for (from, to) in graph.nodes().flat_map(|from| graph.nodes().map(move |to| (from, to))) {
            let path = graph.path(from, |node| node == to);
            assert_eq!(path.is_some(), reaches[from][to], "{graph:?} {from} {to}");
            let Some(path) = path else { continue };
            assert_eq!((path[0], path[path.len() - 1]), (from, to));
            assert!(path.windows(2).all(|step| has_edge(&graph, step[0], step[1])), "{graph:?} {path:?}");
            assert_eq!(Some(path.len() - 1), distance(&graph, from, to), "{graph:?} {path:?}");
        }
    }
}

#[test]
fn the_cycles_share_no_edge_and_leave_none() {
    for graph in graphs() {
        let reaches = closure(&graph);
        let cycles = graph.cycles();
        let mut rest = graph.clone();
        for cycle in &cycles {
            let shortest = rest.nodes().filter_map(|node| distance(&rest, node, node)).min();
            assert_eq!(Some(cycle.len()), shortest, "{graph:?} {cycles:?}");
            for (from, to) in cycle.iter().zip(cycle.iter().cycle().skip(1)) {
                assert!(rest.needs[*from].remove(to).is_some(), "{graph:?} {cycles:?}");
            }
        }
        let reaches_rest = closure(&rest);
        assert!(rest.nodes().all(|node| !reaches_rest[node][node]), "{graph:?} {cycles:?}");
        assert_eq!(cycles.is_empty(), graph.nodes().all(|node| !reaches[node][node]), "{graph:?} {cycles:?}");
    }
}

#[test]
fn without_cycles_only_edges_inside_components_are_gone() {
    for graph in graphs() {
        let (reaches, rest) = (closure(&graph), graph.without_cycles());
        assert!(rest.cycles().is_empty());
        for from in graph.nodes() {
            for (to, _) in graph.needs(from) {
                assert_eq!(has_edge(&rest, from, to), !reaches[to][from], "{graph:?} {from} {to}");
            }
        }
    }
}

#[test]
fn an_order_has_each_node_after_all_that_it_needs() {
    let mut random = Random(2);
    for _ in 0..20_000 {
        let (graph, rank) = random.acyclic();
        let size = graph.nodes().len();
        // The edges of the stop order follow the same ranking, so that there is no contradiction.
        let mut stops_before = vec![Vec::new(); size];
        for _ in 0..random.below(size) {
            let (one, other) = (random.below(size), random.below(size));
            if one != other {
                stops_before[rank[one.max(other)]].push(rank[one.min(other)]);
            }
        }
        let order = graph.order(&stops_before);
        assert_eq!(order.iter().copied().collect::<BTreeSet<_>>().len(), size, "{graph:?} {order:?}");
        assert_eq!(order.len(), size);
        for (at, node) in order.iter().enumerate() {
            let earlier = graph.needs(*node).map(|(to, _)| to).chain(stops_before[*node].iter().copied());
            earlier.for_each(|other| assert!(order[..at].contains(&other), "{graph:?} {order:?}"));
        }
    }
}

#[test]
fn few_position_edges_mean_the_same_as_all() {
    let mut random = Random(3);
    for _ in 0..20_000 {
        let (graph, _) = random.acyclic();
        let positions = random.positions(graph.nodes().len());
        let all = graph.clone().with_all_position_edges(&positions);
        if !all.cycles().is_empty() {
            continue;
        }
        let few = graph.clone().with_position_edges(&positions);
        assert_eq!(closure(&few), closure(&all), "{graph:?} {positions:?}");
        let count = |graph: &Graph| graph.nodes().map(|node| graph.needs(node).count()).sum::<usize>();
        assert!(count(&few) <= count(&all));
    }
}

#[test]
fn a_contradiction_of_positions_is_always_a_single_step() {
    let mut random = Random(4);
    for _ in 0..20_000 {
        let (graph, _) = random.acyclic();
        let positions = random.positions(graph.nodes().len());
        let step = graph.nodes().any(|from| {
            graph.needs(from).any(|(to, _)| {
                let (later, earlier) = (positions[from], positions[to]);
                (later == Some(Position::First) && earlier != Some(Position::First))
                    || (earlier == Some(Position::Last) && later != Some(Position::Last))
            })
        });
        let contradicts = !graph.clone().with_all_position_edges(&positions).cycles().is_empty();
        assert_eq!(contradicts, step, "{graph:?} {positions:?}");
    }
}

#[test]
fn a_thousand_in_a_row_need_a_thousand_edges() {
    let mut graph = Graph::new(1_000);
    (1..1_000).for_each(|node| graph.add(node, node - 1, EdgeKind::Use));
    let mut positions = vec![None; 1_000];
    positions[0] = Some(Position::First);
    positions[999] = Some(Position::Last);
    let graph = graph.with_position_edges(&positions);
    assert_eq!(graph.order(&[]), (0..1_000).collect::<Vec<_>>());
    assert_eq!((0..1_000).map(|node| graph.needs(node).count()).sum::<usize>(), 999);
}
