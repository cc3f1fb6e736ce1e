//! What clients do, over all kinds of sockets, and how a stop ends: each cell of the table in `docs/servers.md`.
//!
//! The outcomes in that table are held against the measured ones. The times are of the machine that
//! `cargo test -p service-group --all-features --lib -- --ignored --nocapture writes_the_table` ran on, one cell after
//! the other; it prints the table and writes it down.

mod cases;
mod clients;
mod place;
mod site;
mod table;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cases::{CASES, Case};
use clients::{Client, Does};
use place::{Over, Place};
use table::{Cell, Table};

use super::kit::{Stop, eventually};
use crate::connection::connections::Connections;
use service_group::Drained;
use service_group::StatsSource;

/// What happens in the middle of the stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The client ends what it does.
    Ends,
    /// It does not, and the window ends.
    Stays,
    /// A second signal comes as soon as the drain has begun.
    Second,
}

impl Form {
    const ALL: [Self; 3] = [Self::Ends, Self::Stays, Self::Second];
}

/// Many at a time, since nearly all of a cell is waiting.
#[test]
fn each_cell_ends_as_the_table_says() {
    let table = measured(16);
    println!("{table}");
    assert_eq!(table.outcomes(), Table::written().outcomes(), "docs/servers.md, without its times");
}

#[test]
#[ignore = "writes docs/servers.md"]
fn writes_the_table() {
    let table = measured(1);
    println!("{table}");
    table.write();
}

fn measured(at_a_time: usize) -> Table {
    let cells: Vec<_> = CASES.iter().flat_map(|case| Form::ALL.map(|form| (case, form))).collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Table::empty(CASES)));
    std::thread::scope(|scope| {
        for _ in 0..at_a_time {
            scope.spawn(|| {
                while let Some(&(case, form)) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let cell = Cell::of(case.overs().map(|over| alone(*case, form, over)));
                    done.lock().unwrap().set(case, form as usize, cell);
                }
            });
        }
    });
    done.into_inner().unwrap()
}

/// In a runtime of its own, of which no task is left.
fn alone(case: Case, form: Form, over: Over) -> (String, Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let what = format!("{}, {form:?}, {over:?}", case.name);
        let ended = tokio::spawn(run(case, form, over)).await;
        let ended = ended.unwrap_or_else(|error| panic!("{what}: {error}"));
        let metrics = tokio::runtime::Handle::current().metrics();
        eventually(&what, || metrics.num_alive_tasks() == 0).await;
        ended
    })
}

async fn run(case: Case, form: Form, over: Over) -> (String, Duration) {
    let place = Place::open(case.kind, over).await;
    let client = Client::begin(case.does, &place.way).await;
    let gate = place.gate();
    let requests = usize::from(case.what.is_some());
    eventually("the connection", || gate.count() == 1).await;
    eventually("the request", || gate.stats().requests == requests).await;
    let (stop, way, rig) = place.stop();
    let (begun, drained) = match form {
        Form::Ends => {
            eventually("the drain", || gate.state.is_draining()).await;
            let begun = Instant::now();
            let (drained, ()) = tokio::join!(stop.over(), client.finish(case.ends, &rig.leave));
            (begun, drained)
        }
        Form::Stays => cut(case, stop, &gate, client).await,
        Form::Second => {
            eventually("the drain", || gate.state.is_draining()).await;
            stop.context.force_within(Duration::ZERO);
            let begun = Instant::now();
            let drained = stop.forced().await;
            client.cut().await;
            (begun, drained)
        }
    };
    let took = begun.elapsed();
    let left = usize::try_from(drained.still_running).unwrap();
    // What is left holds what is closed.
    assert_eq!((gate.count(), gate.stats().requests), (left, left), "{}", case.name);
    assert!(rig.alive() <= left, "{}: a handler lives", case.name);
    rig.leave.open();
    drop(way);
    (outcome(case, &drained), took)
}

/// The client does nothing: what carries a request is there until the force, and all else goes by itself.
async fn cut(case: Case, stop: Stop, gate: &Connections, client: Client) -> (Instant, Drained) {
    let begun = Instant::now();
    if case.what.is_none() {
        let drained = stop.over().await;
        client.cut().await;
        return (begun, drained);
    }
    eventually("the end of the linger", || gate.state.goodbye_at().is_some()).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!stop.is_over(), "{}: requests in flight have the window", case.name);
    let begun = Instant::now();
    let drained = stop.forced().await;
    client.cut().await;
    (begun, drained)
}

/// The outcome is that of the table, and names what was cut.
fn outcome(case: Case, drained: &Drained) -> String {
    let named: Vec<_> = drained.cuts.iter().map(|cut| &*cut.what).collect();
    let expected: Vec<_> = case.what.into_iter().collect();
    assert!(drained.still_running == 0 || case.left, "{}: {drained:?}", case.name);
    match (drained.finished, drained.cut, drained.still_running) {
        (0, 0, 0) => "closed".to_owned(),
        (1, 0, 0) => "answered".to_owned(),
        (2, 0, 0) => "both answered".to_owned(),
        (0, 1, 0) if named == expected => "1 cut".to_owned(),
        (0, 1, 1) if named == expected => "1 cut, 1 left".to_owned(),
        _ => format!("{drained:?}"),
    }
}

impl Case {
    /// A handshake is one of TLS.
    fn overs(&self) -> impl Iterator<Item = Over> + use<> {
        let shakes = matches!(self.does, Does::Connects);
        Over::all(self.kind)
            .iter()
            .copied()
            .filter(move |over| !shakes || matches!(over, Over::Tls | Over::TlsToOwn))
    }
}
