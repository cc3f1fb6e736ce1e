//! Every fault of a service, while a client writes: the group stops, and no order is lost that it has acknowledged.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use service_group::testing::{self, Busy, Fault};
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use tokio::time::{sleep, timeout};

use super::*;
use crate::store::OpenError;

/// One case: the folder of its store, and the ids of the orders that it has acknowledged.
struct Shop {
    folder: TempDir,
    acknowledged: Mutex<Vec<u64>>,
}

impl Shop {
    fn open() -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        Arc::new(Self { folder, acknowledged: Mutex::default() })
    }

    /// Orders tea until the gateway no longer answers.
    async fn order_until_closed(&self, gateway: SocketAddr, busy: Busy) {
        while let Ok(id) = order(gateway).await {
            self.acknowledged.lock().unwrap().push(id);
            busy.reached();
        }
        busy.reached();
    }

    /// Opens the store again. A start that was cancelled may still have it open, on its blocking thread.
    async fn reopened(&self) -> Store {
        let reopened = async {
            loop {
                match Store::open(self.folder.path(), false).await {
                    Err(OpenError::InUse { .. }) => sleep(Duration::from_millis(1)).await,
                    opened => return opened.unwrap(),
                }
            }
        };
        timeout(Duration::from_secs(20), reopened).await.expect("nothing keeps the store open")
    }

    /// Checks that the store has every order that was acknowledged, and returns their number.
    async fn assert_nothing_is_lost(&self) -> usize {
        let acknowledged = self.acknowledged.lock().unwrap().clone();
        let store = self.reopened().await;
        for id in &acknowledged {
            assert!(store.get(*id).await.unwrap().is_some(), "order {id} was acknowledged, and is lost");
        }
        acknowledged.len()
    }
}

/// Orders tea, and returns the id of the order if it was acknowledged.
async fn order(gateway: SocketAddr) -> io::Result<u64> {
    let order = r#"{"item": "tea", "quantity": 2}"#;
    let head = "POST /orders HTTP/1.1\r\nhost: orders\r\nconnection: close\r\ncontent-type: application/json";
    let mut client = TcpStream::connect(gateway).await?;
    client.write_all(format!("{head}\r\ncontent-length: {}\r\n\r\n{order}", order.len()).as_bytes()).await?;
    let mut answer = String::new();
    client.read_to_string(&mut answer).await?;
    let id = answer.starts_with("HTTP/1.1 201 ").then(|| answer.split("location: /orders/").nth(1)).flatten();
    let id = id.and_then(|id| id.split("\r\n").next()?.parse().ok());
    id.ok_or_else(|| io::Error::other(answer))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_order_is_lost_whatever_fails() {
    let shop = Arc::new(Mutex::new(Shop::open()));
    let (opened, busy, closed) = (Arc::clone(&shop), Arc::clone(&shop), shop);
    let orders = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&orders);
    testing::faults(move || {
        let shop = Shop::open();
        let runner = App::runner(options(&shop.folder, "127.0.0.1:0"));
        *opened.lock().unwrap() = shop;
        runner
    })
    .during(move |app| {
        let shop = Arc::clone(&busy.lock().unwrap());
        let (gateway, busy) = (app.gateway.local_addr().tcp().unwrap(), app.busy());
        async move { shop.order_until_closed(gateway, busy).await }
    })
    .verify(move |_, _| {
        let shop = Arc::clone(&closed.lock().unwrap());
        let count = block_in_place(|| Handle::current().block_on(shop.assert_nothing_is_lost()));
        *counted.lock().unwrap() += count;
    })
    .sample_of_pairs(10, 7)
    .await;
    println!("{} orders were acknowledged", orders.lock().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_does_not_close_ends_after_its_users() {
    let shop = Shop::open();
    let hangs = Fault::stop_hangs(App::KEYS.store.id());
    let report = testing::run(App::runner(options(&shop.folder, "127.0.0.1:0")), [hangs]).await;
    assert!(report.stopped_before(App::KEYS.gateway.id(), App::KEYS.rpc.id()));
    assert!(report.stopped_before(App::KEYS.rpc.id(), App::KEYS.store.id()));
}
