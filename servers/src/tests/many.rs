//! Many requests at once: the drain and the force are linear in what is open.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use service_group::StatsSource;
use tokio::task::JoinHandle;
use tonic::Status;
use tonic::service::Routes;

use super::http::Site;
use super::kit::{Stop, eventually, finished, soon};
use super::rpc::{Calls, both, call, channel};

type Call = JoinHandle<Result<String, Status>>;

/// Calls of one connection, all in flight.
async fn slow_calls(addr: SocketAddr, calls: &Calls, count: usize) -> Vec<Call> {
    let channel = channel(addr);
    let waiting: Vec<_> = (0..count).map(|_| tokio::spawn(call(channel.clone(), "Slow"))).collect();
    eventually("the calls", || calls.leave.waiting() == count).await;
    waiting
}

#[tokio::test]
async fn calls_that_end_together_are_all_answered() {
    const CALLS: usize = 2_000;
    let calls = Calls::new();
    for (server, addr) in both(|| Routes::new(calls.clone())).await {
        let calls_of_server = slow_calls(addr, &calls, CALLS).await;
        let stop = Stop::of(server);
        calls.leave.open();
        for call in calls_of_server {
            soon("an answer", call).await.unwrap().unwrap();
        }
        assert_eq!(stop.over().await, finished(CALLS as u64));
        calls.leave.close();
    }
}

#[tokio::test]
async fn calls_that_are_stuck_are_forced_and_none_is_left() {
    const CALLS: u64 = 2_000;
    for (server, addr) in both(|| Routes::new(Calls::new())).await {
        let channel = channel(addr);
        let calls: Vec<_> = (0..CALLS).map(|_| tokio::spawn(call(channel.clone(), "Stuck"))).collect();
        eventually("the calls", || server.task.connections().requests() as u64 == CALLS).await;
        let stop = Stop::of(server);
        stop.context.force_within(Duration::from_secs(20));
        let drained = stop.over().await;
        assert_eq!((drained.finished, drained.cut, drained.still_running), (0, CALLS, 0));
        for call in calls {
            soon("the cut", call).await.unwrap().unwrap_err();
        }
    }
}

#[tokio::test]
async fn connections_that_are_stuck_are_forced_and_none_is_left() {
    const CONNECTIONS: usize = 400;
    let site = Site::open().await;
    let mut clients = join_all((0..CONNECTIONS).map(|_| site.client())).await;
    for client in &mut clients {
        client.get("/stuck").await;
    }
    eventually("the requests", || site.server.task.connections().stats().requests == CONNECTIONS).await;
    let stop = Stop::of(site.server);
    stop.context.force_within(Duration::from_secs(20));
    let drained = stop.over().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, CONNECTIONS as u64, 0));
}

/// The report is right while the stop still runs, or hangs.
#[tokio::test]
async fn the_report_is_right_before_the_stop_is_over() {
    let site = Site::open().await;
    let mut client = site.client().await;
    client.get("/stuck").await;
    soon("the handler", site.entered.opened()).await;
    let connections = std::sync::Arc::clone(site.server.task.connections());
    let stop = Stop::of(site.server);
    eventually("the drain", || connections.state.is_draining()).await;
    connections.cut_all(None);
    let drained = super::kit::drained(&stop.context);
    assert_eq!((drained.cut, drained.still_running), (1, 1));
    assert_eq!(drained.cuts[0].what, "GET /stuck");
    connections.close_all_now();
    stop.over().await;
}
