//! Text that a `const fn` can write: a compile error made of names and durations.

const CAPACITY: usize = 2048;
/// Kept free for the end of the sentence behind a path that was cut short.
const RESERVE: usize = 256;

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// A bounded buffer of whole UTF-8 pieces.
pub(crate) struct Text {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl Text {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; CAPACITY], length: 0 }
    }

    /// Adds a piece, or nothing where it does not fit whole.
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

    /// Adds a duration in the unit that says it in whole numbers: `8s`, `1500ms`, `20us`.
    pub(super) const fn push_nanos(&mut self, nanos: u64) -> &mut Self {
        let (per_unit, unit) = match nanos {
            nanos if nanos % 1_000_000_000 == 0 => (1_000_000_000, "s"),
            nanos if nanos % 1_000_000 == 0 => (1_000_000, "ms"),
            nanos if nanos % 1_000 == 0 => (1_000, "us"),
            _ => (1, "ns"),
        };
        self.push_number(nanos / per_unit).push(unit)
    }

    const fn push_number(&mut self, number: u64) -> &mut Self {
        if number >= 10 {
            self.push_number(number / 10);
        }
        self.push(DIGITS[(number % 10) as usize])
    }

    /// Whether a path should be cut short here.
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
