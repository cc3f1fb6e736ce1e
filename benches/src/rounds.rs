//! Contestants that take turns, and the spread of what they took.

use std::fmt;
use std::time::Duration;

/// Rounds whose times do not count.
const WARM_UP: usize = 3;

/// Lets all contestants run once a round, in turn, and gives the times of each.
pub fn take_turns(
    rounds: usize,
    contestants: &mut [Box<dyn FnMut() -> Duration + '_>],
) -> Vec<Vec<Duration>> {
    let mut times = vec![Vec::with_capacity(rounds); contestants.len()];
    for round in 0..WARM_UP + rounds {
        for (contestant, times) in contestants.iter_mut().zip(&mut times) {
            let took = contestant();
            if round >= WARM_UP {
                times.push(took);
            }
        }
    }
    times
}

/// The times in nanoseconds for each of so many units of work.
#[must_use]
pub fn per_round(times: &[Duration], units: f64) -> Spread {
    Spread(times.iter().map(|took| took.as_secs_f64() * 1e9 / units).collect())
}

/// How often the times of one contestant hold those of another, round by round, `scale` times.
#[must_use]
pub fn ratios(times: &[Duration], others: &[Duration], scale: f64) -> Spread {
    let ratio = |(took, other): (&Duration, &Duration)| took.as_secs_f64() / other.as_secs_f64() * scale;
    Spread(times.iter().zip(others).map(ratio).collect())
}

/// The values of all rounds. It displays as their median, with the least and the greatest.
#[derive(Debug, Clone)]
pub struct Spread(Vec<f64>);

impl Spread {
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
