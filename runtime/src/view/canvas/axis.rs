//! An axis of time: the positions of moments, and the moments that have a label.

use std::time::Duration;

use crate::text::HumanDuration;

/// The round steps between two labels, in nanoseconds.
const STEPS: [u64; 29] = {
    let (us, ms, s) = (1_000, 1_000_000, 1_000_000_000);
    let (minute, hour, day) = (60 * s, 3_600 * s, 86_400 * s);
    [
        us,
        10 * us,
        100 * us,
        ms,
        2 * ms,
        5 * ms,
        10 * ms,
        20 * ms,
        50 * ms,
        100 * ms,
        200 * ms,
        500 * ms,
        s,
        2 * s,
        5 * s,
        10 * s,
        15 * s,
        30 * s,
        minute,
        2 * minute,
        5 * minute,
        10 * minute,
        30 * minute,
        hour,
        6 * hour,
        day,
        7 * day,
        30 * day,
        365 * day,
    ]
};

/// An axis from zero to `end`, with a length in columns or pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Axis {
    end: Duration,
    length: f64,
}

impl Axis {
    pub(crate) fn new(end: Duration, length: f64) -> Self {
        Self { end: end.max(Duration::from_micros(1)), length }
    }

    pub(crate) fn length(&self) -> f64 {
        self.length
    }

    pub(crate) fn end(&self) -> Duration {
        self.end
    }

    /// Returns the position of a moment, at most that of the end.
    pub(crate) fn at(&self, moment: Duration) -> f64 {
        (moment.as_secs_f64() / self.end.as_secs_f64()).min(1.0) * self.length
    }

    /// Returns the moments that have a label, zero and the end included, if each label needs this much room.
    pub(crate) fn ticks(&self, room: f64) -> Vec<Duration> {
        let most = (self.length / room).max(1.0);
        let nanos = self.end.as_secs_f64() * 1e9;
        #[expect(clippy::cast_precision_loss, reason = "a year in nanoseconds is exact enough for a picture")]
        let step = STEPS.into_iter().find(|&step| nanos / step as f64 <= most);
        let step = step.map_or(self.end, Duration::from_nanos);
        let count = (self.end.as_nanos() / step.as_nanos()).try_into().unwrap_or(u32::MAX);
        let before_the_end = |tick: &Duration| self.at(*tick) + room <= self.length;
        let mut ticks: Vec<_> = (0..=count).map(|tick| step * tick).take_while(before_the_end).collect();
        ticks.push(self.end);
        ticks
    }
}

/// Returns the label of a moment.
pub(crate) fn label(tick: Duration) -> String {
    if tick.is_zero() { "0".to_owned() } else { HumanDuration(tick).to_string() }
}

/// Returns the two lines of an axis above a text picture: the labels and the ruler.
pub(crate) fn text_axis(axis: &Axis) -> [String; 2] {
    let columns = column(axis.length());
    let (mut labels, mut ruler) = (String::new(), vec!['─'; columns + 1]);
    for tick in axis.ticks(7.0) {
        let at = column(axis.at(tick));
        let pad = at.saturating_sub(labels.chars().count());
        labels.push_str(&" ".repeat(pad));
        labels.push_str(&label(tick));
        ruler[at] = '┼';
    }
    (ruler[0], ruler[columns]) = ('├', '┤');
    [labels, ruler.into_iter().collect()]
}

/// Returns a position as a whole number of columns.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "columns are few, and not negative"
)]
pub(crate) fn column(at: f64) -> usize {
    at.round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(end: Duration, length: f64) -> String {
        let ticks = Axis::new(end, length).ticks(8.0);
        ticks.into_iter().map(label).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn labels_are_round_and_have_room() {
        assert_eq!(ticks(Duration::from_secs(25), 40.0), "0, 5 s, 10 s, 15 s, 20 s, 25 s");
        assert_eq!(ticks(Duration::from_secs(27), 40.0), "0, 10 s, 20 s, 27 s");
        assert_eq!(ticks(Duration::from_secs(25), 10.0), "0, 25 s");
        assert_eq!(ticks(Duration::from_millis(37), 40.0), "0, 10 ms, 20 ms, 37 ms");
        assert_eq!(ticks(Duration::from_secs(600), 20.0), "0, 5 m 0 s, 10 m 0 s");
        assert_eq!(ticks(Duration::ZERO, 40.0), "0, 1 µs");
    }

    #[test]
    fn the_ruler_is_as_long_as_the_axis() {
        let [labels, ruler] = text_axis(&Axis::new(Duration::from_secs(10), 20.0));
        assert_eq!(labels, "0         5 s       10 s");
        assert_eq!(ruler, "├─────────┼─────────┤");
    }
}
