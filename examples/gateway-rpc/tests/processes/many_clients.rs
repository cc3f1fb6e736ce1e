//! Tests of clients that never pause, and of more connections than the process may have.

use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use service_group_tests::Signal;

use crate::app::{App, assert_clean, data_folder, with_settings};
use crate::client::{self, Client};

/// actix/actix-web#929: clients that ask again and again on connections that they keep do not delay the stop, and none of
/// their requests is lost.
#[test]
fn clients_that_never_pause_do_not_delay_the_stop() {
    let data = data_folder();
    let app = App::start(data.path(), &[]);
    let answered = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| ask_until_closed(app.http, &answered));
        }
        while answered.load(Relaxed) < 100 {
            thread::yield_now();
        }
        app.process.signal(Signal::TERM);
    });
    let end = app.process.end();
    assert_clean(&end);
    // The windows are of 6 s.
    assert!(end.took < Duration::from_secs(5), "{:?}", end.took);
}

/// Sends requests on one connection until an answer closes it.
fn ask_until_closed(http: SocketAddr, answered: &AtomicUsize) {
    let mut client = Client::connect(http).unwrap();
    loop {
        let answer = client.get("/livez").expect("each request is answered");
        assert_eq!(answer.status, 200);
        answered.fetch_add(1, Relaxed);
        if answer.closes() {
            return;
        }
    }
}

/// hyperium/hyper#1358: the process has no file descriptor left for the next connection. It serves again when there is one,
/// and it stops.
#[test]
fn without_free_file_descriptors_it_serves_on_and_stops() {
    let data = data_folder();
    let script = r#"ulimit -n 64; exec "$0""#;
    let mut command = with_settings(Command::new("sh"), data.path());
    let app = App::spawn(command.args(["-c", script, env!("CARGO_BIN_EXE_gateway-rpc")]));
    for _ in 0..2 {
        let connections: Vec<_> = (0..100).map(|_| TcpStream::connect(app.http).unwrap()).collect();
        drop(connections);
        assert_eq!(client::get(app.http, "/livez").status, 200);
    }
    let connections: Vec<_> = (0..100).map(|_| TcpStream::connect(app.http).unwrap()).collect();
    let end = app.stop(Signal::TERM);
    assert_eq!(end.code(), 0, "{}", end.text());
    drop(connections);
}
