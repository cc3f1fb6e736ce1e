//! A duration as text for people, rounded to three digits.

use std::fmt;
use std::time::Duration;

/// Displays a duration with its unit, and at most three digits: `850 µs`, `12 ms`, `1.50 s`, `25 s`, `2 m 5 s`.
///
/// It rounds down. Minutes are the largest unit.
#[derive(Debug)]
pub struct HumanDuration(pub Duration);

impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        let text = match micros {
            0..1_000 => format!("{micros} µs"),
            1_000..1_000_000 => format!("{} ms", micros / 1_000),
            1_000_000..60_000_000 if micros % 1_000_000 < 10_000 => format!("{} s", micros / 1_000_000),
            1_000_000..10_000_000 => {
                format!("{}.{:02} s", micros / 1_000_000, micros % 1_000_000 / 10_000)
            }
            10_000_000..60_000_000 => {
                format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000)
            }
            _ => format!("{} m {} s", micros / 60_000_000, micros / 1_000_000 % 60),
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_at_most_three_digits() {
        let text = |micros| HumanDuration(Duration::from_micros(micros)).to_string();
        let durations = [850, 12_345, 1_500_000, 2_000_000, 9_990_000, 12_340_000, 25_000_000, 125_000_000];
        let written = durations.map(text);
        assert_eq!(
            written,
            ["850 µs", "12 ms", "1.50 s", "2 s", "9.99 s", "12.3 s", "25 s", "2 m 5 s"].map(String::from)
        );
    }
}
