//! The reloads of a group: how many were requested, and how many are over.

use crate::model::ReloadReport;

/// Requests and results of reloads. A request during a reload is answered by one more afterwards.
#[derive(Debug, Default)]
pub(crate) struct Reloads {
    requested: u64,
    completed: u64,
    pub(crate) is_running: bool,
    pub(crate) last: Option<ReloadReport>,
}

impl Reloads {
    /// Records a request, and returns its number and whether the caller has to run the reloads.
    pub(crate) fn request(&mut self) -> (u64, bool) {
        // Those that came since the running reload began share the next one.
        self.requested = self.completed + if self.is_running { 2 } else { 1 };
        let runs = !self.is_running;
        self.is_running = true;
        (self.requested, runs)
    }

    /// Records the result of the reload that ran, and returns whether another one was requested meanwhile.
    pub(crate) fn complete(&mut self, report: ReloadReport) -> bool {
        self.completed += 1;
        self.last = Some(report);
        self.is_running = self.completed < self.requested;
        self.is_running
    }

    /// Returns the result of the request with this number, when it is over.
    pub(crate) fn result_of(&self, number: u64) -> Option<ReloadReport> {
        self.last.clone().filter(|_| self.completed >= number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_during_a_reload_share_one_more() {
        let mut reloads = Reloads::default();
        assert_eq!(reloads.request(), (1, true));
        for _ in 0..1000 {
            assert_eq!(reloads.request(), (2, false));
        }
        assert!(reloads.complete(ReloadReport::default()), "one more");
        assert!(reloads.result_of(1).is_some() && reloads.result_of(2).is_none());
        assert!(!reloads.complete(ReloadReport::default()));
        assert!(reloads.result_of(2).is_some());
        assert_eq!(reloads.request(), (3, true));
    }
}
