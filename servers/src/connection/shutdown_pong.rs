//! The answer of a peer to the ping with which h2 ends a connection gracefully.
//!
//! h2 closes a connection that carries no stream as soon as this answer comes. A connection that goes on after it carries
//! a call, even where this crate sees none. Other bytes prove nothing: a peer may ping, or never answer.

/// The header of a ping's answer, and the payload that h2 sends (`Ping::SHUTDOWN`).
const PONG: &[u8] = &[0, 0, 8, 6, 1, 0, 0, 0, 0, 0x0b, 0x7b, 0xa2, 0xf0, 0x8b, 0x9b, 0xfe, 0x54];

/// Searches for the answer in what a peer sends.
#[derive(Debug, Default)]
pub(super) struct ShutdownPong {
    /// The end of what came before: the answer may come in two pieces.
    tail: Vec<u8>,
}

impl ShutdownPong {
    /// Returns whether the answer ends within these bytes.
    pub(super) fn ends_in(&mut self, bytes: &[u8]) -> bool {
        self.tail.extend_from_slice(bytes);
        let is_there = self.tail.windows(PONG.len()).any(|window| window == PONG);
        let old = self.tail.len().saturating_sub(PONG.len() - 1);
        self.tail.drain(..old);
        is_there
    }
}

#[cfg(test)]
mod tests {
    use super::{PONG, ShutdownPong};

    #[test]
    fn it_is_found_in_pieces_and_only_there() {
        for split in 0..=PONG.len() {
            let (start, end) = PONG.split_at(split);
            let mut pong = ShutdownPong::default();
            let first = pong.ends_in(&[b"other", start].concat());
            assert_eq!(first, split == PONG.len());
            assert!(first || pong.ends_in(&[end, b"other"].concat()));
            assert!(!pong.ends_in(b"more"));
        }
    }
}
