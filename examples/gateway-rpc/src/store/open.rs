//! Opens the file of the store. A file that another program wrote is refused and not changed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, StorageError, TableDefinition, TableHandle,
};
use tokio::sync::{Mutex, watch};
use tokio::task::spawn_blocking;

use super::totals::{PROGRESS, TOTALS};
use super::{Inner, ORDERS, Store, StoreError};

const FILE: &str = "orders.redb";
/// Has the version of the format, so that a process which finds the current one need not open the store.
const VERSION_FILE: &str = "orders.version";
/// Identifies the file as an orders store. Its only entry is the version of the format.
const FORMAT: TableDefinition<&str, u64> = TableDefinition::new("orders-store");
const VERSION: &str = "version";
const OUR_VERSION: u64 = 1;

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("cannot write the folder `{}`: {error}", .folder.display())]
    Folder { folder: PathBuf, error: io::Error },
    #[error("cannot open `{}`: {error}", .file.display())]
    File { file: PathBuf, error: StoreError },
    #[error("`{}` is in use by another process", .file.display())]
    InUse { file: PathBuf },
    #[error("`{}` is not an orders store: {why}", .file.display())]
    Foreign { file: PathBuf, why: String },
}

/// An [`OpenError`] without the path of the file.
enum Fault {
    InUse,
    Foreign(String),
    Store(StoreError),
}

impl<E: Into<redb::Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Store(error.into().into())
    }
}

impl Store {
    /// Opens the store in this folder. Creates the folder and the file if they do not exist.
    ///
    /// # Errors
    ///
    /// When the folder cannot be created, or the file cannot be opened, is in use, or was written by another program.
    ///
    /// `fails_ping` makes its check fail.
    pub(crate) async fn open(folder: &Path, fails_ping: bool) -> Result<Self, OpenError> {
        let folder = folder.to_owned();
        let file = folder.join(FILE);
        let opened = spawn_blocking(move || open(&folder)).await;
        let (database, newest) =
            opened.map_err(|error| OpenError::File { file, error: StoreError::Panicked(error) })??;
        Ok(Self::of(database, newest, fails_ping))
    }

    /// Brings the store in this folder to the format of this program. Creates the folder and the file if they do not exist.
    ///
    /// A store that has the format already is not opened: another process may be using it.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub(crate) async fn migrate(folder: &Path) -> Result<(), OpenError> {
        let (folder, version_file) = (folder.to_owned(), folder.join(VERSION_FILE));
        let file = folder.join(FILE);
        let migrated = spawn_blocking(move || {
            let version = OUR_VERSION.to_string();
            if std::fs::read_to_string(&version_file).is_ok_and(|found| found.trim() == version) {
                tracing::info!(version, "the store has the current format");
                return Ok(());
            }
            drop(open(&folder)?);
            tracing::info!(version, "the store was migrated");
            std::fs::write(version_file, version).map_err(|error| OpenError::Folder { folder, error })
        });
        migrated.await.map_err(|error| OpenError::File { file, error: StoreError::Panicked(error) })?
    }

    /// A store without a file.
    #[cfg(test)]
    pub(crate) fn in_memory() -> Self {
        let database = Database::builder().create_with_backend(redb::backends::InMemoryBackend::new());
        let database = database.expect("memory can be written");
        let newest = make_tables(&database).expect("memory can be written");
        Self::of(database, newest, false)
    }

    fn of(database: Database, newest: u64, fails_ping: bool) -> Self {
        let inner = Inner {
            database: RwLock::new(Some(database)),
            write_lock: Arc::new(Mutex::new(())),
            newest: watch::Sender::new(newest),
            fails_ping,
        };
        Self { inner: Arc::new(inner) }
    }
}

/// Returns the database and the id of its newest order.
fn open(folder: &Path) -> Result<(Database, u64), OpenError> {
    std::fs::create_dir_all(folder)
        .map_err(|error| OpenError::Folder { folder: folder.to_owned(), error })?;
    let file = folder.join(FILE);
    match open_file(&file) {
        Ok(opened) => Ok(opened),
        Err(Fault::InUse) => Err(OpenError::InUse { file }),
        Err(Fault::Foreign(why)) => Err(OpenError::Foreign { file, why }),
        Err(Fault::Store(error)) => Err(OpenError::File { file, error }),
    }
}

fn open_file(file: &Path) -> Result<(Database, u64), Fault> {
    // Opening a file for writing changes it, so it is first checked read-only.
    if std::fs::metadata(file).is_ok_and(|file| file.len() > 0) {
        match Database::builder().open_read_only(file) {
            Ok(database) => check(&database)?,
            // The last run did not close the file. Opening it for writing repairs it.
            Err(DatabaseError::RepairAborted) => {}
            Err(error) => return Err(not_opened(error)),
        }
    }
    let database = Database::create(file).map_err(not_opened)?;
    check(&database)?;
    let newest = make_tables(&database)?;
    Ok((database, newest))
}

fn not_opened(error: DatabaseError) -> Fault {
    match error {
        DatabaseError::DatabaseAlreadyOpen => Fault::InUse,
        DatabaseError::Storage(StorageError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
            Fault::Foreign("another program wrote it".into())
        }
        error => error.into(),
    }
}

/// Checks that the database is empty or was written by this program.
fn check(database: &impl ReadableDatabase) -> Result<(), Fault> {
    let reading = database.begin_read()?;
    let tables: Vec<_> = reading.list_tables()?.map(|table| format!("`{}`", table.name())).collect();
    if tables.is_empty() {
        return Ok(());
    }
    let Ok(format) = reading.open_table(FORMAT) else {
        return Err(Fault::Foreign(format!("it holds the tables {}", tables.join(", "))));
    };
    match format.get(VERSION)?.map(|version| version.value()) {
        Some(OUR_VERSION) => Ok(()),
        Some(version) => {
            let why = format!("its format is version {version}, and this program reads {OUR_VERSION}");
            Err(Fault::Foreign(why))
        }
        None => Err(Fault::Foreign("it has no format version".into())),
    }
}

/// Creates the missing tables, and returns the id of the newest order.
fn make_tables(database: &Database) -> Result<u64, redb::Error> {
    let transaction = database.begin_write()?;
    transaction.open_table(FORMAT)?.insert(VERSION, OUR_VERSION)?;
    let newest = transaction.open_table(ORDERS)?.last()?.map_or(0, |(id, _)| id.value());
    transaction.open_table(TOTALS)?;
    transaction.open_table(PROGRESS)?;
    transaction.commit()?;
    Ok(newest)
}
