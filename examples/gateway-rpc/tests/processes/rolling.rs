//! Three replicas behind `HAProxy`, restarted one after another while clients send requests.

use std::array;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use service_group_tests::Signal;
use tempfile::TempDir;

use crate::app::{App, data_folder};
use crate::balancer::{Balancer, PROBES, wait_until};
use crate::client::{Client, new_order};

/// What the clients of one rolling restart received.
#[derive(Debug, Clone, Copy, Default)]
struct Received {
    answered: usize,
    /// Answered by the balancer alone, with 503.
    turned_away: usize,
    /// Connections that ended without an answer.
    broken: usize,
    slowest: Duration,
}

/// A replica and its folder.
struct Replica {
    app: App,
    _data: TempDir,
}

impl Replica {
    /// Starts one whose orders take 20 ms, so that some are in flight at any moment.
    fn start(lame_duck: &str) -> Self {
        let data = data_folder();
        let app = App::start(data.path(), &["--work-ms", "20", "--lame-duck", lame_duck]);
        Self { app, _data: data }
    }

    /// Stops it, and waits until it has ended. How clean its stop is, is what other tests are about.
    fn stop(self) {
        let _ = self.app.stop(Signal::TERM);
    }
}

/// Sets the flag when it is dropped.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// Restarts three replicas one after another, behind an `HAProxy` with these settings, while 8 clients send requests.
/// `None` where `HAProxy` is not installed.
fn rolling_restart(lame_duck: &str, settings: &str) -> Option<Received> {
    let mut replicas: [Replica; 3] = array::from_fn(|_| Replica::start(lame_duck));
    let addrs = replicas.each_ref().map(|replica| replica.app.http);
    let balancer = Balancer::start(&addrs, &format!("{PROBES}\n    {settings}"))?;
    let (answered, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let wait_for_more = || {
        let enough = answered.load(Relaxed) + 60;
        wait_until(|| answered.load(Relaxed) >= enough);
    };
    let received = thread::scope(|scope| {
        // The scope ends when the clients have, also where a wait below panics.
        let over = SetOnDrop(&is_over);
        let send = |is_kept| send_until(balancer.addr, is_kept, &answered, &is_over);
        let clients: [_; 8] = array::from_fn(|index| scope.spawn(move || send(index % 2 == 0)));
        for (index, replica) in replicas.iter_mut().enumerate() {
            wait_for_more();
            let leaving = std::mem::replace(replica, Replica::start(lame_duck));
            leaving.stop();
            balancer.replace(index, replica.app.http);
        }
        wait_for_more();
        drop(over);
        clients.map(|client| client.join().unwrap())
    });
    replicas.into_iter().for_each(Replica::stop);
    Some(received.into_iter().reduce(Received::and).unwrap())
}

/// Sends orders and queries, on one connection as long as it is open, or each on a new one.
fn send_until(addr: SocketAddr, is_kept: bool, answered: &AtomicUsize, is_over: &AtomicBool) -> Received {
    let mut received = Received::default();
    let mut kept = None;
    while !is_over.load(Relaxed) {
        for is_order in [true, false] {
            let begun = Instant::now();
            let mut client = kept.take().unwrap_or_else(|| Client::connect(addr).unwrap());
            let answer =
                if is_order { client.post(&new_order("tea", 2)) } else { client.get("/orders?limit=1") };
            received.slowest = received.slowest.max(begun.elapsed());
            match answer {
                Ok(answer) if [200, 201].contains(&answer.status) => {
                    received.answered += 1;
                    answered.fetch_add(1, Relaxed);
                    kept = (is_kept && !answer.closes()).then_some(client);
                }
                Ok(answer) if answer.status == 503 => received.turned_away += 1,
                Ok(answer) => panic!("an unexpected answer: {answer:?}"),
                Err(_) => received.broken += 1,
            }
        }
    }
    received
}

impl Received {
    fn and(self, other: Self) -> Self {
        Self {
            answered: self.answered + other.answered,
            turned_away: self.turned_away + other.turned_away,
            broken: self.broken + other.broken,
            slowest: self.slowest.max(other.slowest),
        }
    }
}

/// `retries 0`: the balancer itself makes up for nothing.
#[test]
fn a_rolling_restart_loses_no_request() {
    if std::env::var_os("ROLLING_RESTARTS").is_some_and(|which| which == "all") {
        return print_all();
    }
    let Some(received) = rolling_restart("1s", "retries 0") else { return };
    assert!(received.turned_away == 0 && received.broken == 0, "{received:?}");
}

/// Prints what the lame duck and the settings of the balancer change, for `rolling-restart`. How many requests are lost
/// without a lame duck differs from run to run.
fn print_all() {
    println!("| lame duck | settings of HAProxy | answered | 503 | broken | slowest answer |");
    println!("|---|---|---|---|---|---|");
    for lame_duck in ["0s", "1s"] {
        for settings in ["retries 0", "retries 3", "option redispatch"] {
            let Some(received) = rolling_restart(lame_duck, settings) else { return };
            let Received { answered, turned_away, broken, slowest } = received;
            let slowest = slowest.as_secs_f64();
            println!(
                "| {lame_duck} | `{settings}` | {answered} | {turned_away} | {broken} | {slowest:.2} s |"
            );
            assert!(lame_duck == "0s" || turned_away + broken == 0, "{received:?}");
        }
    }
}
