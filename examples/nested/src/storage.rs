//! The storage: a log on disk, and an index in memory that is replayed from it.
//!
//! As a group it knows how its own parts start and stop, and nothing about who uses it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use service_group::{StopToken, Task, service_group};
use tokio::fs::{File, OpenOptions, read_to_string};
use tokio::io::AsyncWriteExt;
use tokio::sync::Mutex;

/// What an application needs to keep its words.
// A budget of its own holds where `Storage` is run alone. Inside another group, that one's budget counts.
#[service_group(stop_within = "10s")]
pub(crate) struct Storage {
    path: PathBuf,

    #[service(start = Log::open(path).await?, stop = log.close().await)]
    log: Log,

    // It names `log` and `path`: replayed when the log is there, gone before the log is closed.
    #[service(start = Index::replay(path, log).await?, stop = drop(index))]
    pub(crate) index: Index,

    // Syncs what was written. It stops before `log`, which it names, and beside `index`, which it does not.
    #[service(start = Task::spawn(|stop| sync_often(log.clone(), stop)), stop_within = "1s")]
    syncer: Task,
}

/// Lines of a word and its meaning, in the order they were written.
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

    /// Writes it to the log first. White space in either becomes a single blank.
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
    async fn a_group_starts_and_stops_alone_too() {
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
