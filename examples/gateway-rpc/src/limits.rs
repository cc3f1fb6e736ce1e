//! The limits of an order, from a file that is read again on SIGHUP.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// A handle to the limits. Clones share them, so that a reload reaches all of them.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    file: Option<PathBuf>,
    current: Arc<RwLock<Values>>,
}

#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    /// The largest quantity of one order.
    largest_quantity: u32,
}

/// Why the limits could not be read. The previous ones stay.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LimitsError {
    #[error("cannot read `{}`: {error}", .file.display())]
    File { file: PathBuf, error: io::Error },
    #[error("`{}` has no limits: {error}", .file.display())]
    Content { file: PathBuf, error: serde_json::Error },
}

impl Limits {
    /// Reads the limits from the file. Without one, there are none.
    pub(crate) async fn open(file: Option<&Path>) -> Result<Self, LimitsError> {
        let current = match file {
            Some(file) => read(file).await?,
            None => Values { largest_quantity: u32::MAX },
        };
        Ok(Self { file: file.map(Path::to_owned), current: Arc::new(RwLock::new(current)) })
    }

    /// Reads the file again.
    pub(crate) async fn reload(&self) -> Result<(), LimitsError> {
        if let Some(file) = &self.file {
            let values = read(file).await?;
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = values;
            tracing::info!(values.largest_quantity, "limits");
        }
        Ok(())
    }

    /// Returns the largest quantity of one order.
    pub(crate) fn largest_quantity(&self) -> u32 {
        self.current.read().unwrap_or_else(PoisonError::into_inner).largest_quantity
    }
}

async fn read(file: &Path) -> Result<Values, LimitsError> {
    let text = tokio::fs::read(file).await;
    let text = text.map_err(|error| LimitsError::File { file: file.to_owned(), error })?;
    serde_json::from_slice(&text).map_err(|error| LimitsError::Content { file: file.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reload_reaches_all_clones_and_a_mistake_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("limits.json");
        std::fs::write(&file, r#"{"largest_quantity": 5}"#).unwrap();
        let limits = Limits::open(Some(&file)).await.unwrap();
        let clone = limits.clone();
        std::fs::write(&file, r#"{"largest_quantity": 7}"#).unwrap();
        clone.reload().await.unwrap();
        assert_eq!(limits.largest_quantity(), 7);
        std::fs::write(&file, r#"{"largest": 9}"#).unwrap();
        let error = clone.reload().await.unwrap_err().to_string();
        assert!(error.contains("limits.json` has no limits: unknown field `largest`"), "{error}");
        assert_eq!(limits.largest_quantity(), 7);
    }
}
