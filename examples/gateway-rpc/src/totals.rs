//! The worker that keeps the daily totals up with the orders.

use std::time::Duration;

use service_group::{BoxError, StopToken};
use tokio::sync::watch;

use crate::store::{Store, StoreError};

/// How many orders are counted in one transaction.
const BATCH: usize = 500;
/// How long new orders gather before they are counted: each batch costs a write to the disk.
const GATHER: Duration = Duration::from_secs(1);

/// Counts until it is told to stop, and then what is left, as far as its window goes. The next start counts the rest.
pub(crate) async fn keep(store: Store, stop: StopToken) -> Result<(), BoxError> {
    let mut newest = store.newest();
    let stopping = loop {
        count(&store, || stop.is_requested()).await?;
        tokio::select! {
            stopping = stop.requested() => break stopping,
            gathered = gathered(&mut newest) => gathered?,
        }
    };
    count(&store, || stopping.is_forced()).await?;
    if let Some((day, total)) = store.totals().await?.last_key_value() {
        tracing::info!(day, orders = total.orders, items = total.items, "totals");
    }
    Ok(())
}

/// Counts all that is there, and ends with a whole batch when it is `enough`.
async fn count(store: &Store, enough: impl Fn() -> bool) -> Result<(), StoreError> {
    while !enough() && store.count_totals(BATCH).await? == BATCH {}
    Ok(())
}

async fn gathered(newest: &mut watch::Receiver<u64>) -> Result<(), BoxError> {
    newest.changed().await?;
    tokio::time::sleep(GATHER).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use service_group::{Service, StopContext, Task};

    use super::*;

    #[tokio::test]
    async fn what_was_ordered_before_the_stop_is_counted_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let worker = Task::spawn(|stop| keep(store.clone(), stop));
        store.create("tea".into(), 2).await.unwrap();
        store.create("milk".into(), 1).await.unwrap();
        worker.stop(StopContext::within(Duration::from_secs(5))).await.unwrap();
        let items: u64 = store.totals().await.unwrap().values().map(|total| total.items).sum();
        assert_eq!(items, 3);
    }
}
