//! What a running group can be asked for: checks, reloads, and services that may fail.

mod blocked;
mod checks;
mod combined;
mod may_fail;
mod reloads;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use service_group::BoxError;
use service_group_tests::Log;
use tokio::time::sleep;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A handle whose check and reload do what the test says.
#[derive(Debug, Clone)]
struct Scripted {
    log: Log,
    script: Arc<Script>,
}

#[derive(Debug, Default)]
struct Script {
    fails: AtomicBool,
    takes: Mutex<Duration>,
    calls: AtomicU32,
}

impl Scripted {
    fn new(log: &Log) -> Self {
        Self { log: log.clone(), script: Arc::default() }
    }

    fn set_fails(&self, fails: bool) {
        self.script.fails.store(fails, Ordering::Relaxed);
    }

    fn set_takes(&self, takes: Duration) {
        *self.script.takes.lock().unwrap_or_else(PoisonError::into_inner) = takes;
    }

    fn calls(&self) -> u32 {
        self.script.calls.load(Ordering::Relaxed)
    }

    /// Does what a check or a reload would, and writes it down under this name.
    async fn call(&self, name: &'static str) -> Result<(), BoxError> {
        self.script.calls.fetch_add(1, Ordering::Relaxed);
        let takes = *self.script.takes.lock().unwrap_or_else(PoisonError::into_inner);
        if !takes.is_zero() {
            sleep(takes).await;
        }
        self.log.note(name);
        if self.script.fails.load(Ordering::Relaxed) {
            Err(format!("{name} is broken").into())
        } else {
            Ok(())
        }
    }
}
