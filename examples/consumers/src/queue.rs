//! A small queue that stands for a broker: each topic is a folder, and each message a file in it.

use std::path::{Path, PathBuf};
use std::{io, str};

use tokio::fs;

/// A queue with its topics.
#[derive(Debug)]
pub(crate) struct Queue(PathBuf);

/// The messages of one topic, in the order of their names.
#[derive(Debug)]
pub(crate) struct Subscription {
    topic: String,
    folder: PathBuf,
}

/// A message, which stays in the queue until it is acknowledged.
#[derive(Debug)]
pub(crate) struct Message {
    path: PathBuf,
    content: Vec<u8>,
}

impl Queue {
    /// Opens the queue in this folder.
    pub(crate) async fn open(folder: &Path) -> io::Result<Self> {
        drop(fs::read_dir(folder).await?);
        Ok(Self(folder.to_owned()))
    }

    /// Subscribes to a topic.
    pub(crate) async fn subscribe(&self, topic: &str) -> io::Result<Subscription> {
        let folder = self.0.join(topic);
        let listed = fs::read_dir(&folder).await;
        drop(listed.map_err(|error| io::Error::new(error.kind(), "no such topic"))?);
        Ok(Subscription { topic: topic.to_owned(), folder })
    }
}

impl Subscription {
    pub(crate) fn topic(&self) -> &str {
        &self.topic
    }

    /// Reads the oldest message, if there is one.
    pub(crate) async fn oldest(&self) -> io::Result<Option<Message>> {
        let mut files = fs::read_dir(&self.folder).await?;
        let mut oldest: Option<PathBuf> = None;
        while let Some(file) = files.next_entry().await? {
            let path = file.path();
            // A file without this name is still being written.
            if path.extension().is_some_and(|is| is == "message") {
                oldest = Some(oldest.map_or(path.clone(), |oldest| oldest.min(path)));
            }
        }
        let Some(path) = oldest else { return Ok(None) };
        Ok(Some(Message { content: fs::read(&path).await?, path }))
    }
}

impl Message {
    pub(crate) fn text(&self) -> Result<&str, str::Utf8Error> {
        str::from_utf8(&self.content)
    }

    /// Removes the message from the queue.
    pub(crate) async fn acknowledge(self) -> io::Result<()> {
        fs::remove_file(self.path).await
    }
}
