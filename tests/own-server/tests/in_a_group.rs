//! The server of a stranger in a group, on a paused clock: over loopback, what is written can be read at once.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use service_group::report::ServiceReport;
use service_group::{Detail, Drained, GroupHandle, ServerStats, StopReport, service_group};
use service_group_own_server_tests::PlainServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::sleep;

/// A group whose one service is the server.
#[service_group(stop_within = "10s", lame_duck = "2s")]
struct App {
    leave: watch::Sender<bool>,
    #[service(start = serve(leave.subscribe()).await?)]
    server: PlainServer,
}

/// `/slow` is answered when the gate opens, `/stuck` never, and all else at once.
async fn serve(gate: watch::Receiver<bool>) -> io::Result<PlainServer> {
    let handler = move |path: String| {
        let mut gate = gate.clone();
        async move {
            match &*path {
                "/slow" => drop(gate.wait_for(|open| *open).await),
                "/stuck" => std::future::pending().await,
                _ => {}
            }
            format!("hello from {path}")
        }
    };
    PlainServer::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), handler).await
}

async fn connect(addr: SocketAddr, path: &str) -> TcpStream {
    let mut client = TcpStream::connect(addr).await.expect("a server that listens");
    ask(&mut client, path).await;
    client
}

async fn ask(client: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n");
    client.write_all(request.as_bytes()).await.expect("an open connection");
}

async fn answer(client: &mut TcpStream) -> String {
    let mut bytes = [0; 1024];
    let count = client.read(&mut bytes).await.expect("an answer");
    String::from_utf8_lossy(&bytes[..count]).into_owned()
}

async fn stats(group: &GroupHandle, are: impl Fn(&ServerStats) -> bool) -> ServerStats {
    loop {
        let stats = group.status().services[0].stats.clone().expect("the server shows its numbers");
        if are(&stats) {
            return stats;
        }
        tokio::task::yield_now().await;
    }
}

fn drained(report: &StopReport) -> (&ServiceReport, &Drained) {
    let server = report.service("server").expect("the only service");
    match &server.details[..] {
        [Detail::Drained(drained)] => (server, drained),
        others => panic!("not of a server: {others:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn it_turns_clients_away_in_the_lame_duck_shows_its_numbers_and_names_what_it_cut() {
    let leave = watch::Sender::new(false);
    let runner = App::runner(leave.clone()).lame_duck(App::PLAN.lame_duck());
    let app = runner.start().await.expect("it starts");
    let (group, addr) = (app.handle(), app.server.local_addr());

    let mut early = connect(addr, "/").await;
    let text = answer(&mut early).await;
    assert!(text.ends_with("hello from /") && !text.contains("connection: close"), "{text}");
    let mut slow = connect(addr, "/slow").await;
    stats(&group, |stats| stats.requests == 1).await;
    sleep(Duration::from_secs(1)).await;
    let mut stuck = connect(addr, "/stuck").await;
    let numbers = stats(&group, |stats| stats.requests == 2).await;
    assert_eq!((numbers.connections, numbers.finished, numbers.cut), (3, 0, 0));
    assert_eq!(numbers.oldest.expect("the slow one").0, "GET /slow");

    let stop = tokio::spawn(app.stop());
    sleep(Duration::from_secs(1)).await;
    // In the lame duck: the socket accepts, and each client is asked to go elsewhere.
    let text = answer(&mut connect(addr, "/late").await).await;
    assert!(text.contains("connection: close") && text.ends_with("hello from /late"), "{text}");
    ask(&mut early, "/again").await;
    let text = answer(&mut early).await;
    assert!(text.contains("connection: close"), "{text}");

    sleep(Duration::from_secs(2)).await;
    TcpStream::connect(addr).await.expect_err("its socket is closed");
    leave.send_replace(true);
    assert!(answer(&mut slow).await.ends_with("hello from /slow"));
    assert_eq!(stuck.read(&mut [0]).await.unwrap_or(0), 0, "cut");

    let report = stop.await.expect("no panic in a stop");
    let (server, drained) = drained(&report);
    assert_eq!((drained.finished, drained.cut, drained.still_running), (1, 1, 0));
    assert_eq!(drained.cuts[0].what, "GET /stuck");
    assert!(drained.cuts[0].age > Duration::from_secs(9), "{:?}", drained.cuts[0].age);
    assert!(!report.is_clean(), "what was cut was cut");
    assert!(report.to_string().contains("GET /stuck"), "{report}");
    assert!(server.stop_duration < Duration::from_secs(8), "within its window: {server:?}");
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_cuts_nothing_is_clean() {
    let leave = watch::Sender::new(false);
    let app = App::runner(leave.clone()).start().await.expect("it starts");
    let addr = app.server.local_addr();
    let mut idle = connect(addr, "/").await;
    answer(&mut idle).await;
    let mut slow = connect(addr, "/slow").await;
    stats(&app.handle(), |stats| stats.requests == 1).await;
    let stop = tokio::spawn(app.stop());
    assert_eq!(idle.read(&mut [0]).await.expect("an orderly end"), 0);
    assert!(!stop.is_finished(), "a request in flight has the window");
    leave.send_replace(true);
    assert!(answer(&mut slow).await.ends_with("hello from /slow"));
    let report = stop.await.expect("no panic in a stop");
    let mut expected = Drained::default();
    expected.finished = 1;
    assert_eq!(*drained(&report).1, expected);
    assert!(report.is_clean(), "{report}");
}
