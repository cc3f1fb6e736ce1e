//! Several servers in one field.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use service_group::{Running, StopOutcomeKind, service_group, start_each};

use super::super::kit::{eventually, soon};
use super::clients::{Count, Counter, asks_http1};
use super::{CLIENTS, WARM, free, slow};
use crate::HttpServer;

#[service_group]
struct Listeners {
    addresses: Vec<SocketAddr>,
    #[service(start = {
        let router = Router::new().route("/", get(async || "hello").post(slow));
        start_each(addresses.iter().map(|address| HttpServer::bind(*address, router.clone()))).await?
    })]
    listeners: Vec<HttpServer>,
}

async fn loaded(counters: &[Counter]) -> (Running<Listeners>, Vec<tokio::task::JoinHandle<()>>) {
    let app = Listeners::start(counters.iter().map(|_| free()).collect()).await.unwrap();
    let mut clients = Vec::new();
    for (server, counter) in app.listeners.iter().zip(counters) {
        let address = server.local_addr().tcp().unwrap();
        clients.extend((0..CLIENTS).map(|_| tokio::spawn(asks_http1(address, Arc::clone(counter)))));
    }
    for counter in counters {
        eventually("some load", || counter.lock().unwrap().answered > CLIENTS * WARM).await;
    }
    (app, clients)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_servers_of_one_field_lose_nothing() {
    let total = Counter::default();
    for _ in 0..20 {
        let counters: [Counter; 3] = Default::default();
        let (app, clients) = loaded(&counters).await;
        let status = app.handle().status();
        let shown = |name: &str| status.service(name).unwrap().stats.clone().unwrap();
        let each: usize = (0..3).map(|index| shown(&format!("listeners[{index}]")).connections).sum();
        assert_eq!(shown("listeners").connections, each, "{status:?}");
        let report = app.stop().await;
        for client in clients {
            soon("the client", client).await.unwrap();
        }
        assert!(report.is_clean(), "{report}");
        let listeners = report.service("listeners").unwrap();
        let outcomes = listeners.members().iter().map(|member| member.outcome.kind());
        assert_eq!(outcomes.collect::<Vec<_>>(), [StopOutcomeKind::Graceful; 3], "{report}");
        for counter in &counters {
            total.lock().unwrap().add(&counter.lock().unwrap());
        }
    }
    let Count { sent, answered, refused, lost } = &*total.lock().unwrap();
    assert_eq!(*lost, Vec::<String>::new());
    assert_eq!(*sent, answered + refused);
}

/// A bad address names itself, and the servers that had started are stopped.
#[tokio::test]
async fn an_address_in_use_names_its_place() {
    let taken = std::net::TcpListener::bind(free()).unwrap();
    let addresses = vec![free(), taken.local_addr().unwrap(), free()];
    let error = Listeners::start(addresses).await.unwrap_err();
    let text = format!("{error:#}");
    assert!(text.starts_with("`listeners` did not start: `listeners[1]` did not start: "), "{text}");
    let report = error.report().unwrap();
    assert_eq!(report.service("listeners[0]").unwrap().outcome.kind(), StopOutcomeKind::Graceful, "{report}");
}
