//! A bounded string that a `const fn` can write: the text of a compile error.

const CAPACITY: usize = 2048;
/// The space that is left free for the end of the sentence, after a path that was cut short.
const RESERVE: usize = 256;

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// A bounded string, made of whole UTF-8 pieces.
pub(crate) struct ConstString {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl ConstString {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; CAPACITY], length: 0 }
    }

    /// Appends a piece if it fits whole, else nothing.
    pub(super) const fn push(&mut self, piece: &str) -> &mut Self {
        let piece = piece.as_bytes();
        if self.length + piece.len() <= CAPACITY {
            let mut at = 0;
            while at < piece.len() {
                self.bytes[self.length + at] = piece[at];
                at += 1;
            }
            self.length += piece.len();
        }
        self
    }

    /// Appends a duration with all its digits: `8s`, `1.5s`, `250ms`, `20us`.
    pub(super) const fn push_nanos(&mut self, nanos: u64) -> &mut Self {
        let (per_unit, unit) = match nanos {
            0 | 1_000_000_000.. => (1_000_000_000, "s"),
            1_000_000.. => (1_000_000, "ms"),
            1_000.. => (1_000, "us"),
            _ => (1, "ns"),
        };
        self.push_number(nanos / per_unit).push_fraction(nanos % per_unit, per_unit / 10).push(unit)
    }

    /// Appends the digits after the point, if there are any; `place` is the value of the first one.
    const fn push_fraction(&mut self, mut rest: u64, mut place: u64) -> &mut Self {
        if rest > 0 {
            self.push(".");
        }
        while rest > 0 {
            self.push_number(rest / place);
            (rest, place) = (rest % place, place / 10);
        }
        self
    }

    const fn push_number(&mut self, number: u64) -> &mut Self {
        if number >= 10 {
            self.push_number(number / 10);
        }
        self.push(DIGITS[(number % 10) as usize])
    }

    /// Returns whether only the space for the end of the sentence is left, so that a path has to be cut short.
    pub(super) const fn is_full(&self) -> bool {
        self.length + RESERVE > CAPACITY
    }

    pub(crate) const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ConstString;

    #[test]
    fn durations_have_the_form_of_the_attribute() {
        let written = |nanos| {
            let mut text = ConstString::new();
            text.push_nanos(nanos);
            text.as_str().to_owned()
        };
        let durations =
            [0, 1, 1_500, 20_000, 250_000_000, 1_000_000_000, 1_500_000_000, 16_050_000_001, 90_000_000_000];
        let texts = ["0s", "1ns", "1.5us", "20us", "250ms", "1s", "1.5s", "16.050000001s", "90s"];
        assert_eq!(durations.map(written), texts.map(String::from));
    }

    /// A path that is too long is cut between its pieces, and the sentence still has its end.
    #[test]
    fn a_piece_that_does_not_fit_is_left_out_whole() {
        let mut text = ConstString::new();
        while !text.is_full() {
            text.push("gateway → ");
        }
        assert!(text.push("; the end").as_str().ends_with("gateway → ; the end"));
        let full = "x".repeat(4_000);
        assert!(text.push(&full).as_str().ends_with("; the end"));
    }
}
