//! A socket that stays open is found, although no server reported its address: a test that has its process to itself.

use std::net::TcpListener;
use std::sync::Mutex;

use service_group::{Task, service_group, testing};

/// Listeners that nothing closes.
static OPEN: Mutex<Vec<TcpListener>> = Mutex::new(Vec::new());

fn open() -> std::io::Result<()> {
    OPEN.lock().unwrap().push(TcpListener::bind("127.0.0.1:0")?);
    Ok(())
}

#[service_group]
struct App {
    #[service(start = Task::spawn(async |stop| drop(stop.requested().await)))]
    worker: Task,
    #[service(start = { let _ = worker; open()? })]
    metrics: (),
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "it was opened while these started: `metrics`")]
async fn a_socket_that_stays_open() {
    testing::faults(App::runner).checks_sockets(true).await;
}
