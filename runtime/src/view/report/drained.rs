//! The text of what a server answered and cut while it drained.

use crate::model::{CutRequest, Drained};
use crate::text::{HumanDuration, OneLine};

impl Drained {
    /// Returns the counts that are not zero, with the requests that were cut.
    pub(super) fn parts(&self) -> Vec<String> {
        let mut parts = Vec::new();
        if self.finished > 0 {
            parts.push(format!("{} answered", self.finished));
        }
        if self.cut > 0 {
            let cuts = self.cuts_by_name().join("; ");
            parts.push(format!("{} cut{}{cuts}", self.cut, if cuts.is_empty() { "" } else { ": " }));
        }
        if self.still_running > 0 {
            parts.push(format!("{} still running", self.still_running));
        }
        parts
    }

    /// Returns one text for all requests of a name, the oldest first, and the number of requests without a name.
    fn cuts_by_name(&self) -> Vec<String> {
        let mut names: Vec<(&CutRequest, usize)> = Vec::new();
        for cut in &self.cuts {
            match names.iter_mut().find(|(oldest, _)| oldest.what == cut.what) {
                Some((_, count)) => *count += 1,
                None => names.push((cut, 1)),
            }
        }
        let more = self.cut.saturating_sub(self.cuts.len() as u64);
        let more = (more > 0 && !names.is_empty()).then(|| format!("{more} more"));
        let texts = names.into_iter().map(|(CutRequest { what, age }, count)| match count {
            1 => format!("{}, {} old", OneLine(what), HumanDuration(*age)),
            _ => format!("{count} times {}, up to {} old", OneLine(what), HumanDuration(*age)),
        });
        texts.chain(more).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::model::{CutRequest, Drained};

    #[test]
    fn cuts_of_one_name_are_reported_together() {
        let cut = |what: &str, millis| CutRequest::new(what, Duration::from_millis(millis));
        let parts = |cut, cuts| Drained { cut, cuts, ..Drained::default() }.parts();
        assert_eq!(parts(0, vec![]), Vec::<String>::new());
        assert_eq!(parts(2, vec![]), ["2 cut"]);
        assert_eq!(parts(1, vec![cut("GET /a", 4_200)]), ["1 cut: GET /a, 4.20 s old"]);
        let cuts = vec![cut("GET /a", 4_200), cut("GET /b", 3_000), cut("GET /a", 2_000)];
        assert_eq!(parts(3, cuts.clone()), ["3 cut: 2 times GET /a, up to 4.20 s old; GET /b, 3 s old"]);
        assert_eq!(parts(9, cuts), ["9 cut: 2 times GET /a, up to 4.20 s old; GET /b, 3 s old; 6 more"]);
    }
}
