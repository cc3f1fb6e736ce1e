//! A duration as text.

use std::fmt;
use std::time::Duration;

/// A duration as people write it, three digits at most: `850 µs`, `12 ms`, `1.5 s`, `25 s`, `2 m 5 s`.
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
    fn spans_read_as_people_write_them() {
        let span = |micros| HumanDuration(Duration::from_micros(micros)).to_string();
        let texts = [850, 12_345, 1_500_000, 2_000_000, 9_990_000, 12_340_000, 25_000_000, 125_000_000];
        let said = texts.map(span);
        assert_eq!(
            said,
            ["850 µs", "12 ms", "1.50 s", "2 s", "9.99 s", "12.3 s", "25 s", "2 m 5 s"].map(String::from)
        );
    }
}
