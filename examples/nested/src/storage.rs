//! The storage group: a log on disk, an index in memory that is replayed from the log, and a task that syncs the log.
//!
//! It defines how its own services start and stop. It does not depend on the application that uses it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use service_group::{StopToken, Task, service_group};
use tokio::fs::{File, OpenOptions, read_to_string};
use tokio::io::AsyncWriteExt;
use tokio::sync::Mutex;

/// The storage of a dictionary.
// This budget applies when `Storage` runs alone. Inside another group, the budget of the outer group applies.
#[service_group(stop_within = "10s")]
pub(crate) struct Storage {
    path: PathBuf,

    #[service(start = Log::open(path).await?, stop = log.close().await)]
    log: Log,

    // The start names `log`, so the index is replayed after the log is opened and dropped before the log is closed.
    #[service(start = Index::replay(path, log).await?, stop = drop(index))]
    pub(crate) index: Index,

    // Syncs the log to disk. It stops before `log`, which its start names. It stops at the same time as `index`,
    // which its start does not name.
    #[service(start = Task::spawn(|stop| sync_often(log.clone(), stop)), stop_within = "1s")]
    syncer: Task,
}

/// An append-only file with a word and its meaning on each line.
#[derive(Clone)]
pub(crate) struct Log(Arc<Mutex<File>>);

impl Log {
    async fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path).await?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }

    async fn append(&self, word: &str, meaning: &str) -> io::Result<()> {
        let mut file = self.0.lock().await;
        file.write_all(format!("{word}\t{meaning}\n").as_bytes()).await?;
        file.flush().await
    }

    async fn close(self) -> io::Result<()> {
        self.0.lock().await.sync_all().await
    }
}

async fn sync_often(log: Log, stop: StopToken) -> io::Result<()> {
    while tokio::time::timeout(Duration::from_millis(200), stop.requested()).await.is_err() {
        log.0.lock().await.sync_data().await?;
    }
    Ok(())
}

/// The meanings of all words.
#[derive(Clone)]
pub(crate) struct Index {
    meanings: Arc<RwLock<BTreeMap<String, String>>>,
    log: Log,
}

impl Index {
    async fn replay(path: &Path, log: &Log) -> io::Result<Self> {
        let lines = read_to_string(path).await?;
        let meanings = lines.lines().filter_map(|line| line.split_once('\t'));
        let meanings = meanings.map(|(word, meaning)| (word.to_owned(), meaning.to_owned())).collect();
        Ok(Self { meanings: Arc::new(RwLock::new(meanings)), log: log.clone() })
    }

    pub(crate) fn get(&self, word: &str) -> Option<String> {
        self.meanings.read().unwrap_or_else(PoisonError::into_inner).get(word).cloned()
    }

    /// Writes the word and its meaning to the log, then to the index. Each run of white space becomes one space.
    pub(crate) async fn put(&self, word: &str, meaning: &str) -> io::Result<()> {
        let [word, meaning] =
            [word, meaning].map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
        self.log.append(&word, &meaning).await?;
        self.meanings.write().unwrap_or_else(PoisonError::into_inner).insert(word, meaning);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_nested_group_also_starts_and_stops_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let storage = Storage::start(path.clone()).await.unwrap();
        storage.index.put("tea", "a drink\tof leaves").await.unwrap();
        storage.index.put("tea", "a meal").await.unwrap();
        assert!(storage.stop().await.is_clean());

        let storage = Storage::start(path).await.unwrap();
        assert_eq!(storage.index.get("tea").as_deref(), Some("a meal"));
        assert_eq!(storage.index.get("milk"), None);
    }
}
