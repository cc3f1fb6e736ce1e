//! Tests that no acknowledged order is lost by SIGTERM or SIGKILL under load.

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde_json::Value;
use service_group_tests::{End, Signal};
use tempfile::TempDir;

use crate::app::{App, assert_clean, data_folder, store_file};
use crate::client::{self, Client, new_order};

const CLIENTS: usize = 4;

/// The item and the quantity of each order, by id.
type Orders = BTreeMap<u64, (String, u64)>;

#[test]
fn no_acknowledged_order_is_lost_by_sigterm() {
    let mut shop = Shop::new();
    for round in 0..20 {
        assert_clean(&shop.round(round, Signal::TERM));
    }
    shop.assert_all_there();
}

/// Orders are durable without a stop, because they are on disk when they are acknowledged. The next run counts the
/// orders that were not counted.
#[test]
fn no_acknowledged_order_is_lost_by_sigkill() {
    let mut shop = Shop::new();
    for round in 0..5 {
        let end = shop.round(round, Signal::KILL);
        assert_eq!(end.code(), -9, "{}", end.text());
        shop.assert_all_there();
    }
    shop.assert_all_there();
}

/// A data folder, and the orders that were acknowledged to the clients of all its runs.
struct Shop {
    data: TempDir,
    acknowledged: Orders,
    /// Whether the last run ended with a stop, in which all orders are counted.
    is_counted: bool,
}

impl Shop {
    fn new() -> Self {
        Self { data: data_folder(), acknowledged: Orders::new(), is_counted: false }
    }

    /// Starts the program, and sends the signal while several clients order without a pause.
    fn round(&mut self, round: u64, signal: Signal) -> End {
        let app = self.start();
        let (http, answered) = (app.http, AtomicUsize::new(0));
        let (end, acknowledged) = thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| (format!("{round}/{client}"), &answered))
                .map(|(name, answered)| scope.spawn(move || order_until_refused(http, &name, answered)))
                .collect();
            // `SeqCst`, since a test does not need a weaker ordering.
            while answered.load(SeqCst) < CLIENTS {
                thread::yield_now();
            }
            // The moment varies by design. No assertion depends on it.
            thread::sleep(Duration::from_micros(round * 79_193 % 200_000));
            let end = app.stop(signal);
            (end, clients.into_iter().flat_map(|client| client.join().unwrap()).collect::<Vec<_>>())
        });
        for (id, order) in acknowledged {
            assert_eq!(self.acknowledged.insert(id, order), None, "the id {id} was assigned twice");
        }
        self.is_counted = signal != Signal::KILL;
        end
    }

    /// Starts the program. Asserts that it has each acknowledged order unchanged and no order twice, and that the
    /// totals match if the last run counted them.
    fn start(&self) -> App {
        let counted = self.is_counted.then(|| totals(self.data.path()));
        let app = App::start(self.data.path(), &[]);
        let found = client::get(app.http, "/orders").json();
        let found: Vec<_> = found.as_array().unwrap().iter().map(order_of).collect();
        assert!(found.is_sorted_by(|one, next| one.0 < next.0), "{found:?}");
        let items: HashSet<_> = found.iter().map(|(_, order)| &order.0).collect();
        assert_eq!(items.len(), found.len(), "an item is there twice: {found:?}");
        let found = Orders::from_iter(found);
        for (id, order) in &self.acknowledged {
            assert_eq!(found.get(id), Some(order), "order {id}");
        }
        if let Some(counted) = counted {
            let expected = (found.len() as u64, found.values().map(|order| order.1).sum());
            assert_eq!(counted, expected, "orders and items");
        }
        app
    }

    /// Asserts that each acknowledged order can also be requested by its id.
    fn assert_all_there(&mut self) {
        let app = self.start();
        let mut client = Client::connect(app.http).unwrap();
        for (id, order) in &self.acknowledged {
            let found = client.get(&format!("/orders/{id}")).unwrap();
            assert_eq!((found.status, order_of(&found.json())), (200, (*id, order.clone())));
        }
        drop(client);
        assert_clean(&app.stop(Signal::TERM));
        self.is_counted = true;
    }
}

/// The numbers of orders and items, summed over the daily totals in the file.
fn totals(data: &Path) -> (u64, u64) {
    const TOTALS: TableDefinition<&str, (u64, u64)> = TableDefinition::new("totals");
    let database = Database::builder().open_read_only(store_file(data)).unwrap();
    let totals = database.begin_read().unwrap().open_table(TOTALS).unwrap();
    let days = totals.iter().unwrap().map(|day| day.unwrap().1.value());
    days.fold((0, 0), |sum, day| (sum.0 + day.0, sum.1 + day.1))
}

/// Sends one order after the other until a connection is refused. Returns the acknowledged orders with their ids.
fn order_until_refused(http: SocketAddr, name: &str, answered: &AtomicUsize) -> Vec<(u64, (String, u64))> {
    let mut acknowledged = Vec::new();
    let mut connection = None;
    for (number, quantity) in (0..).zip((1..=7).cycle()) {
        let Some(mut client) = connection.take().or_else(|| Client::connect(http).ok()) else { break };
        let item = format!("{name}/{number}");
        // Without a response the order may or may not be stored. It was not acknowledged.
        let Ok(answer) = client.post(&new_order(&item, quantity)) else { continue };
        assert_eq!(answer.status, 201, "{answer:?}");
        let order = order_of(&answer.json());
        assert_eq!(order.1, (item, u64::from(quantity)));
        acknowledged.push(order);
        // `SeqCst`, as in `Shop::round`.
        answered.fetch_add(1, SeqCst);
        connection = Some(client).filter(|_| !answer.closes());
    }
    acknowledged
}

fn order_of(json: &Value) -> (u64, (String, u64)) {
    let item = json["item"].as_str().unwrap().to_owned();
    (json["id"].as_u64().unwrap(), (item, json["quantity"].as_u64().unwrap()))
}
