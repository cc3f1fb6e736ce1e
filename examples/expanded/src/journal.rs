//! The services of the group. Nothing in here depends on groups, except the stop token of the task.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use service_group::StopToken;

/// A file of lines: a type that is not a `Service`, so its field has a `stop` expression.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    file: Arc<File>,
}

impl Journal {
    /// Opens the file for appending.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        Ok(Self { file: Arc::new(file) })
    }

    /// Writes a line each second until the stop is requested, and one more then.
    pub(crate) async fn write(self, stop: StopToken) -> io::Result<()> {
        while tokio::time::timeout(Duration::from_secs(1), stop.requested()).await.is_err() {
            writeln!(&*self.file, "still here")?;
        }
        writeln!(&*self.file, "stop requested")
    }

    /// Waits until all lines are on the disk.
    #[expect(clippy::unused_async, reason = "the group awaits it")]
    pub(crate) async fn close(self) -> io::Result<()> {
        self.file.sync_all()
    }
}
