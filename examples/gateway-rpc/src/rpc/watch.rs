//! The stream of `WatchOrders`.
//!
//! New orders only wake the stream, and it reads them from the store. A slow client, and one that reconnects,
//! therefore misses no order, and there is no queue for each client.

use futures_util::{Stream, TryStreamExt, stream};
use tonic::Status;

use crate::proto::Order;
use crate::store::{Store, StoreError};

/// How many orders are read at a time.
const PAGE: usize = 100;

/// Streams the orders with ids above `after`, or without it the orders that are created after the call.
pub(super) fn orders(store: Store, after: Option<u64>) -> impl Stream<Item = Result<Order, Status>> + Send {
    pages(store, after)
        .map_ok(|page| stream::iter(page.into_iter().map(Ok)))
        .map_err(Status::from)
        .try_flatten()
}

fn pages(store: Store, after: Option<u64>) -> impl Stream<Item = Result<Vec<Order>, StoreError>> + Send {
    let newest = store.newest();
    let after = after.unwrap_or_else(|| *newest.borrow());
    stream::try_unfold((store, newest, after), async |(store, mut newest, after)| {
        if newest.wait_for(|newest| *newest > after).await.is_err() {
            return Ok(None);
        }
        let page = store.list(after, PAGE).await?;
        let last = page.last().map_or(after, |order| order.id);
        Ok(Some((page, (store, newest, last))))
    })
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;

    #[tokio::test]
    async fn a_watch_has_new_orders_and_after_a_reconnect_the_missed_ones() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), false).await.unwrap();
        store.create("before".into(), 1).await.unwrap();
        let watched = orders(store.clone(), None);
        for _ in 0..2 * PAGE {
            store.create("tea".into(), 1).await.unwrap();
        }
        let ids: Vec<_> = watched.take(2 * PAGE).map_ok(|order| order.id).try_collect().await.unwrap();
        assert_eq!(ids, (2..).take(2 * PAGE).collect::<Vec<_>>());

        let resumed = orders(store, Some(199)).take(2).map_ok(|order| order.id);
        assert_eq!(resumed.try_collect::<Vec<_>>().await.unwrap(), [200, 201]);
    }
}
