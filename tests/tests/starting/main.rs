//! What a start can be asked for beyond the order: attempts, joined failures, a report, replaced and left-out services.

mod joined;
mod only;
mod order;
mod replace;
mod report;
mod retry;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use service_group::GroupHandle;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Hands the handle of a group to the test while the group starts.
#[derive(Debug, Clone, Default)]
struct HandOver(Arc<OnceLock<GroupHandle>>);

impl HandOver {
    fn put(&self, group: &GroupHandle) {
        // A group starts once.
        let _ = self.0.set(group.clone());
    }

    fn handle(&self) -> GroupHandle {
        self.0.get().expect("the group has begun to start").clone()
    }
}

/// Counts the attempts of a start, and returns errors as long as the script says.
#[derive(Debug, Clone, Default)]
struct Attempts(Arc<AtomicU32>);

impl Attempts {
    fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Fails until this attempt.
    fn succeeds_at(&self, attempt: u32) -> std::io::Result<()> {
        let this = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        if this < attempt {
            return Err(std::io::Error::other(format!("refused ({this})")));
        }
        Ok(())
    }
}
