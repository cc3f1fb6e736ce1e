//! Tests of restarts during which the parent keeps the listening socket open, as systemd does.
#![cfg(target_os = "linux")]

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use service_group_tests::{Process, Signal};

use crate::app::{App, assert_clean, data_folder};
use crate::client::{Client, PATIENCE, new_order};
use crate::systemd::{end_of, socket, with_socket};

const CLIENTS: usize = 4;
const RESTARTS: usize = 3;
/// The minimum number of orders that are answered between two restarts.
const ORDERS: usize = 40;
/// The time in which a client must have written its request. A drain that begins meanwhile may close the connection
/// of a slower client. The server waits longer than this for the request.
const AT_ONCE: Duration = Duration::from_millis(20);

/// The results of all requests of the clients.
// All accesses are `SeqCst`, since a test does not need a weaker ordering.
#[derive(Debug, Default)]
struct Load {
    is_over: AtomicBool,
    answered: AtomicUsize,
    refused: AtomicUsize,
    lost: AtomicUsize,
    /// Failed after the client took longer than [`AT_ONCE`] to write the request.
    too_late: AtomicUsize,
}

impl Load {
    /// Sends one order after the other, each on a new connection.
    fn run(&self, http: SocketAddr) {
        while !self.is_over.load(Ordering::SeqCst) {
            self.send_order(http).fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Sends an order and returns the counter of its result.
    fn send_order(&self, http: SocketAddr) -> &AtomicUsize {
        let begun = Instant::now();
        let Ok(mut client) = Client::connect(http) else { return &self.refused };
        let sent = client.send_post(&new_order("tea", 1));
        let took = begun.elapsed();
        match sent.and_then(|()| client.answer()) {
            Ok(answer) if answer.status == 201 => &self.answered,
            Err(_) if took > AT_ONCE => &self.too_late,
            other => {
                eprintln!("lost: {other:?}, written after {took:?}");
                &self.lost
            }
        }
    }

    /// Waits until this many more orders were answered.
    fn wait_for(&self, answered: usize) {
        let begun = Instant::now();
        let until = self.answered.load(Ordering::SeqCst) + answered;
        while self.answered.load(Ordering::SeqCst) < until {
            self.assert_served();
            assert!(begun.elapsed() < PATIENCE, "{self:?}");
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn assert_served(&self) {
        let unserved = [&self.refused, &self.lost].map(|count| count.load(Ordering::SeqCst));
        assert_eq!(unserved, [0, 0], "{self:?}");
    }
}

fn start(data: &Path, socket: &TcpListener) -> App {
    App::wait_until_ready(Process::spawn_with(&mut with_socket(data, "http"), end_of(socket)))
}

/// Ends the load when it is dropped, also when the test fails. Otherwise the scope would wait for the clients
/// forever.
struct EndLoadOnDrop<'a>(&'a Load);

impl Drop for EndLoadOnDrop<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::SeqCst);
    }
}

#[test]
fn restarts_under_load_refuse_no_connection_and_lose_no_request() {
    let (data, socket, load) = (data_folder(), socket(), Load::default());
    let http = socket.local_addr().unwrap();
    let app = thread::scope(|scope| {
        let ends = EndLoadOnDrop(&load);
        let mut app = start(data.path(), &socket);
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| load.run(http))).collect();
        for _ in 0..RESTARTS {
            load.wait_for(ORDERS);
            assert_clean(&app.stop(Signal::TERM));
            app = start(data.path(), &socket);
        }
        load.wait_for(ORDERS);
        drop(ends);
        for client in clients {
            client.join().unwrap();
        }
        app
    });
    println!("{RESTARTS} restarts: {load:?}");
    load.assert_served();
    assert!(load.answered.into_inner() >= ORDERS * (RESTARTS + 1));

    assert_clean(&app.stop(Signal::TERM));
    drop(socket);
    let refused = TcpStream::connect(http).expect_err("the socket is closed");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

/// The server closes its copy of the socket when its drain begins. The parent's copy stays open, so new connections
/// wait in the queue of the socket.
#[test]
fn connections_during_the_drain_are_answered_by_the_next_process() {
    let (data, socket) = (data_folder(), socket());
    let mut app = start(data.path(), &socket);
    let mut under_way = Client::connect(app.http).unwrap().begin_post(&new_order("tea", 2));
    app.process.signal(Signal::TERM);
    app.wait_for_stop_of("gateway");
    let connect = |_| {
        let mut client = Client::connect(app.http).expect("the connection is not refused");
        client.send_post(&new_order("milk", 1)).unwrap();
        client
    };
    let waiting: Vec<_> = (0..5).map(connect).collect();
    under_way.send_body();
    assert_eq!(under_way.answer().unwrap().status, 201);
    assert_clean(&app.process.end());

    let app = start(data.path(), &socket);
    for mut client in waiting {
        assert_eq!(client.answer().unwrap().status, 201);
    }
    assert_clean(&app.stop(Signal::TERM));
}
