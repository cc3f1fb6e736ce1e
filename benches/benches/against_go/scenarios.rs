//! What happens to a running program in one round.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use nix::sys::signal::Signal;
use service_group_benches::Failure;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::app::{App, Kind, Stopped, connect};

/// Which scenario.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scenario {
    Idle,
    KeepAlive,
    InFlight(Duration),
    Busy(usize),
}

/// What has been counted for each program.
#[derive(Debug, Default)]
pub(crate) struct Counts(BTreeMap<&'static str, Count>);

#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Count {
    pub(crate) starts: usize,
    pub(crate) died: usize,
    pub(crate) sent: usize,
    pub(crate) lost: usize,
}

impl Counts {
    pub(crate) fn of(&mut self, kind: &Kind) -> &mut Count {
        self.0.entry(kind.name).or_default()
    }
}

impl Scenario {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Idle => "idle, SIGINT".to_owned(),
            Self::KeepAlive => "an idle keep-alive connection, SIGINT".to_owned(),
            Self::InFlight(work) => format!("a request of {work:?} in flight, SIGINT"),
            Self::Busy(clients) => format!("{clients} busy clients, SIGTERM"),
        }
    }

    pub(crate) async fn run(self, kind: &Kind, counts: &mut Counts) -> Stopped {
        let work = match self {
            Self::Idle | Self::KeepAlive => Duration::ZERO,
            Self::InFlight(work) => work,
            Self::Busy(_) => Duration::from_millis(5),
        };
        let app = loop {
            counts.of(kind).starts += 1;
            assert!(counts.of(kind).died < 100, "{} does not start", kind.name);
            match App::start(kind, work).await {
                Some(app) => break app,
                None => counts.of(kind).died += 1,
            }
        };
        match self {
            Self::Idle => app.stop(Signal::SIGINT).await,
            Self::KeepAlive => {
                let mut client = app.connect().await.expect("it serves");
                client.send(app.request()).await.expect("it serves");
                let stopped = app.stop(Signal::SIGINT).await;
                drop(client);
                stopped
            }
            Self::InFlight(_) => in_flight(app).await,
            Self::Busy(clients) => busy(app, clients, counts.of(kind)).await,
        }
    }
}

async fn in_flight(app: App) -> Stopped {
    let mut client = app.connect().await.expect("it serves");
    let request = app.request();
    let answer = tokio::spawn(async move { client.send(request).await });
    // Long enough for the request to be in the handler, and less than it takes.
    sleep(Duration::from_millis(100)).await;
    let stopped = app.stop(Signal::SIGINT).await;
    let answer = match answer.await.expect("no panic") {
        Ok((status, _)) => format!("answered {}", status.as_u16()),
        Err(_) => "not answered".to_owned(),
    };
    Stopped { how: format!("{answer}; {}", stopped.how), ..stopped }
}

/// Clients that send their next request as soon as the last is answered, on one connection as long as it is open.
async fn busy(app: App, clients: usize, count: &mut Count) -> Stopped {
    let (over, mut tasks) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
    for _ in 0..clients {
        let (over, addr, request) = (Arc::clone(&over), app.addr(), app.request());
        tasks.spawn(async move {
            let (mut sent, mut lost) = (0, 0);
            while !over.load(SeqCst) {
                let Ok(mut client) = connect(addr).await else {
                    sleep(Duration::from_millis(2)).await;
                    continue;
                };
                while !over.load(SeqCst) {
                    match client.send(request.clone()).await {
                        Ok((status, _)) if status.is_success() => sent += 1,
                        // It was never sent: a new connection gets it.
                        Err(Failure::Unsent) => break,
                        Ok(_) => (sent, lost) = (sent + 1, lost + 1),
                        Err(Failure::Lost) => {
                            (sent, lost) = (sent + 1, lost + 1);
                            break;
                        }
                    }
                }
            }
            (sent, lost)
        });
    }
    sleep(Duration::from_millis(600)).await;
    let stopped = app.stop(Signal::SIGTERM).await;
    over.store(true, SeqCst);
    for (sent, lost) in tasks.join_all().await {
        count.sent += sent;
        count.lost += lost;
    }
    stopped
}
