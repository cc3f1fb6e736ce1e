//! Where handled messages are recorded.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;
use tokio::sync::Mutex;

/// A file with a line for each handled message. Clones are handles of the same one.
#[derive(Debug, Clone)]
pub(crate) struct Ledger(Arc<Mutex<File>>);

impl Ledger {
    /// Opens `ledger.txt` in this folder.
    pub(crate) async fn open(folder: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(folder.join("ledger.txt")).await?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }

    /// Appends a line.
    pub(crate) async fn record(&self, line: &str) -> io::Result<()> {
        let mut file = self.0.lock().await;
        file.write_all(format!("{line}\n").as_bytes()).await?;
        file.flush().await
    }

    /// Writes all lines to the disk.
    pub(crate) async fn close(self) -> io::Result<()> {
        self.0.lock().await.sync_all().await
    }
}
