//! An order that was acknowledged is never lost, however the process ends.

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
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

/// By id: what was ordered, and how much of it.
type Orders = BTreeMap<u64, (String, u64)>;

#[test]
fn no_acknowledged_order_is_lost_by_sigterm() {
    let mut shop = Shop::new();
    for round in 0..20 {
        let end = shop.round(round, Signal::TERM);
        assert_clean(&end);
        shop.assert_totals();
    }
    shop.assert_all_there();
}

/// On disk is on disk: nothing is left to the stop. The next run counts what was not counted.
#[test]
fn no_acknowledged_order_is_lost_by_sigkill() {
    let mut shop = Shop::new();
    for round in 0..5 {
        let end = shop.round(round, Signal::KILL);
        assert_eq!(end.code(), -9, "{}", end.text());
        shop.assert_all_there();
        shop.assert_totals();
    }
}

/// A data folder, and what the clients of all its runs know.
struct Shop {
    data: TempDir,
    acknowledged: Orders,
}

impl Shop {
    fn new() -> Self {
        Self { data: data_folder(), acknowledged: Orders::new() }
    }

    /// Starts the program, checks what is there, and sends the signal while several clients order all they can.
    fn round(&mut self, round: u64, signal: Signal) -> End {
        let app = App::start(self.data.path(), &[]);
        self.assert_served(app.http);
        let (http, answered) = (app.http, AtomicUsize::new(0));
        let (end, acknowledged) = thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| (format!("{round}/{client}"), &answered))
                .map(|(name, answered)| scope.spawn(move || order_until_refused(http, &name, answered)))
                .collect();
            while answered.load(SeqCst) < CLIENTS {
                thread::yield_now();
            }
            // The moment is random by design; no outcome depends on when it comes.
            thread::sleep(Duration::from_micros(round * 7_919 % 80_000));
            let end = app.stop(signal);
            (end, clients.into_iter().flat_map(|client| client.join().unwrap()).collect::<Vec<_>>())
        });
        for (id, order) in acknowledged {
            assert_eq!(self.acknowledged.insert(id, order), None, "the id {id} was given twice");
        }
        end
    }

    /// Each acknowledged order is there, by itself and in the list, as it was ordered; and none is there twice.
    fn assert_served(&self, http: SocketAddr) -> Orders {
        let found = client::get(http, "/orders").json();
        let found: Vec<_> = found.as_array().unwrap().iter().map(order_of).collect();
        assert!(found.is_sorted_by(|one, next| one.0 < next.0), "{found:?}");
        let items: HashSet<_> = found.iter().map(|(_, order)| &order.0).collect();
        assert_eq!(items.len(), found.len(), "no item was ordered twice: {found:?}");
        let found = Orders::from_iter(found);
        for (id, order) in &self.acknowledged {
            assert_eq!(found.get(id), Some(order), "order {id}");
        }
        found
    }

    fn assert_all_there(&self) {
        let app = App::start(self.data.path(), &[]);
        self.assert_served(app.http);
        let mut client = Client::connect(app.http).unwrap();
        for (id, order) in &self.acknowledged {
            let found = client.get(&format!("/orders/{id}")).unwrap();
            assert_eq!((found.status, order_of(&found.json())), (200, (*id, order.clone())));
        }
        assert_clean(&app.stop(Signal::TERM));
    }

    /// All orders are counted once in the daily totals, after a clean stop.
    fn assert_totals(&self) {
        const TOTALS: TableDefinition<&str, (u64, u64)> = TableDefinition::new("totals");
        let counted = {
            let database = Database::builder().open_read_only(store_file(self.data.path())).unwrap();
            let totals = database.begin_read().unwrap().open_table(TOTALS).unwrap();
            let days = totals.iter().unwrap().map(|day| day.unwrap().1.value());
            days.fold((0, 0), |sum, day| (sum.0 + day.0, sum.1 + day.1))
        };

        let app = App::start(self.data.path(), &[]);
        let found = self.assert_served(app.http);
        let expected = (found.len() as u64, found.values().map(|order| order.1).sum());
        assert_eq!(counted, expected, "orders and items");
        assert_clean(&app.stop(Signal::TERM));
    }
}

/// A client that keeps its connection while it can, and orders again the moment that it has its answer.
fn order_until_refused(http: SocketAddr, name: &str, answered: &AtomicUsize) -> Vec<(u64, (String, u64))> {
    let mut acknowledged = Vec::new();
    let mut connection = None;
    for (number, quantity) in (0..).zip((1..=7).cycle()) {
        let Some(mut client) = connection.take().or_else(|| Client::connect(http).ok()) else { break };
        let item = format!("{name}/{number}");
        // No answer: it may be there or not, and nobody was promised anything.
        let Ok(answer) = client.post(&new_order(&item, quantity)) else { continue };
        assert_eq!(answer.status, 201, "{answer:?}");
        let order = order_of(&answer.json());
        assert_eq!(order.1, (item, u64::from(quantity)));
        acknowledged.push(order);
        answered.fetch_add(1, SeqCst);
        connection = Some(client).filter(|_| !answer.closes());
    }
    acknowledged
}

fn order_of(json: &Value) -> (u64, (String, u64)) {
    let item = json["item"].as_str().unwrap().to_owned();
    (json["id"].as_u64().unwrap(), (item, json["quantity"].as_u64().unwrap()))
}
