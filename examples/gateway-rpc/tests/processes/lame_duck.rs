//! Tests that during the lame duck all requests are answered, `/readyz` fails, and connections are closed.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use service_group_tests::Signal;

use crate::app::{App, assert_clean, data_folder};
use crate::client::{self, Answer, Client};

const LAME_DUCK: Duration = Duration::from_secs(1);

#[test]
fn during_the_lame_duck_it_serves_and_is_not_ready() {
    let data = data_folder();
    let mut app = App::start(data.path(), &["--lame-duck", "1s"]);
    assert_eq!(client::order(app.http, "tea", 2).status, 201);
    assert_eq!(client::get(app.http, "/readyz").status, 200);
    let paths = ["/readyz", "/livez", "/orders/1", "/orders"];
    let kept_alive = paths.map(|path| (path, keep_alive(app.http)));

    let asked = Instant::now();
    app.process.signal(Signal::TERM);
    app.process.wait_for(" stopping group=");
    wait_until_connections_are_closed(app.http);
    for (path, mut client) in kept_alive {
        let answer = client.get(path).unwrap();
        assert_lame(path, &answer);
        assert!(client.is_closed(), "{path}: the connection stayed open after `connection: close`");
    }
    for path in paths {
        assert_lame(path, &client::get(app.http, path));
    }
    assert_eq!(client::order(app.http, "milk", 1).status, 201);
    let refused = wait_until_refused(app.http);
    assert!(refused - asked >= LAME_DUCK, "refused after {:?}", refused - asked);

    let end = app.process.end();
    assert_clean(&end);
    assert!(end.text().contains(" of 25 s (lame duck 1"), "{}", end.text());
}

/// An idle connection on which a request has been answered.
fn keep_alive(http: SocketAddr) -> Client {
    let mut client = Client::connect(http).unwrap();
    let answer = client.get("/livez").unwrap();
    assert!(answer.status == 200 && !answer.closes(), "{answer:?}");
    client
}

/// Waits until responses ask to close the connection. They do so shortly after the group has left the state ready.
fn wait_until_connections_are_closed(http: SocketAddr) {
    while !client::get(http, "/livez").closes() {}
}

#[track_caller]
fn assert_lame(path: &str, answer: &Answer) {
    let expected = if path == "/readyz" { 503 } else { 200 };
    assert!(answer.status == expected && answer.closes(), "{path}: {answer:?}");
}

/// Sends requests on new connections until one fails, and returns the moment of the failure.
fn wait_until_refused(http: SocketAddr) -> Instant {
    while let Ok(answer) = Client::connect(http).and_then(|mut client| client.get("/orders")) {
        assert_eq!(answer.status, 200);
    }
    let refused = Instant::now();
    let again = TcpRefusal::connect(http);
    assert!(matches!(again, TcpRefusal::Refused), "the port is open again: {again:?}");
    refused
}

#[derive(Debug)]
enum TcpRefusal {
    Refused,
    #[expect(dead_code, reason = "shown when the test fails")]
    Other(io::Result<Client>),
}

impl TcpRefusal {
    /// Connects and returns how that fails.
    fn connect(http: SocketAddr) -> Self {
        match Client::connect(http) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Self::Refused,
            other => Self::Other(other),
        }
    }
}
