//! The pauses between the attempts of a start.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use crate::model::RetryPolicy;

/// Returns the pause after this many failed attempts: twice as long after each, and shorter by up to a half at random, so
/// that many processes do not try again at the same time.
pub(super) fn pause_after(policy: RetryPolicy, attempts: u32) -> Duration {
    let doubled = policy.shortest.saturating_mul(2_u32.saturating_pow(attempts));
    let longest = doubled.min(policy.longest);
    let shortest = (longest / 2).max(policy.shortest);
    shortest + longest.saturating_sub(shortest).mul_f64(random())
}

/// Returns a number from 0 to 1. The keys of a `RandomState` differ between processes, and between calls.
fn random() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 32;
    f64::from(u32::try_from(bits).unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_between_the_two_bounds_with_jitter() {
        let policy = RetryPolicy { shortest: Duration::from_millis(100), longest: Duration::from_secs(5) };
        let ms = Duration::from_millis;
        for (attempts, bounds) in [
            (1, ms(100)..=ms(200)),
            (2, ms(200)..=ms(400)),
            (3, ms(400)..=ms(800)),
            (6, ms(2500)..=ms(5000)),
            (1000, ms(2500)..=ms(5000)),
        ] {
            let pauses: Vec<_> = (0..100).map(|_| pause_after(policy, attempts)).collect();
            assert!(pauses.iter().all(|pause| bounds.contains(pause)), "{attempts}: {pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "without jitter");
        }
        let fixed = RetryPolicy { shortest: ms(300), longest: ms(300) };
        assert_eq!(pause_after(fixed, 7), ms(300));
    }
}
