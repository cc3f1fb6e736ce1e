//! A small group as a user writes it. `expanded.rs` has its expansion.

use std::path::PathBuf;

use service_group::{Task, service_group};

use crate::journal::Journal;

/// A journal, and a task that writes into it.
#[service_group(stop_within = "25s", lame_duck = "500ms")]
pub(crate) struct App {
    path: PathBuf,

    #[service(start = Journal::open(path)?, stop = journal.close().await)]
    journal: Journal,

    #[service(start = Task::spawn({ let journal = journal.clone(); |stop| journal.write(stop) }), stop_within = "2s")]
    writer: Task,
}
