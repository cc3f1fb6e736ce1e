//! Tasks, also those that block a thread, by themselves: their ends, their restarts, and what they do when they are stopped or dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use service_group::{
    BlockingTask, BoxError, RestartPolicy, RestartsExhausted, Service, ServiceExit, SharedError, StopContext,
    StopToken, Task,
};
use service_group_tests::{Log, paused};
use tokio::time::{Instant, sleep, timeout};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Far longer than any thread here takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// Notes when it is dropped.
struct Noted(Log);

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.note("dropped");
    }
}

#[test]
fn a_task_is_told_and_waited_for() {
    paused(async {
        let log = Log::default();
        let noted = log.clone();
        let task = Task::spawn(|stop| async move {
            let stopping = stop.requested().await;
            assert_eq!(stopping.time_remaining(), ms(5_000));
            sleep(ms(300)).await;
            noted.time("done");
        });
        task.stop(StopContext::within(ms(5_000))).await.expect("ends well");
        assert_eq!(log.text(), "done at 300");
    });
}

#[test]
fn the_error_of_a_task_is_that_of_its_stop() {
    paused(async {
        let task = Task::spawn(|stop| async move {
            drop(stop.requested().await);
            Err("half of it was written")
        });
        let error = task.stop(StopContext::within(ms(1_000))).await.expect_err("fails");
        assert_eq!(error.to_string(), "half of it was written");
    });
}

#[test]
fn a_task_that_is_dropped_is_aborted() {
    paused(async {
        let log = Log::default();
        let noted = Noted(log.clone());
        let task = Task::spawn(|stop| async move {
            let _noted = noted;
            drop(stop.requested().await);
        });
        tokio::task::yield_now().await;
        drop(task);
        timeout(ms(100), async {
            while log.text() != "dropped" {
                tokio::task::yield_now().await;
            }
        })
        .await
        .expect("the future is dropped");
    });
}

/// A future that fails the first so many times, and then runs until it is asked to stop.
fn flaky(failures: usize, log: &Log) -> impl FnMut(StopToken) -> Running + Send + 'static {
    let (log, runs) = (log.clone(), Arc::new(AtomicUsize::new(0)));
    move |stop| {
        let (log, run) = (log.clone(), runs.fetch_add(1, Ordering::SeqCst));
        Box::pin(async move {
            log.time("run");
            if run < failures {
                return Err(format!("failure {run}").into());
            }
            drop(stop.requested().await);
            Ok(())
        })
    }
}

type Running = std::pin::Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

#[test]
fn a_failed_task_is_restarted_after_growing_pauses() {
    paused(async {
        let log = Log::default();
        let policy = RestartPolicy::new(5, ms(60_000)).backoff(ms(100), ms(300));
        let task = Task::restarting(policy, flaky(4, &log));
        let finished = task.finished();
        timeout(ms(10_000), finished).await.expect_err("it runs in the end");
        assert_eq!(log.text(), "run at 0, run at 100, run at 300, run at 600, run at 900");
        task.stop(StopContext::within(ms(1_000))).await.expect("ends well");
    });
}

#[test]
fn a_task_that_fails_too_often_fails() {
    paused(async {
        let log = Log::default();
        let policy = RestartPolicy::new(2, ms(60_000)).backoff(ms(10), ms(10));
        let task = Task::restarting(policy, flaky(9, &log));
        let ServiceExit::Failed(error) = task.finished().await else { panic!("it fails") };
        let error = SharedError::from(error);
        assert!(error.downcast_ref::<RestartsExhausted>().is_some());
        assert_eq!(format!("{error:#}"), "failed after 2 restarts within 1 m 0 s: failure 2");
        assert_eq!(log.lines().len(), 3);
    });
}

/// Restarts before the period of the policy do not count.
#[test]
fn old_restarts_are_forgotten() {
    paused(async {
        let log = Log::default();
        let noted = log.clone();
        let policy = RestartPolicy::new(1, ms(1_000)).backoff(ms(10), ms(10));
        let task = Task::restarting(policy, move |_| {
            noted.note("run");
            async {
                sleep(ms(1_500)).await;
                Err::<(), _>("again")
            }
        });
        timeout(ms(20_000), task.finished()).await.expect_err("never two within a second");
        assert!(log.lines().len() > 10, "{}", log.text());
    });
}

/// A panic counts like an error, and a stop in the middle of a pause ends the task at once.
#[test]
fn a_stop_ends_the_pause_before_a_restart() {
    paused(async {
        let policy = RestartPolicy::new(5, ms(60_000)).backoff(ms(50_000), ms(50_000));
        let task = Task::restarting(policy, |_| async {
            assert!(Instant::now().elapsed() > ms(1), "at once");
        });
        sleep(ms(10)).await;
        let begun = Instant::now();
        task.stop(StopContext::within(ms(5_000))).await.expect("ends well");
        assert_eq!(begun.elapsed(), Duration::ZERO);
    });
}

/// The same for a thread, in real time: it waits for the request, and its result is the stop's.
#[test]
fn a_worker_is_told_and_waited_for() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let worker = BlockingTask::spawn("counts", |stop| {
            assert_eq!(std::thread::current().name(), Some("counts"));
            while stop.wait_timeout(PATIENCE).is_none() {}
            Err("not all was counted")
        });
        let worker = worker.expect("a thread");
        let error = worker.stop(StopContext::within(ms(60_000))).await.expect_err("fails");
        assert_eq!(error.to_string(), "not all was counted");

        let worker = BlockingTask::spawn("panics", |stop| assert!(stop.is_requested(), "out of range"));
        let worker = worker.expect("a thread");
        let ServiceExit::Failed(error) = worker.finished().await else { panic!("it fails") };
        assert_eq!(error.to_string(), "panicked: out of range");
    });
}

/// Dropped, a worker asks its thread to stop.
#[test]
fn a_worker_that_is_dropped_asks_its_thread_to_stop() {
    let (tell, told) = std::sync::mpsc::channel();
    let worker = BlockingTask::spawn("listens", move |stop| {
        let forced = loop {
            if let Some(stopping) = stop.wait_timeout(PATIENCE) {
                break stopping.is_forced();
            }
        };
        tell.send(forced)
    });
    drop(worker.expect("a thread"));
    assert!(told.recv_timeout(PATIENCE).expect("the task is notified"));
}

/// A consumer that ends when its channel is closed gets what is left, since its sender is dropped before it is told.
#[test]
fn the_value_of_a_task_is_dropped_before_the_task_is_told_to_stop() {
    paused(async {
        let log = Log::default();
        let (noted, task_log) = (Noted(log.clone()), log.clone());
        let task = Task::spawn(async move |stop: StopToken| {
            let _ = stop.requested().await;
            task_log.note("told");
        });
        let task = task.with(noted);
        let Noted(_) = &*task;
        task.stop(StopContext::within(ms(1_000))).await.expect("a stop that succeeds");
        assert_eq!(log.lines(), ["dropped", "told"]);
    });
}
