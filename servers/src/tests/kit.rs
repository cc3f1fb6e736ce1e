//! What the tests share: a client that writes any bytes, and a stop that can be observed.

#![cfg_attr(not(all(feature = "http", feature = "grpc")), allow(dead_code, reason = "for both servers"))]

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use service_group::Service;
use service_group::StopContext;
use service_group::{Detail, Drained};

/// Long enough for anything that does happen, on a loaded machine.
pub(super) const SOON: Duration = Duration::from_secs(20);

/// Waits for a future, and fails the test if it hangs.
pub(super) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, future).await.unwrap_or_else(|_| panic!("{what}: not within {SOON:?}"))
}

pub(super) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    soon(what, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

/// A stop under way.
pub(super) struct Stop {
    pub(super) context: StopContext,
    task: JoinHandle<()>,
}

impl Stop {
    /// Has a long window: a stop that ends without a force ends by itself.
    pub(super) fn of(server: impl Service) -> Self {
        Self::within(server, Duration::from_secs(3600))
    }

    pub(super) fn within(server: impl Service, window: Duration) -> Self {
        let context = StopContext::within(window);
        let given = context.clone();
        let task =
            tokio::spawn(async move { server.stop(given).await.expect("a server's stop is always Ok") });
        Self { context, task }
    }

    pub(super) fn is_over(&self) -> bool {
        self.task.is_finished()
    }

    /// Waits until quiet connections have been closed, of which `quiet` is one, and returns whether the stop goes on.
    pub(super) async fn outlives(&self, mut quiet: Raw) -> bool {
        quiet.read_to_end().await;
        !self.is_over()
    }

    /// Waits for the end, and returns what the report contains.
    pub(super) async fn over(self) -> Drained {
        soon("the stop", self.task).await.expect("no panic in a stop");
        drained(&self.context)
    }

    /// The same on a paused clock, which would skip the timer of `soon`.
    pub(super) async fn over_without_timers(self) -> Drained {
        self.task.await.expect("no panic in a stop");
        drained(&self.context)
    }

    pub(super) async fn forced(self) -> Drained {
        self.context.force();
        self.over().await
    }
}

/// What the report contains if so many requests were answered and none was cut.
pub(super) fn finished(count: u64) -> Drained {
    let mut drained = Drained::default();
    drained.finished = count;
    drained
}

pub(super) fn drained(context: &StopContext) -> Drained {
    let mut details = context.take_details();
    assert!(details.len() < 2, "reported once: {details:?}");
    match details.pop() {
        Some(Detail::Drained(drained)) => drained,
        Some(other) => panic!("not of a server: {other:?}"),
        None => Drained::default(),
    }
}

/// A client that writes bytes.
pub(super) struct Raw(pub(super) TcpStream);

impl Raw {
    pub(super) async fn connect(addr: SocketAddr) -> Self {
        Self(soon("to connect", TcpStream::connect(addr)).await.expect("a server that listens"))
    }

    pub(super) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        soon("to write", self.0.write_all(bytes.as_ref())).await.expect("an open connection");
    }

    pub(super) async fn get(&mut self, path: &str) {
        self.write(format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n")).await;
    }

    /// Reads until the text is there.
    pub(super) async fn read_to(&mut self, text: &str) -> String {
        let mut read = String::new();
        while !read.contains(text) {
            let mut bytes = [0; 4096];
            match soon(text, self.0.read(&mut bytes)).await {
                Ok(count) if count > 0 => read.push_str(&String::from_utf8_lossy(&bytes[..count])),
                end => panic!("{text:?} never came, but {end:?} after {read:?}"),
            }
        }
        read
    }

    /// Reads to the end, be it orderly or a reset.
    pub(super) async fn read_to_end(&mut self) -> Vec<u8> {
        let mut read = Vec::new();
        let _ = soon("the end of the connection", self.0.read_to_end(&mut read)).await;
        read
    }
}

/// Returns whether a port accepts connections.
pub(super) async fn answers(addr: SocketAddr) -> bool {
    soon("an answer or a refusal", TcpStream::connect(addr)).await.is_ok()
}

/// A gate that all waiting tasks pass once it is open.
#[derive(Clone)]
pub(super) struct Latch(watch::Sender<bool>);

impl Latch {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub(super) fn open(&self) {
        self.0.send_replace(true);
    }

    pub(super) fn close(&self) {
        self.0.send_replace(false);
    }

    /// The number of those that wait.
    pub(super) fn waiting(&self) -> usize {
        self.0.receiver_count()
    }

    pub(super) async fn opened(&self) {
        self.0.subscribe().wait_for(|open| *open).await.expect("the latch holds its sender");
    }

    pub(super) fn is_open(&self) -> bool {
        *self.0.borrow()
    }
}

/// Opens its latch when it is dropped, at the end of a handler.
pub(super) struct Gone(pub(super) Latch);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.open();
    }
}
