//! Threads that spawn while the service is stopped, and threads without a runtime. They know nothing of a paused clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use service_group::{BlockingTask, Tasks, service_group};

use super::ms;

/// Each closure either was called, and its task has ended when the stop has, or was returned.
#[test]
fn a_spawn_that_races_with_the_stop_runs_to_its_end_or_returns_its_closure() {
    #[service_group]
    struct Racing {
        #[service(start = Tasks::new(), stop_within = "20s")]
        jobs: Tasks,
    }
    /// Spawns until a closure is returned, and at most once after the stop has ended. Returns how many tasks it has spawned,
    /// and whether a closure was returned.
    fn spawn_all(jobs: &Tasks, ended: &Arc<AtomicUsize>, is_over: &AtomicBool) -> (usize, bool) {
        for spawned in 0.. {
            let was_over = is_over.load(Ordering::SeqCst);
            let ended = Arc::clone(ended);
            let run = |_| async move {
                tokio::task::yield_now().await;
                ended.fetch_add(1, Ordering::SeqCst);
            };
            if jobs.spawn("job", run).is_err() {
                return (spawned, true);
            }
            if was_over {
                return (spawned + 1, false);
            }
        }
        unreachable!("the range has no end")
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let runtime = runtime.expect("a runtime");
    let (ended, is_over) = (Arc::new(AtomicUsize::new(0)), AtomicBool::new(false));
    let app = runtime.block_on(Racing::start()).expect("starts");
    let jobs = app.jobs.clone();
    thread::scope(|scope| {
        let spawning = [(); 4].map(|()| scope.spawn(|| spawn_all(&jobs, &ended, &is_over)));
        while ended.load(Ordering::SeqCst) < 100 {
            thread::yield_now();
        }
        let report = runtime.block_on(app.stop());
        let ended = ended.load(Ordering::SeqCst);
        is_over.store(true, Ordering::SeqCst);
        assert!(report.is_clean(), "{report}");
        let spawned = spawning.map(|thread| thread.join().expect("it does not panic"));
        assert!(spawned.iter().all(|(_, is_returned)| *is_returned), "{spawned:?}");
        assert_eq!(spawned.iter().map(|(spawned, _)| spawned).sum::<usize>(), ended);
    });
}

/// The tasks run on the runtime in which the service was started.
#[test]
fn a_thread_without_a_runtime_can_spawn() {
    #[service_group]
    struct Threads {
        #[service(start = Tasks::new())]
        jobs: Tasks,
        #[service(start = {
            let jobs = jobs.clone();
            BlockingTask::spawn("reads", move |_| jobs.spawn("from a thread", report).is_ok().then_some(()).ok_or("closed"))?
        })]
        reads: BlockingTask,
    }
    static SPAWNED: AtomicUsize = AtomicUsize::new(0);
    async fn report(_: service_group::StopToken) {
        SPAWNED.fetch_add(1, Ordering::SeqCst);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime").block_on(async {
        let app = Threads::start().await.expect("starts");
        while SPAWNED.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(ms(1)).await;
        }
        assert!(app.stop().await.is_clean());
    });
}
