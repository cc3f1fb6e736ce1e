//! The database of a journal.

use std::fmt::Debug;
use std::future::Future;

use service_group::BoxError;

/// A database that keeps the entries. Clones are handles of the same one.
pub trait Backend: Clone + Debug + Send + Sync + 'static {
    /// What it takes to connect, such as an address.
    type Config: Debug + Send + Sync + 'static;

    /// Connects. After an error it is tried again, for 30 s.
    fn connect(config: &Self::Config) -> impl Future<Output = Result<Self, BoxError>> + Send;

    /// Writes entries, all or none.
    fn write(&self, entries: &[String]) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Deletes old entries.
    fn expire(&self) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Returns an error if the database cannot be reached.
    fn ping(&self) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Closes the connection. Called once, after all writes.
    fn close(self) -> impl Future<Output = Result<(), BoxError>> + Send;
}
