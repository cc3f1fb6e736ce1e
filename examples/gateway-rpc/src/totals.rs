//! The background task that counts new orders into the daily totals.

use std::time::Duration;

use service_group::{BoxError, StopToken};
use tokio::sync::watch;

use crate::store::{Store, StoreError};

/// The maximum number of orders that are counted in one transaction.
const BATCH: usize = 500;
/// How long new orders are collected before they are counted, because each batch costs a write to the disk.
const COLLECT_FOR: Duration = Duration::from_secs(1);

/// Counts orders until a stop is requested. Then it counts the remaining orders until none is left or the stop is
/// forced. The next start counts what is left.
pub(crate) async fn keep(store: Store, stop: StopToken) -> Result<(), BoxError> {
    let mut newest = store.newest();
    let stopping = loop {
        count(&store, || stop.is_requested()).await?;
        tokio::select! {
            stopping = stop.requested() => break stopping,
            collected = collect_orders(&mut newest) => collected?,
        }
    };
    count(&store, || stopping.is_forced()).await?;
    if let Some((day, total)) = store.totals().await?.last_key_value() {
        tracing::info!(day, orders = total.orders, items = total.items, "totals");
    }
    Ok(())
}

/// Counts batch after batch until no orders are left, or until `enough` returns true after a batch.
async fn count(store: &Store, enough: impl Fn() -> bool) -> Result<(), StoreError> {
    while !enough() && store.count_totals(BATCH).await? == BATCH {}
    Ok(())
}

/// Waits for a new order, and then for more orders to come.
async fn collect_orders(newest: &mut watch::Receiver<u64>) -> Result<(), BoxError> {
    newest.changed().await?;
    tokio::time::sleep(COLLECT_FOR).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use service_group::{Service, StopContext, Task};

    use super::*;

    #[tokio::test]
    async fn orders_before_the_stop_are_counted_during_the_stop() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), false).await.unwrap();
        let worker = Task::spawn(|stop| keep(store.clone(), stop));
        store.create("tea".into(), 2).await.unwrap();
        store.create("milk".into(), 1).await.unwrap();
        worker.stop(StopContext::within(Duration::from_secs(5))).await.unwrap();
        let items: u64 = store.totals().await.unwrap().values().map(|total| total.items).sum();
        assert_eq!(items, 3);
    }
}
