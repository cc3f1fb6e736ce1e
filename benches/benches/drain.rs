//! What a drain costs with many requests in flight: calls of one connection that end together, beside a plain tonic
//! server, and connections with a stuck request each until they are forced.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use futures_util::future::join_all;
use service_group::report::{Detail, Drained};
use service_group::{Service, StopContext};
use service_group_benches::{UNARY_PATH, Unary, codec, full_or_small};
use service_group_servers::{GrpcServer, HttpServer};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};

/// The calls wait this long after the stop has begun, so that the linger is over, which tonic does not have.
const LINGER: Duration = Duration::from_millis(300);
const BATCH: usize = 100;

#[tokio::main(worker_threads = 2)]
async fn main() {
    let repeats = full_or_small(5, 1);
    println!(
        "\n### Calls of one connection that end together while the server drains, median of {repeats}\n"
    );
    println!("| calls | plain tonic | `bind` | `from_incoming` |");
    println!("|---|---|---|---|");
    for calls in full_or_small(&[100, 1_000, 10_000][..], &[100]).iter().copied() {
        let mut rounds = Vec::new();
        for _ in 0..repeats {
            rounds.push([plain(calls).await, bound(calls).await, incoming(calls).await]);
        }
        let [plain, bound, incoming] = [0, 1, 2].map(|which| median(rounds.iter().map(|round| round[which])));
        println!("| {calls} | {plain:.1?} | {bound:.1?} | {incoming:.1?} |");
    }
    println!("\n### Connections with a stuck request each, from the force to the end of the stop\n");
    println!("| connections | time | cut | still running |");
    println!("|---|---|---|---|");
    for connections in full_or_small(&[500, 1_000, 2_000, 4_000, 8_000][..], &[5]).iter().copied() {
        let (elapsed, drained) = stuck(connections).await;
        println!("| {connections} | {elapsed:.1?} | {} | {} |", drained.cut, drained.still_running);
    }
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// A gRPC service whose calls wait until they may leave.
#[derive(Clone, Default)]
struct Waits {
    leave: watch::Sender<bool>,
}

impl Waits {
    fn routes(&self) -> Routes {
        let leave = self.leave.clone();
        Routes::new(Unary(move |_| {
            let mut leave = leave.subscribe();
            async move {
                // The sender is in the service.
                let _ = leave.wait_for(|leave| *leave).await;
                String::new()
            }
        }))
    }
}

async fn plain(calls: usize) -> Duration {
    let (waits, incoming, addr) = listen();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = Server::builder().add_routes(waits.routes());
    let server = tokio::spawn(server.serve_with_incoming_shutdown(incoming, async { drop(stopped.await) }));
    let stop = async {
        stop.send(()).expect("it serves");
        server.await.expect("no panic").expect("no error");
    };
    ends(calls, addr, waits, stop).await
}

async fn bound(calls: usize) -> Duration {
    let waits = Waits::default();
    let server = GrpcServer::bind("127.0.0.1:0", waits.routes()).await.expect("a free port");
    let addr = server.local_addr().tcp().expect("on TCP");
    ends(calls, addr, waits, stopped(server, calls)).await
}

async fn incoming(calls: usize) -> Duration {
    let (waits, incoming, addr) = listen();
    let server = GrpcServer::from_incoming(incoming, Server::builder(), waits.routes());
    ends(calls, addr, waits, stopped(server, calls)).await
}

fn listen() -> (Waits, TcpIncoming, SocketAddr) {
    let incoming = TcpIncoming::bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let addr = incoming.local_addr().expect("a bound socket");
    (Waits::default(), incoming.with_nodelay(Some(true)), addr)
}

async fn stopped(server: impl Service, calls: usize) {
    let stopping = StopContext::within(Duration::from_hours(1));
    server.stop(stopping.clone()).await.expect("the stop of a server is always Ok");
    let drained = drained(&stopping);
    assert_eq!((drained.finished, drained.cut), (calls as u64, 0));
}

fn drained(stopping: &StopContext) -> Drained {
    match stopping.take_details().pop() {
        Some(Detail::Drained(drained)) => drained,
        other => panic!("not of a server: {other:?}"),
    }
}

/// Returns the time from the end of the calls until all are answered and the server has stopped.
async fn ends(
    calls: usize,
    addr: SocketAddr,
    waits: Waits,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Duration {
    let channel = Channel::from_shared(format!("http://{addr}")).expect("a URI").connect_lazy();
    let mut waiting = Vec::new();
    while waiting.len() < calls {
        // In batches: h2 closes a connection on which too many streams wait to be accepted.
        waiting.extend((0..BATCH).map(|_| tokio::spawn(call(channel.clone()))));
        while waits.leave.receiver_count() < waiting.len() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    let stop: JoinHandle<()> = tokio::spawn(stop);
    tokio::time::sleep(LINGER).await;
    let start = Instant::now();
    waits.leave.send_replace(true);
    for answer in join_all(waiting).await {
        answer.expect("no panic").expect("an answer");
    }
    drop(channel);
    stop.await.expect("no panic");
    start.elapsed()
}

async fn call(channel: Channel) -> Result<(), tonic::Status> {
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.map_err(|error| tonic::Status::unavailable(error.to_string()))?;
    let path = UNARY_PATH.parse().expect("a path");
    client.unary(tonic::Request::new(String::new()), path, codec()).await?;
    Ok(())
}

/// Forces connections with a stuck request each, 100 ms before the end of a window of 1 s.
async fn stuck(connections: usize) -> (Duration, Drained) {
    let entered = watch::Sender::new(());
    let count = entered.clone();
    let stuck = async move || {
        let _entered = count.subscribe();
        std::future::pending::<()>().await;
    };
    let server = HttpServer::bind("127.0.0.1:0", Router::new().route("/", get(stuck))).await.expect("a port");
    let addr = server.local_addr().tcp().expect("on TCP");
    let mut clients = Vec::new();
    for _ in 0..connections {
        let mut client = TcpStream::connect(addr).await.expect("a server that listens");
        client.write_all(b"GET / HTTP/1.1\r\nhost: bench\r\n\r\n").await.expect("an open connection");
        clients.push(client);
    }
    while entered.receiver_count() < connections {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let stopping = StopContext::within(Duration::from_hours(1));
    let stop = tokio::spawn(server.stop(stopping.clone()));
    tokio::time::sleep(LINGER).await;
    let start = Instant::now();
    stopping.force_within(Duration::from_millis(100));
    stop.await.expect("no panic").expect("the stop of a server is always Ok");
    (start.elapsed(), drained(&stopping))
}
