//! The group of the program, once with long and once with short windows.

use std::thread;

use service_group::{BoxError, GroupHandle, Task};

use super::part::{block, fail};
use super::{READY, print};

/// Three services in a row, the fault in the middle, and a task beside them, with a fault while it runs.
macro_rules! app {
    ($module:ident, stop_within = $budget:tt, middle = [$start:tt, $stop:tt], others = $others:tt) => {
        // rustc reports unused functions of the generated code where a macro of this crate wrote the attribute.
        #[expect(dead_code, reason = "the program runs the group, and never calls `start`")]
        pub(super) mod $module {
            use service_group::{GroupHandle, Task, service_group};

            use super::super::part::Part;

            #[service_group(stop_within = $budget)]
            pub(crate) struct App {
                fault: String,
                #[group]
                group: GroupHandle,
                #[service(start = Part::start("below", super::slow(fault)).await?, stop_within = $others)]
                below: Part,
                #[service(
                            start = { let _ = below; Part::start("middle", fault).await? },
                            start_within = $start,
                            stop_within = $stop
                        )]
                middle: Part,
                #[service(
                            start = { let _ = middle; Part::start("above", super::slow(fault)).await? },
                            stop_within = $others
                        )]
                above: Part,
                #[service(start = super::task(fault, group), after(above), stop_within = "500ms")]
                task: Task,
            }
        }
    };
}

app!(long, stop_within = "10s", middle = ["5s", "2s"], others = "2s");
app!(short, stop_within = "2s", middle = ["500ms", "500ms"], others = "300ms");

/// The only fault that all services have.
fn slow(fault: &str) -> &str {
    fault.split(' ').next().filter(|fault| *fault == "slow").unwrap_or_default()
}

/// Prints when the group is ready, and then fails in the way of its fault.
fn task(fault: &str, group: &GroupHandle) -> Task {
    let (fault, group) = (fault.to_owned(), group.clone());
    Task::spawn(move |stop| async move {
        tokio::select! {
            () = started(&group) => {}
            _ = stop.requested() => return Ok(()),
        }
        print("ready");
        READY.notify_one();
        match &*fault {
            "running request" | "slow request" | "outcome dropped" => drop(group.request_stop()),
            "running block all" => block_all(),
            "running detached" => drop(tokio::task::spawn_blocking(block)),
            "running stderr held" => return hold_stderr(),
            _ => fail("running", &fault).await?,
        }
        stop.requested().await;
        Ok::<_, BoxError>(())
    })
}

/// Waits until the group is ready.
pub(super) async fn started(group: &GroupHandle) {
    let mut changes = group.changes();
    while !group.is_ready() && changes.next().await.is_some() {}
}

/// Blocks both threads of the runtime.
fn block_all() {
    let (blocks, wait) = std::sync::mpsc::channel();
    let other = async move {
        blocks.send(()).expect("the task waits for it");
        block();
    };
    // From a thread outside of the runtime: a future that a task spawns may wait in the queue of that task's thread.
    let runtime = tokio::runtime::Handle::current();
    thread::spawn(move || runtime.spawn(other));
    wait.recv().expect("the other thread is free");
    block();
}

/// Has a thread hold the lock of stderr for ever, and fails, so that there is an error to print.
fn hold_stderr() -> Result<(), BoxError> {
    let (held, wait) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let _lock = std::io::stderr().lock();
        held.send(()).expect("the task waits for it");
        block();
    });
    wait.recv()?;
    Err("the disk is gone".into())
}
