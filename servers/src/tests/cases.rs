//! Clients of many kinds at a time. What each does alone is in the matrix.

use super::http::Site;
use super::kit::{Stop, eventually, soon};
use service_group::StatsSource;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[tokio::test]
async fn an_idle_connection_ends_beside_a_busy_one() {
    let site = Site::open().await;
    let (mut busy, mut idle) = (site.client().await, site.client().await);
    busy.get("/stuck").await;
    idle.write("GET / HT").await;
    soon("the handler", site.entered.opened()).await;
    let stop = Stop::of(site.server);
    idle.read_to_end().await;
    assert!(!stop.is_over(), "the busy one has the window");
    assert_eq!(stop.forced().await.cut, 1);
}

#[tokio::test]
async fn many_of_all_kinds() {
    let site = Site::open().await;
    let mut clients = Vec::new();
    let kinds: [&[u8]; 5] =
        [b"", b"GET / HT", b"GET /stuck HTTP/1.1\r\nhost: test\r\n\r\n", PREFACE, b"POST"];
    for kind in kinds.iter().cycle().take(1000) {
        let mut client = site.client().await;
        client.write(kind).await;
        clients.push(client);
    }
    eventually("the requests", || site.server.task.connections().stats().requests == 200).await;
    let stop = Stop::of(site.server);
    for (place, client) in clients.iter_mut().enumerate() {
        if place % kinds.len() != 2 {
            client.read_to_end().await;
        }
    }
    let drained = stop.forced().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 200, 0));
    assert_eq!(drained.cuts.len(), 16, "the oldest are named");
    assert!(drained.cuts.is_sorted_by(|one, other| one.age >= other.age));
}
