//! Handles and groups that are dropped.

use service_group::{Service, StopContext, Tasks};
use service_group_tests::{Log, paused};

use super::{App, Noted, ms, settle, spawn_waiting};

fn spawn_noted(jobs: &Tasks, log: &Log) {
    let noted = Noted(log.clone());
    let waits = |_| async move {
        let _noted = noted;
        std::future::pending::<()>().await;
    };
    jobs.spawn("waits", waits).expect("it runs");
}

#[test]
fn the_tasks_of_a_group_that_is_dropped_are_aborted() {
    paused(async {
        let (app, log) = (App::start().await.expect("starts"), Log::default());
        let jobs = app.jobs.clone();
        spawn_noted(&jobs, &log);
        settle().await;
        drop(app);
        settle().await;
        assert_eq!(log.text(), "dropped");
        jobs.spawn("late", async |_| ()).expect_err("the group is gone");
    });
}

/// The same before the value is in a group: a start that fails after it, for example.
#[test]
fn the_tasks_of_a_value_that_is_dropped_are_aborted() {
    paused(async {
        let (jobs, log) = (Tasks::new(), Log::default());
        let clone = jobs.clone();
        spawn_noted(&clone, &log);
        drop(jobs);
        settle().await;
        assert_eq!(log.text(), "dropped");
        let error = clone.spawn("late", async |_| ()).expect_err("the value is gone");
        assert_eq!(error.to_string(), "`late` was not spawned: its `Tasks` is stopping or was dropped");
    });
}

#[test]
fn a_clone_that_is_dropped_changes_nothing() {
    paused(async {
        let app = App::start().await.expect("starts");
        let clone = app.jobs.clone();
        spawn_waiting(&clone, "waits");
        drop(clone);
        settle().await;
        spawn_waiting(&app.jobs, "waits, too");
        assert!(app.stop().await.is_clean());
    });
}

/// A stop that is dropped, as at the end of its window, aborts what is left, whichever handle is stopped.
#[test]
fn a_stop_that_is_dropped_aborts_the_tasks() {
    paused(async {
        let (jobs, log) = (Tasks::new(), Log::default());
        spawn_noted(&jobs, &log);
        let context = StopContext::within(ms(1_000));
        let stop = jobs.clone().stop(context.clone());
        tokio::time::timeout(ms(1_000), stop).await.expect_err("the task hangs");
        assert!(context.is_held(), "until the task is gone");
        settle().await;
        assert_eq!(log.text(), "dropped");
        assert!(!context.is_held());
        drop(jobs);
    });
}
