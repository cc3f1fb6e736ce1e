//! What a client sends first over HTTP/2, by which its protocol is known.

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Compares the start of what a peer sends.
#[derive(Debug)]
pub(super) struct Preface {
    /// What is still expected; none after the preface, or where something else came.
    rest: Option<&'static [u8]>,
}

impl Default for Preface {
    fn default() -> Self {
        Self { rest: Some(PREFACE) }
    }
}

impl Preface {
    /// Returns whether the preface ends within these bytes.
    #[inline]
    pub(super) fn ends_in(&mut self, bytes: &[u8]) -> bool {
        let Some(rest) = self.rest else { return false };
        let start = bytes.get(..rest.len());
        self.rest = if start.is_none() { rest.strip_prefix(bytes) } else { None };
        start == Some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::{PREFACE, Preface};

    #[test]
    fn it_is_found_in_pieces_and_only_at_the_start() {
        for split in 0..=PREFACE.len() {
            let (start, end) = PREFACE.split_at(split);
            let mut preface = Preface::default();
            let first = preface.ends_in(start);
            assert_eq!(first, split == PREFACE.len());
            assert_eq!(preface.ends_in(&[end, b"a frame"].concat()), !first);
            assert!(!preface.ends_in(PREFACE));
        }
        for other in [&b"GET / HTTP/1.1"[..], b"P", &[PREFACE, PREFACE].concat()[1..]] {
            let mut preface = Preface::default();
            assert!(!preface.ends_in(other));
            assert!(!preface.ends_in(PREFACE));
        }
    }
}
