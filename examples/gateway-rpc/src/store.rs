//! The store of orders and their daily totals, in one transactional file.
//!
//! Every access runs on a blocking thread, never on a thread of the runtime. A write is on disk when its future
//! resolves. If the future is dropped, the write is complete or has no effect. [`Store::close`] waits for all
//! accesses in progress, including those whose futures were dropped.

mod open;
mod totals;

#[cfg(test)]
pub(crate) use open::OpenError;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use prost::Message;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use tokio::sync::{Mutex, OwnedMutexGuard, watch};
use tokio::task::{JoinError, spawn_blocking};

use crate::proto::Order;

/// Orders by id, as protobuf messages.
const ORDERS: TableDefinition<u64, &[u8]> = TableDefinition::new("orders");

/// A handle to the store. Clones share it.
#[derive(Clone)]
pub(crate) struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    /// `None` after the store was closed.
    database: RwLock<Option<Database>>,
    /// Held by the one write in progress. The other writes wait here without blocking a thread.
    write_lock: Arc<Mutex<()>>,
    /// The id of the newest order.
    newest: watch::Sender<u64>,
    /// Whether the check of the store fails.
    fails_ping: bool,
}

/// Why an access to the store failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The store was closed before the access.
    #[error("the store is closed")]
    Closed,
    /// The database returned an error.
    #[error(transparent)]
    Database(Box<redb::Error>),
    /// An option makes the check fail.
    #[error("made to fail by --fail-check")]
    Failing,
    /// The access panicked on its blocking thread.
    #[error("an access to the store failed")]
    Panicked(#[source] JoinError),
}

impl<E: Into<redb::Error>> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self::Database(Box::new(error.into()))
    }
}

impl Store {
    /// Reads an order, to check that the store works.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        if self.inner.fails_ping {
            return Err(StoreError::Failing);
        }
        self.list(0, 1).await.map(drop)
    }

    /// Creates an order. It is on disk when this returns.
    pub(crate) async fn create(&self, item: String, quantity: u32) -> Result<Order, StoreError> {
        let write_lock = self.write_lock().await;
        let newest = self.inner.newest.clone();
        self.blocking(move |database| {
            let order = insert(database, item, quantity)?;
            // Sent here and not after the `.await`, because watchers must be notified even if the caller's future was
            // dropped.
            newest.send_replace(order.id);
            drop(write_lock);
            Ok(order)
        })
        .await
    }

    /// Returns the order with this id.
    pub(crate) async fn get(&self, id: u64) -> Result<Option<Order>, StoreError> {
        self.blocking(move |database| {
            let orders = database.begin_read()?.open_table(ORDERS)?;
            let order = orders.get(id)?;
            order.map(|order| decode(id, order.value())).transpose()
        })
        .await
    }

    /// Returns up to `limit` orders with ids above `after`, by ascending id.
    pub(crate) async fn list(&self, after: u64, limit: usize) -> Result<Vec<Order>, StoreError> {
        self.blocking(move |database| {
            let orders = database.begin_read()?.open_table(ORDERS)?;
            let page = orders.range(after.saturating_add(1)..)?.take(limit);
            page.map(|entry| {
                entry.map_err(redb::Error::from).and_then(|(id, order)| decode(id.value(), order.value()))
            })
            .collect()
        })
        .await
    }

    /// Returns a receiver of the newest order's id.
    pub(crate) fn newest(&self) -> watch::Receiver<u64> {
        self.inner.newest.subscribe()
    }

    /// Waits for the accesses in progress and closes the file. Later accesses return [`StoreError::Closed`].
    pub(crate) async fn close(self) -> Result<(), StoreError> {
        let close = move || {
            let database = self.inner.database.write().unwrap_or_else(PoisonError::into_inner).take();
            database.map_or(Ok(()), |database| Ok(database.close()?))
        };
        spawn_blocking(close).await.map_err(StoreError::Panicked)?
    }

    /// Waits until no other write is in progress.
    async fn write_lock(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.inner.write_lock).lock_owned().await
    }

    /// Runs `work` on a blocking thread. [`close`](Self::close) waits for it.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, redb::Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        let work = move || match &*inner.database.read().unwrap_or_else(PoisonError::into_inner) {
            Some(database) => work(database).map_err(StoreError::from),
            None => Err(StoreError::Closed),
        };
        spawn_blocking(work).await.map_err(StoreError::Panicked)?
    }
}

fn insert(database: &Database, item: String, quantity: u32) -> Result<Order, redb::Error> {
    let transaction = database.begin_write()?;
    let mut orders = transaction.open_table(ORDERS)?;
    let id = orders.last()?.map_or(1, |(id, _)| id.value() + 1);
    let order = Order { id, item, quantity, created_at: Some(SystemTime::now().into()) };
    orders.insert(id, order.encode_to_vec().as_slice())?;
    drop(orders);
    transaction.commit()?;
    Ok(order)
}

fn decode(id: u64, bytes: &[u8]) -> Result<Order, redb::Error> {
    Order::decode(bytes).map_err(|error| redb::Error::Corrupted(format!("order {id}: {error}")))
}

#[cfg(test)]
mod tests;
