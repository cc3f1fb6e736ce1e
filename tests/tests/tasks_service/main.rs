//! `Tasks`: work that comes and goes, its ends, its failures, and its stop.

mod dropped;
mod failing;
mod page;
mod race;
mod stop;

use std::time::Duration;

use service_group::Tasks;
use service_group::status::ServiceStatus;
use service_group_tests::{Log, paused};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Notes when it is dropped.
struct Noted(Log);

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.note("dropped");
    }
}

/// Runs all tasks that can run.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// Spawns a task that runs until it is told to stop.
fn spawn_waiting(jobs: &Tasks, name: &'static str) {
    jobs.spawn(name, async |stop| drop(stop.requested().await)).expect("it runs");
}

/// The status of the service of a group whose only one it is.
fn status(group: &service_group::GroupHandle) -> ServiceStatus {
    group.status().services.remove(0)
}

#[service_group::service_group]
struct App {
    #[service(start = Tasks::new(), stop_within = "2s")]
    jobs: Tasks,
}

/// The count, the oldest, and what is left after their ends: nothing.
#[test]
fn the_status_shows_how_many_run_and_the_oldest() {
    paused(async {
        let app = App::start().await.expect("starts");
        let group = app.handle();
        let stats = || status(&group).stats.expect("it has statistics");
        assert_eq!((stats().tasks, stats().oldest), (0, None));
        let (end, ended) = oneshot::channel::<()>();
        app.jobs.spawn("first", |_| async move { drop(ended.await) }).expect("it runs");
        sleep(ms(300)).await;
        app.jobs.spawn(format!("mail {}", 2), async |stop| drop(stop.requested().await)).expect("it runs");
        sleep(ms(200)).await;
        assert_eq!((stats().tasks, stats().oldest), (2, Some(("first".to_owned(), ms(500)))));
        drop(end);
        settle().await;
        assert_eq!((stats().tasks, stats().oldest), (1, Some(("mail 2".to_owned(), ms(200)))));
        assert_eq!(format!("{:?}", app.jobs), "Tasks { running: 1, failed: 0, .. }");
        let report = app.stop().await;
        assert_eq!(report.to_string(), "`App` stopped in 0 µs of 25 s on request: 1 service, gracefully");
    });
}

/// A service that has nothing to do goes on.
#[test]
fn no_tasks_are_no_end_of_the_service() {
    paused(async {
        let app = App::start().await.expect("starts");
        app.jobs.spawn("short", async |_| ()).expect("it runs");
        timeout(ms(10_000), app.stop_requested()).await.expect_err("nothing ends it");
        assert_eq!(status(&app.handle()).state.to_string(), "running");
        assert!(app.stop().await.is_clean());
    });
}

#[test]
fn a_hundred_thousand_tasks_run_and_end() {
    const COUNT: usize = 100_000;
    paused(async {
        let app = App::start().await.expect("starts");
        let (send, mut ended) = tokio::sync::mpsc::unbounded_channel();
        for _ in 0..COUNT {
            let send = send.clone();
            app.jobs
                .spawn("job", |stop| async move {
                    drop(stop.requested().await);
                    send.send(()).expect("the test receives it");
                })
                .expect("it runs");
        }
        drop(send);
        assert_eq!(status(&app.handle()).stats.expect("it has statistics").tasks, COUNT);
        assert!(app.stop().await.is_clean());
        let mut count = 0;
        while ended.recv().await.is_some() {
            count += 1;
        }
        assert_eq!(count, COUNT);
    });
}
