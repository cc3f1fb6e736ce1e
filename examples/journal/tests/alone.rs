//! The journal alone, over a database in memory.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use journal::{Backend, Closed, Journal};
use service_group::{BoxError, testing};
use tokio::sync::Semaphore;

/// A database in memory, which is its own address.
#[derive(Debug, Clone)]
struct Memory(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// How often a connection is refused before one succeeds.
    refused: AtomicU32,
    /// Each write takes a permit.
    writes: Semaphore,
    log: Mutex<Vec<String>>,
}

impl Memory {
    fn new(writes: usize) -> Self {
        let (refused, writes) = (AtomicU32::new(0), Semaphore::new(writes));
        Self(Arc::new(Inner { refused, writes, log: Mutex::default() }))
    }

    fn log(&self) -> String {
        self.0.log.lock().unwrap().join(" ")
    }

    fn say(&self, what: impl Into<String>) {
        self.0.log.lock().unwrap().push(what.into());
    }
}

impl Backend for Memory {
    type Config = Self;

    async fn connect(config: &Self) -> Result<Self, BoxError> {
        let refused = &config.0.refused;
        match refused.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)) {
            Ok(_) => Err("connection refused".into()),
            Err(_) => Ok(config.clone()),
        }
    }

    async fn write(&self, entries: &[String]) -> Result<(), BoxError> {
        self.0.writes.acquire().await?.forget();
        self.say(entries.join("+"));
        Ok(())
    }

    async fn expire(&self) -> Result<(), BoxError> {
        self.say("expired");
        Ok(())
    }

    async fn ping(&self) -> Result<(), BoxError> {
        Ok(())
    }

    async fn close(self) -> Result<(), BoxError> {
        self.say("closed");
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_added_before_the_stop_is_written_before_the_database_closes() {
    let memory = Memory::new(0);
    let journal = Journal::<Memory>::start(memory.clone()).await.expect("it starts");
    let entries = journal.entries();
    entries.add("one").await.expect("it runs");
    // On one thread and a paused clock, the writer now takes the first one and waits for the database.
    tokio::time::sleep(Duration::from_millis(1)).await;
    entries.add("two").await.expect("it runs");
    entries.add("three").await.expect("it runs");
    let stop = tokio::spawn(journal.stop());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(memory.log(), "");
    memory.0.writes.add_permits(2);
    let report = stop.await.expect("no panic in a stop");
    assert!(report.is_clean(), "{report}");
    assert_eq!(memory.log(), "one two+three closed");
    assert_eq!(entries.add("four").await, Err(Closed));
}

#[tokio::test(start_paused = true)]
async fn old_entries_are_deleted_once_an_hour() {
    let memory = Memory::new(0);
    let journal = Journal::<Memory>::start(memory.clone()).await.expect("it starts");
    tokio::time::sleep(Duration::from_mins(150)).await;
    assert!(journal.stop().await.is_clean());
    assert_eq!(memory.log(), "expired expired closed");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_refused_is_tried_again() {
    let memory = Memory::new(0);
    memory.0.refused.store(2, Ordering::Relaxed);
    let journal = Journal::<Memory>::start(memory).await.expect("it starts");
    let status = journal.handle().status();
    assert_eq!(status.service(Journal::<Memory>::KEYS.backend).expect("a service").attempts, 3);
    assert!(journal.stop().await.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn stops_whatever_fails() {
    testing::faults(|| Journal::<Memory>::runner(Memory::new(0))).await;
}
