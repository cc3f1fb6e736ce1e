//! The other groups of the program, each for one fault.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use service_group::{BlockingTask, GroupHandle, Running, Task, service_group};
use tokio::time::sleep;

use super::app::started;
use super::part::{Part, block};
use super::{BESIDE_STARTED, print};

/// A group whose only service is a group.
#[service_group(stop_within = "2s")]
pub(super) struct Outer {
    fault: String,
    #[service(start = Inner::start(fault.clone()).await?)]
    storage: Running<Inner>,
}

#[service_group]
struct Inner {
    fault: String,
    #[service(start = Part::start("index", fault).await?)]
    index: Part,
    #[service(start = { let _ = index; print("ready"); Part::start("log", "").await? })]
    log: Part,
}

/// A thread that never returns.
#[service_group(stop_within = "1s")]
pub(super) struct Threaded {
    #[service(start = BlockingTask::spawn("stubborn", |_| { print("ready"); block(); })?, stop_within = "300ms")]
    thread: BlockingTask,
}

/// Runs beside another group, and takes longer to stop than that.
#[service_group(stop_within = "2s")]
pub(super) struct Beside {
    #[service(start = start_beside(), stop = linger(other).await, stop_within = "1500ms")]
    other: (),
}

fn start_beside() {
    print("+other");
    BESIDE_STARTED.store(true, Ordering::SeqCst);
}

async fn linger((): ()) {
    print("-other");
    sleep(Duration::from_millis(700)).await;
    print("~other");
}

/// A stop that blocks its thread, and a short budget.
#[service_group(stop_within = "500ms")]
pub(super) struct Soon {
    #[service(start = print("ready"), stop = block_in_stop(blocks), stop_within = "400ms")]
    blocks: (),
}

fn block_in_stop((): ()) {
    block();
}

/// A group with a lame duck, and tasks outside of it that block both threads of the runtime.
#[service_group(stop_within = "5s", lame_duck = "200ms")]
pub(super) struct Blocked {
    #[service(start = block_runtime(), stop = drop(service), stop_within = "100ms")]
    service: (),
}

fn block_runtime() {
    for _ in 0..2 {
        tokio::spawn(async {
            sleep(Duration::from_millis(100)).await;
            block();
        });
    }
}

/// A task that blocks its thread for a while, as soon as it runs or when it is asked to stop.
#[service_group(stop_within = "500ms")]
pub(super) struct Stalls {
    at_once: bool,
    #[group]
    group: GroupHandle,
    #[service(start = stalling(*at_once, group), stop_within = "400ms")]
    task: Task,
}

fn stalling(at_once: bool, group: &GroupHandle) -> Task {
    let group = group.clone();
    Task::spawn(move |stop| async move {
        started(&group).await;
        print("ready");
        if at_once {
            stall();
        }
        stop.requested().await;
        if !at_once {
            stall();
        }
    })
}

/// Longer than the default stall threshold, and than the hard deadline of the group.
fn stall() {
    let until = Instant::now() + Duration::from_millis(2_200);
    print("blocking");
    // In small steps, so that it ends in time although the process may be stopped and continued meanwhile.
    while Instant::now() < until {
        thread::sleep(Duration::from_millis(10));
    }
    print("free");
}
