//! The stop of a value that the caller gave.

use std::future::pending;

use service_group::{StopOutcome, service_group};
use service_group_tests::{Log, Probe, paused};
use tokio::time::sleep;

use super::ms;

/// How the stop of a pool behaves.
#[derive(Debug, Clone, Copy)]
enum Close {
    Fails,
    Panics,
    Hangs,
}

#[derive(Debug)]
struct Pool(Close);

impl Pool {
    async fn close(self) -> std::io::Result<()> {
        match self.0 {
            Close::Fails => Err(std::io::Error::other("connections are in use")),
            Close::Panics => panic!("a bug"),
            Close::Hangs => pending().await,
        }
    }
}

#[service_group]
struct App {
    log: Log,
    #[service(given, stop = pool.close().await, stop_within = "2s", after(store))]
    pool: Pool,
    #[service(given, stop = drop(guard))]
    guard: Probe,
    #[service(start = Probe::new("store", log))]
    store: Probe,
    #[service(start = { let _ = (pool, guard); Probe::new("rpc", log) })]
    rpc: Probe,
}

#[test]
fn it_has_its_window_and_skips_no_other_stop() {
    paused(async {
        for (close, took) in [(Close::Fails, 0), (Close::Panics, 0), (Close::Hangs, 2000)] {
            let log = Log::default();
            let app = App::start(log.clone(), Pool(close), Probe::new("guard", &log)).await.expect("starts");
            let report = app.stop().await;
            assert!(!report.is_clean());
            let row = report.service("pool").expect("a row");
            assert_eq!((row.window, row.stop_duration), (ms(2000), ms(took)), "{report}");
            assert!(
                matches!(
                    (close, &row.outcome),
                    (Close::Fails, StopOutcome::Failed(_))
                        | (Close::Panics, StopOutcome::Panicked(_))
                        | (Close::Hangs, StopOutcome::Aborted)
                ),
                "{report}"
            );
            assert_eq!(report.service("store").expect("a row").waited_for.as_deref(), Some("pool"));
            assert!(log.text().ends_with("-store, ~store"), "{}", log.text());
        }
    });
}

#[service_group(lame_duck = "1s")]
struct First {
    log: Log,
    #[service(given, first)]
    telemetry: Probe,
    #[service(given, last)]
    registration: Probe,
    #[service(start = { sleep(ms(10)).await; Probe::new("rpc", log) })]
    rpc: Probe,
}

#[test]
fn first_and_last_order_its_stop() {
    paused(async {
        let log = Log::default();
        let (telemetry, registration) = (Probe::new("telemetry", &log), Probe::new("registration", &log));
        let app = First::start(log.clone(), telemetry, registration).await.expect("starts");
        assert!(app.stop().await.is_clean());
        assert_eq!(log.lines()[3..].join(" "), "-registration ~registration -rpc ~rpc -telemetry ~telemetry");
    });
}
