//! Which cases are run: single faults, and pairs of faults in different services.

use super::fault::{Path, Spec};
use super::fault_kind::FaultKind;
use crate::model::Plan;

/// Which pairs of faults are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pairs {
    None,
    /// One of so many, chosen by a seed.
    Sample {
        one_in: u64,
        seed: u64,
    },
    All,
}

/// Which faults are run.
#[derive(Debug)]
pub(super) struct Choice {
    /// The outermost services that have faults; `None` for all.
    pub(super) services: Option<Vec<usize>>,
    pub(super) kinds: Vec<FaultKind>,
    pub(super) pairs: Pairs,
    /// The faults of the one case that is run.
    pub(super) only: Option<Vec<Spec>>,
}

impl Choice {
    /// Returns all single faults, service by service, those in nested groups included.
    pub(super) fn singles(&self, plan: &Plan) -> Vec<Spec> {
        let mut singles = Vec::new();
        for index in 0..plan.services().len() {
            if self.services.as_ref().is_none_or(|services| services.contains(&index)) {
                self.add_singles(plan, &[], index, &mut singles);
            }
        }
        singles
    }

    fn add_singles(&self, plan: &Plan, outer: &[usize], index: usize, singles: &mut Vec<Spec>) {
        let service = &plan.services()[index];
        let path: Path = outer.iter().copied().chain([index]).collect();
        let kinds = self.kinds.iter().filter(|kind| kind.applies_to(service));
        singles.extend(kinds.map(|&kind| Spec { path: path.clone(), kind }));
        let Some(nested) = service.nested() else { return };
        for inner in 0..nested.services().len() {
            self.add_singles(nested, &path, inner, singles);
        }
    }

    /// Returns the pairs of these faults that are in different services, as far as they are chosen.
    ///
    /// A group and a service in it are not a pair: a fault of the group keeps those in it from striking.
    pub(super) fn pairs(&self, singles: &[Spec]) -> Vec<[Spec; 2]> {
        let are_apart = |one: &Spec, other: &Spec| {
            !one.path.starts_with(&other.path) && !other.path.starts_with(&one.path)
        };
        let all = singles.iter().enumerate().flat_map(|(at, one)| {
            let others = singles[at + 1..].iter().filter(|other| are_apart(one, other));
            others.map(|other| [one.clone(), other.clone()])
        });
        match self.pairs {
            Pairs::None => Vec::new(),
            Pairs::All => all.collect(),
            Pairs::Sample { one_in, seed } => {
                let numbered = (0_u64..).zip(all);
                let chosen =
                    numbered.filter(|(number, _)| mixed(seed ^ mixed(*number)).is_multiple_of(one_in.max(1)));
                chosen.map(|(_, pair)| pair).collect()
            }
        }
    }
}

/// The finalizer of `SplitMix64`: numbers that are close to each other have results that are not.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn singles() -> Vec<Spec> {
        let kinds = [FaultKind::StartFails, FaultKind::StopHangs];
        (0..20).flat_map(|index| kinds.map(|kind| Spec { path: vec![index], kind })).collect()
    }

    fn choice(pairs: Pairs) -> Choice {
        Choice { services: None, kinds: FaultKind::ALL.to_vec(), pairs, only: None }
    }

    #[test]
    fn a_pair_is_in_two_services_and_is_there_once() {
        let pairs = choice(Pairs::All).pairs(&singles());
        assert_eq!(pairs.len(), 20 * 19 / 2 * 4);
        assert!(pairs.iter().all(|[one, other]| one.path != other.path));
    }

    #[test]
    fn a_sample_depends_on_its_seed_alone() {
        let sample = |seed| choice(Pairs::Sample { one_in: 10, seed }).pairs(&singles());
        assert_eq!(sample(1), sample(1));
        assert_ne!(sample(1), sample(2));
        let count = sample(1).len();
        assert!((40..120).contains(&count), "a tenth of 760 is {count}");
    }

    #[test]
    fn a_group_and_a_service_in_it_are_no_pair() {
        let spec = |path: &[usize]| Spec { path: path.to_vec(), kind: FaultKind::Fails };
        let pairs = choice(Pairs::All).pairs(&[spec(&[0]), spec(&[0, 1]), spec(&[1])]);
        assert_eq!(pairs, [[spec(&[0]), spec(&[1])], [spec(&[0, 1]), spec(&[1])]]);
    }
}
