//! Contestants that take turns, and the spread of what they cost.

use std::fmt;
use std::time::Duration;

use crate::Cost;

/// Rounds whose costs do not count.
const WARM_UP: usize = 3;

/// Something that is measured once a round.
pub type Contestant<'a> = Box<dyn FnMut() -> Cost + 'a>;

/// Runs all contestants once a round, in turn, and returns the costs of each.
pub fn take_turns(rounds: usize, contestants: &mut [Contestant<'_>]) -> Vec<Vec<Cost>> {
    take_turns_after(WARM_UP, rounds, contestants)
}

/// The same, with so many rounds before those that count.
pub fn take_turns_after(warm_up: usize, rounds: usize, contestants: &mut [Contestant<'_>]) -> Vec<Vec<Cost>> {
    let mut costs = vec![Vec::with_capacity(rounds); contestants.len()];
    for round in 0..warm_up + rounds {
        for (contestant, costs) in contestants.iter_mut().zip(&mut costs) {
            let cost = contestant();
            if round >= warm_up {
                costs.push(cost);
            }
        }
    }
    costs
}

/// Nanoseconds for each of so many units of work, round by round.
pub fn nanoseconds(times: impl Iterator<Item = Duration>, units: f64) -> Spread {
    times.map(|took| took.as_secs_f64() * 1e9 / units).collect()
}

/// Seconds, round by round.
pub fn seconds(times: impl Iterator<Item = Duration>) -> Spread {
    times.map(|took| took.as_secs_f64()).collect()
}

/// How often some times hold others, round by round.
pub fn ratios(times: impl Iterator<Item = Duration>, others: impl Iterator<Item = Duration>) -> Spread {
    times.zip(others).map(|(took, other)| took.as_secs_f64() / other.as_secs_f64()).collect()
}

/// The values of all rounds. It displays as their median, with the least and the greatest.
#[derive(Debug, Clone)]
pub struct Spread(Vec<f64>);

impl Spread {
    /// The same in another unit.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        self.0.into_iter().map(|value| value * factor).collect()
    }

    fn sorted(&self) -> Vec<f64> {
        let mut values = self.0.clone();
        values.sort_by(f64::total_cmp);
        values
    }

    /// The value in the middle.
    #[must_use]
    pub fn median(&self) -> f64 {
        let sorted = self.sorted();
        sorted[sorted.len() / 2]
    }
}

impl FromIterator<f64> for Spread {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sorted = self.sorted();
        let digits = f.precision().unwrap_or(2);
        let (least, greatest) = (sorted[0], sorted[sorted.len() - 1]);
        write!(f, "{:.digits$} [{least:.digits$}..{greatest:.digits$}]", self.median())
    }
}
