//! Graphs: which service needs which.

use std::time::Duration;

use service_group::__private0::{Edge, EdgeKind, ServicePlan, TypeOf};
use service_group::{Plan, Service};

use crate::Random;

/// More than any stop here takes, for a chain of 10,000 guaranteed windows too.
const BUDGET: Duration = Duration::from_secs(1_000_000);

/// Which service needs which: indices smaller than its own, so that the indices are a start order.
#[derive(Debug, Clone)]
pub struct Shape(Vec<Vec<usize>>);

impl Shape {
    /// Services without edges.
    #[must_use]
    pub fn independent(services: usize) -> Self {
        Self(vec![Vec::new(); services])
    }

    /// Each service needs two others, picked at random among those before it.
    #[must_use]
    pub fn random(services: usize, random: &mut Random) -> Self {
        let mut needs = |index: usize| match index {
            0 => Vec::new(),
            1 => vec![0],
            _ => {
                let first = random.below(index);
                let second = (first + 1 + random.below(index - 1)) % index;
                vec![first, second]
            }
        };
        Self((0..services).map(&mut needs).collect())
    }

    /// Each service needs the one before it.
    #[must_use]
    pub fn chain(services: usize) -> Self {
        Self((0..services).map(|index| index.checked_sub(1).into_iter().collect()).collect())
    }

    /// All services need the first.
    #[must_use]
    pub fn fan(services: usize) -> Self {
        Self((0..services).map(|index| if index == 0 { Vec::new() } else { vec![0] }).collect())
    }

    /// The services that one needs.
    #[must_use]
    pub fn needs(&self, service: usize) -> &[usize] {
        &self.0[service]
    }

    /// How many services there are.
    #[must_use]
    pub fn services(&self) -> usize {
        self.0.len()
    }

    /// Services and edges together: what the engine's work should be proportional to.
    #[must_use]
    pub fn size(&self) -> usize {
        self.services() + self.0.iter().map(Vec::len).sum::<usize>()
    }

    /// The slowest stop path where each service takes so long, from its start to its end.
    #[must_use]
    pub fn slowest_path(&self, took: &[Duration]) -> Vec<usize> {
        let mut longest = vec![(Duration::ZERO, None); self.services()];
        for (index, needs) in self.0.iter().enumerate().rev() {
            let through = longest[index].0 + took[index];
            for &needed in needs {
                longest[needed] = longest[needed].max((through, Some(index)));
            }
        }
        let last = (0..self.services()).max_by_key(|&index| longest[index].0 + took[index]);
        let mut path: Vec<_> = std::iter::successors(last, |&index| longest[index].1).collect();
        path.reverse();
        path
    }

    /// The plan of a group of this shape. What it points to is never freed: call it once for each shape.
    #[must_use]
    pub fn plan<S: Service>(&self) -> Plan {
        let plans = self.0.iter().enumerate().map(|(index, needs)| {
            let needs: Vec<_> = needs.iter().map(|&needed| Edge::new(needed, EdgeKind::Use)).collect();
            let name = &*format!("service_{index}").leak();
            ServicePlan::of(name, needs.leak(), &[], None, None, TypeOf::<S>::WINDOW)
        });
        Plan::leaked("Bench", Some(BUDGET), None, plans.collect(), (0..self.services()).collect())
    }
}
