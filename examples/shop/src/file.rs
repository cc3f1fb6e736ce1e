//! The database of the shop: a line of a file for each entry.

use std::path::PathBuf;
use std::sync::Arc;

use journal::Backend;
use service_group::BoxError;
use tokio::fs::{self, OpenOptions};
use tokio::io::AsyncWriteExt;
use tokio::sync::Mutex;

/// A file with the entries.
#[derive(Debug, Clone)]
pub(crate) struct File {
    path: PathBuf,
    file: Arc<Mutex<fs::File>>,
}

impl Backend for File {
    type Config = PathBuf;

    async fn connect(path: &PathBuf) -> Result<Self, BoxError> {
        let file = OpenOptions::new().create(true).append(true).open(path).await?;
        Ok(Self { path: path.clone(), file: Arc::new(Mutex::new(file)) })
    }

    async fn write(&self, entries: &[String]) -> Result<(), BoxError> {
        let mut file = self.file.lock().await;
        file.write_all((entries.join("\n") + "\n").as_bytes()).await?;
        Ok(file.flush().await?)
    }

    async fn expire(&self) -> Result<(), BoxError> {
        Ok(()) // a shop keeps its sales
    }

    async fn ping(&self) -> Result<(), BoxError> {
        fs::metadata(&self.path).await.map_err(|error| format!("{}: {error}", self.path.display()))?;
        Ok(())
    }

    async fn close(self) -> Result<(), BoxError> {
        Ok(self.file.lock().await.sync_all().await?)
    }
}
