//! Reasons for which a group is not ready although all of its services run.

/// The reasons that hold now.
#[derive(Debug, Default)]
pub(super) struct NotReadyReasons {
    next: u64,
    held: Vec<(u64, String)>,
}

impl NotReadyReasons {
    /// Adds a reason, and returns its id.
    pub(super) fn add(&mut self, reason: String) -> u64 {
        let id = self.next;
        self.next += 1;
        self.held.push((id, reason));
        id
    }

    pub(super) fn remove(&mut self, id: u64) {
        self.held.retain(|(held, _)| *held != id);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Returns the reasons, the oldest first.
    pub(super) fn texts(&self) -> Vec<String> {
        self.held.iter().map(|(_, reason)| reason.clone()).collect()
    }
}
