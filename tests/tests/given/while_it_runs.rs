//! Checks, reloads and failures of a service that the caller gave.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use service_group::{StopCause, StopOutcome, Task, service_group};
use service_group_tests::{Fails, Log, Probe, paused};
use tokio::time::sleep;

use super::ms;

/// A handle of a pool that the test breaks.
#[derive(Debug, Clone)]
struct Pool {
    log: Log,
    is_broken: Arc<AtomicBool>,
}

impl Pool {
    fn ping(&self) -> std::io::Result<()> {
        self.log.note("ping");
        if self.is_broken.load(Ordering::Relaxed) {
            return Err(std::io::Error::other("broken pipe"));
        }
        Ok(())
    }

    async fn reload(&self) -> std::io::Result<()> {
        self.log.note("reload");
        sleep(ms(9_999)).await;
        Ok(())
    }
}

#[service_group(start_within = "10s")]
struct App {
    log: Log,
    #[service(
        given,
        stop = pool.log.note("closed"),
        check = pool.ping(),
        check_within = "2s",
        reload = pool.reload().await?,
    )]
    pool: Pool,
    #[service(start = { let _ = pool; Probe::new("rpc", log) })]
    rpc: Probe,
}

#[test]
fn it_is_checked_and_reloaded() {
    paused(async {
        let log = Log::default();
        let is_broken = Arc::new(AtomicBool::new(false));
        let pool = Pool { log: log.clone(), is_broken: Arc::clone(&is_broken) };
        let app = App::start(log.clone(), pool).await.expect("starts");
        let group = app.handle();
        assert!(group.check().await.is_ready());
        // The window of a reload is that of the group: 10 s.
        assert_eq!(group.reload().await.to_string(), "reloaded `pool`");
        is_broken.store(true, Ordering::Relaxed);
        let report = group.check().await;
        assert_eq!(report.to_string(), "`pool` (used by `rpc`): broken pipe");
        assert_eq!(report.failures[0].used_by, ["rpc"]);
        assert!(!group.is_ready());
        assert!(app.stop().await.is_clean());
        assert_eq!(log.lines().join(" "), "+rpc ping reload ping -rpc ~rpc closed");
    });
}

#[service_group]
struct Failing {
    log: Log,
    #[service(given)]
    pool: Fails,
    #[service(start = { let _ = pool; Probe::new("rpc", log) })]
    rpc: Probe,
}

/// Its `finished` is watched as that of any service.
#[test]
fn a_failure_of_it_stops_the_group() {
    paused(async {
        let app = Failing::start(Log::default(), Fails(ms(100))).await.expect("starts");
        let cause = app.stop_requested().await;
        assert!(matches!(cause, StopCause::Failed { service, .. } if service == "pool"));
        let report = app.stop().await;
        assert!(matches!(report.service("pool").expect("a row").outcome, StopOutcome::Failed(_)), "{report}");
    });
}

#[service_group]
struct MayFail {
    log: Log,
    #[service(given, may_fail)]
    pool: Task,
    #[service(start = { let _ = pool; Probe::new("rpc", log) })]
    rpc: Probe,
}

#[test]
fn a_failure_of_one_that_may_fail_does_not() {
    paused(async {
        let pool = Task::spawn(async |_| -> () { panic!("a bug") });
        let app = MayFail::start(Log::default(), pool).await.expect("starts");
        sleep(ms(100)).await;
        let status = app.handle().status();
        assert_eq!(status.degraded(), ["pool"]);
        assert!(status.cause.is_none());
        assert!(app.stop().await.is_clean());
    });
}
