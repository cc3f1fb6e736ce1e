//! The entries on their way to the database.

use std::error::Error;
use std::fmt;

use service_group::{BoxError, StopToken, Task};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::Backend;

/// How many entries wait, and how many are written at once.
const MOST: usize = 1_000;

/// A handle that adds entries to a journal.
#[derive(Debug, Clone)]
pub struct Entries(Sender<String>);

impl Entries {
    /// Adds an entry, which will be written soon. It waits while there are too many.
    ///
    /// # Errors
    ///
    /// If the journal has stopped.
    pub async fn add(&self, entry: impl Into<String>) -> Result<(), Closed> {
        self.0.send(entry.into()).await.map_err(|_| Closed)
    }
}

/// The journal has stopped, and takes no more entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the journal has stopped")
    }
}

impl Error for Closed {}

/// Spawns the task that writes what is added.
pub(crate) fn writer<B: Backend>(backend: B) -> Task<Entries> {
    let (sender, entries) = channel(MOST);
    Task::spawn(|stop| write_all(backend, entries, stop)).with(Entries(sender))
}

/// Writes until a stop is requested, and then what has been added until then.
async fn write_all<B: Backend>(
    backend: B,
    mut entries: Receiver<String>,
    stop: StopToken,
) -> Result<(), BoxError> {
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            biased;
            _ = stop.requested(), if !entries.is_closed() => entries.close(),
            count = entries.recv_many(&mut batch, MOST) => match count {
                0 => return Ok(()),
                _ => backend.write(&batch).await?,
            },
        }
        batch.clear();
    }
}
