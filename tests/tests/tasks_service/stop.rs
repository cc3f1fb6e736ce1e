//! The stop: what is told, waited for, aborted and named, and what `spawn` does then.

use service_group::{Service, StopContext, StopOutcome, Tasks, service_group};
use service_group_tests::{Log, paused};
use tokio::time::{Instant, sleep};

use super::{App, Noted, ms, settle, spawn_waiting, status};

#[test]
fn all_tasks_are_told_and_waited_for() {
    paused(async {
        let (jobs, log) = (Tasks::new(), Log::default());
        for time in [300, 100] {
            let log = log.clone();
            let work = move |stop: service_group::StopToken| async move {
                let context = stop.requested().await;
                assert_eq!(context.time_remaining(), ms(5_000));
                sleep(ms(time)).await;
                log.time("done");
            };
            jobs.spawn("job", work).expect("it runs");
        }
        jobs.stop(StopContext::within(ms(5_000))).await.expect("ends well");
        assert_eq!(log.text(), "done at 100, done at 300");
    });
}

/// The stop of a service comes after the services that use it: until then they may spawn.
#[test]
fn a_service_that_uses_it_can_spawn_in_its_own_stop() {
    #[service_group]
    struct Used {
        log: Log,
        #[service(start = Tasks::new())]
        jobs: Tasks,
        #[service(start = (jobs.clone(), log.clone()), stop = last_words(api))]
        api: (Tasks, Log),
    }
    fn last_words((jobs, log): (Tasks, Log)) {
        jobs.spawn("goodbye", |_| async move { log.note("sent") }).expect("it runs");
    }
    paused(async {
        let log = Log::default();
        assert!(Used::start(log.clone()).await.expect("starts").stop().await.is_clean());
        assert_eq!(log.text(), "sent");
    });
}

#[test]
fn spawn_returns_the_closure_after_the_stop_has_begun() {
    paused(async {
        let app = App::start().await.expect("starts");
        let (jobs, log) = (app.jobs.clone(), Log::default());
        let (noted, inner) = (log.clone(), jobs.clone());
        let spawns_when_told = |stop: service_group::StopToken| async move {
            drop(stop.requested().await);
            let last = |_| async { "the work is done here" };
            let wrapped = |stop| async move { noted.note(last(stop).await) };
            let Err(error) = inner.spawn("too late", wrapped) else { panic!("the stop has begun") };
            assert_eq!(error.to_string(), "`too late` was not spawned: `jobs` is stopping");
            error.into_inner()(stop).await;
        };
        jobs.spawn("spawns", spawns_when_told).expect("it runs");
        settle().await;
        assert!(app.stop().await.is_clean());
        assert_eq!(log.text(), "the work is done here");
        jobs.spawn("later", async |_| ()).expect_err("the group has stopped");
    });
}

/// 100 ms before the end of the window: each is named, the oldest first.
#[test]
fn tasks_that_are_left_are_aborted_and_named() {
    paused(async {
        let app = App::start().await.expect("starts");
        let log = Log::default();
        for (name, pause) in [("send mail", 500), ("send mail", 500), ("report", 0)] {
            let noted = Noted(log.clone());
            let hangs = |_| async move {
                let _noted = noted;
                std::future::pending::<()>().await;
            };
            app.jobs.spawn(name, hangs).expect("it runs");
            sleep(ms(pause)).await;
        }
        spawn_waiting(&app.jobs, "good");
        let group = app.handle();
        let report = app.stop().await;
        let expected = "`App` stopped in 1.90 s of 25 s on request: `jobs` forced\n  \
                        jobs  at     0 µs  took   1.90 s of 2 s     forced, \
                        3 cut: 2 times send mail, up to 2.90 s old; report, 1.90 s old";
        assert_eq!(report.to_string(), expected);
        assert_eq!(log.lines().len(), 3, "each was dropped before the report");
        assert_eq!(status(&group).stats, None);
    });
}

/// A task may use the force to end by itself.
#[test]
fn a_task_that_ends_when_it_is_forced_is_not_aborted() {
    paused(async {
        let app = App::start().await.expect("starts");
        let ends = async |stop: service_group::StopToken| stop.requested().await.forced().await;
        app.jobs.spawn("job", ends).expect("it runs");
        let report = app.stop().await;
        let service = report.service("jobs").expect("reported");
        assert_eq!((service.stop_duration, service.outcome.to_string()), (ms(1_800), "forced".to_owned()));
        assert_eq!(service.details.len(), 0, "{report}");
    });
}

/// Twenty are named, the others counted.
#[test]
fn many_aborted_tasks_are_counted() {
    paused(async {
        let app = App::start().await.expect("starts");
        for job in 0..1_000 {
            app.jobs.spawn(format!("job {job}"), |_| std::future::pending::<()>()).expect("it runs");
        }
        let report = app.stop().await.to_string();
        let named = (0..20).map(|job| format!("job {job}, 1.90 s old")).collect::<Vec<_>>().join("; ");
        assert!(report.ends_with(&format!(" forced, 1000 cut: {named}; 980 more")), "{report}");
    });
}

/// A panic in the drop of one that is aborted changes nothing for the others.
#[test]
fn a_panic_in_the_drop_of_an_aborted_task_is_its_own() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    paused(async {
        let app = App::start().await.expect("starts");
        let (log, panics) = (Log::default(), Panics);
        let hangs = |_| async move {
            let _panics = panics;
            std::future::pending::<()>().await;
        };
        app.jobs.spawn("panics", hangs).expect("it runs");
        let noted = Noted(log.clone());
        let hangs = |_| async move {
            let _noted = noted;
            std::future::pending::<()>().await;
        };
        app.jobs.spawn("other", hangs).expect("it runs");
        let report = app.stop().await;
        let text = report.to_string();
        assert!(text.ends_with("forced, 2 cut: panics, 1.90 s old; other, 1.90 s old"), "{text}");
        assert_eq!(log.text(), "dropped");
    });
}

/// A task that blocks its thread is not aborted before it returns: the service is stuck, and the report names the task.
#[test]
fn a_task_that_blocks_its_thread_is_stuck_and_named() {
    #[service_group]
    struct Blocked {
        #[service(start = Tasks::new(), stop_within = "50ms")]
        jobs: Tasks,
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (tell, running) = tokio::sync::oneshot::channel();
    let report = runtime.expect("a runtime").block_on(async {
        let app = Blocked::start().await.expect("starts");
        let blocks = |_| async move {
            tell.send(()).expect("the test waits for it");
            let _ = released.recv();
        };
        app.jobs.spawn("crunch", blocks).expect("it runs");
        running.await.expect("it runs");
        let report = app.stop().await;
        drop(release);
        report
    });
    let service = report.service("jobs").expect("reported");
    assert!(matches!(service.outcome, StopOutcome::Stuck { lent_to: None, .. }), "{report}");
    let text = report.to_string();
    assert!(text.contains("1 cut: crunch, ") && text.ends_with(" old, 1 still running"), "{report}");
}

/// A second signal brings the force and the end of the window forward.
#[test]
fn a_forced_stop_aborts_early() {
    paused(async {
        let app = App::start().await.expect("starts");
        app.jobs.spawn("hangs", |_| std::future::pending::<()>()).expect("it runs");
        let (group, begun) = (app.handle(), Instant::now());
        let stop = tokio::spawn(app.stop());
        sleep(ms(100)).await;
        group.force_stop();
        let report = stop.await.expect("stops");
        assert_eq!(begun.elapsed(), ms(200));
        assert!(report.to_string().ends_with("forced, 1 cut: hangs, 200 ms old"), "{report}");
    });
}
