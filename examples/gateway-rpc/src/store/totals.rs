//! The daily totals of orders and items, counted from the orders in batches.
//!
//! The id of the last counted order is written in the same transaction as the totals. No order is therefore counted
//! twice or left out, whenever the program ends.

use std::collections::BTreeMap;
use std::time::SystemTime;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};

use super::{ORDERS, Store, StoreError, decode};
use crate::proto::Order;

/// The number of orders and the number of items by UTC day: `2026-01-31`.
pub(super) const TOTALS: TableDefinition<&str, (u64, u64)> = TableDefinition::new("totals");
/// The state of the count, by name.
pub(super) const PROGRESS: TableDefinition<&str, u64> = TableDefinition::new("progress");
/// The entry of [`PROGRESS`] with the id of the last counted order.
pub(super) const COUNTED: &str = "counted";

/// The totals of a day.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) orders: u64,
    pub(crate) items: u64,
}

impl Store {
    /// Counts up to `limit` orders that are not counted yet, and returns how many it counted.
    pub(crate) async fn count_totals(&self, limit: usize) -> Result<usize, StoreError> {
        let write_lock = self.write_lock().await;
        self.blocking(move |database| {
            let counted = count(database, limit);
            drop(write_lock);
            counted
        })
        .await
    }

    /// Returns the totals by UTC day.
    pub(crate) async fn totals(&self) -> Result<BTreeMap<String, Total>, StoreError> {
        self.blocking(|database| {
            let totals = database.begin_read()?.open_table(TOTALS)?;
            let mut by_day = BTreeMap::new();
            for entry in totals.iter()? {
                let (day, total) = entry?;
                let (orders, items) = total.value();
                by_day.insert(day.value().to_owned(), Total { orders, items });
            }
            Ok(by_day)
        })
        .await
    }
}

fn count(database: &Database, limit: usize) -> Result<usize, redb::Error> {
    let transaction = database.begin_write()?;
    let batch = next_batch(&transaction, limit)?;
    let Some(last) = batch.last() else { return Ok(0) };
    transaction.open_table(PROGRESS)?.insert(COUNTED, last.id)?;
    let mut totals = transaction.open_table(TOTALS)?;
    for (day, more) in by_day(&batch) {
        let (orders, items) = totals.get(day.as_str())?.map_or((0, 0), |total| total.value());
        totals.insert(day.as_str(), (orders + more.orders, items + more.items))?;
    }
    drop(totals);
    transaction.commit()?;
    Ok(batch.len())
}

fn next_batch(transaction: &WriteTransaction, limit: usize) -> Result<Vec<Order>, redb::Error> {
    let progress = transaction.open_table(PROGRESS)?;
    let counted = progress.get(COUNTED)?.map_or(0, |counted| counted.value());
    let orders = transaction.open_table(ORDERS)?;
    let mut batch = Vec::new();
    for entry in orders.range(counted + 1..)?.take(limit) {
        let (id, order) = entry?;
        batch.push(decode(id.value(), order.value())?);
    }
    Ok(batch)
}

fn by_day(orders: &[Order]) -> BTreeMap<String, Total> {
    let mut by_day: BTreeMap<String, Total> = BTreeMap::new();
    for order in orders {
        let total = by_day.entry(day(order)).or_default();
        total.orders += 1;
        total.items += u64::from(order.quantity);
    }
    by_day
}

/// The UTC day of an order: the date of its time in RFC 3339.
fn day(order: &Order) -> String {
    let created =
        order.created_at.and_then(|at| SystemTime::try_from(at).ok()).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut day = humantime::format_rfc3339_seconds(created).to_string();
    day.truncate("2026-01-31".len());
    day
}
