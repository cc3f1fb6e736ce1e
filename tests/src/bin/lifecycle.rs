//! Programs around a group as public reports describe them: `lifecycle WHAT [HOW]`. Prints `ready` when the group has started
//! and `closed` when its store has stopped. docs/processes.md shows parts of this file.

use std::io;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use service_group::{BoxError, GroupHandle, Outcome, StopToken, Task, service_group};
use service_group_tests::print;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::sleep;

struct Store;

/// The stop of a store.
fn close(_: Store) {
    print("closed");
}

/// Says what it receives, until it is killed if it is stubborn.
const CHILD: &str = r#"
    trap 'echo child: interrupted; exit 130' INT
    [ "$0" = stubborn ] && trap 'echo child: stays' TERM || trap 'echo child: terminated; exit 0' TERM
    echo "child: runs as $$ with ${NOTIFY_SOCKET:-no manager}"
    while :; do sleep 0.02; done
"#;

/// The command of the child process.
fn child(how: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", CHILD, how]);
    command
}

/// Runs a child process until the group stops.
async fn run_child(mut command: Command, stop: StopToken) -> Result<(), BoxError> {
    command.env_remove("NOTIFY_SOCKET"); // the child is not the main process of the unit
    command.process_group(0); // a terminal does not send it Ctrl-C
    command.kill_on_drop(true); // at the end of the window
    let mut child = command.spawn()?;
    tokio::select! {
        status = child.wait() => return Err(format!("the child ended: {}", status?).into()),
        _ = stop.requested() => {}
    }
    if let Some(pid) = child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
        kill_process(pid, Signal::TERM)?;
    }
    child.wait().await?;
    Ok(())
}

/// The same, in the process group of the program, without what protects the child.
async fn run_child_in_same_group(mut command: Command, stop: StopToken) -> Result<(), BoxError> {
    let mut child = command.spawn()?;
    let status = child.wait().await?;
    // Both receive Ctrl-C, in any order.
    if stop.is_requested() { Ok(()) } else { Err(format!("the child ended: {status}").into()) }
}

#[service_group(stop_within = "4s")]
struct WithChild {
    how: String,
    #[service(start = Store, stop = close(store), stop_within = "1s")]
    store: Store,
    #[service(start = {
        let (_, how) = (store, how.clone());
        Task::spawn(|stop| async move {
            match &*how {
                "same-group" => run_child_in_same_group(child(&how), stop).await,
                how => run_child(child(how), stop).await,
            }
        })
    }, stop_within = "1s")]
    child: Task,
}

/// Reads standard input on a thread that nothing waits for.
fn lines_of_stdin() -> io::Result<mpsc::Receiver<String>> {
    let (send, lines) = mpsc::channel(16);
    let read = move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            if send.blocking_send(line).is_err() {
                return; // the service has ended
            }
        }
    };
    thread::Builder::new().name("stdin".to_owned()).spawn(read)?;
    Ok(lines)
}

#[service_group(stop_within = "4s")]
struct WithStdin {
    #[service(start = Store, stop = close(store), stop_within = "1s")]
    store: Store,
    #[service(start = {
        let (_, mut lines) = (store, lines_of_stdin()?);
        Task::spawn(|stop| async move {
            loop {
                tokio::select! {
                    Some(line) = lines.recv() => print(&format!("read {line}")),
                    _ = stop.requested() => return,
                }
            }
        })
    }, stop_within = "1s")]
    reader: Task,
}

/// Ends the process by itself, somewhere.
#[service_group(stop_within = "4s")]
struct Exits {
    how: String,
    #[service(start = Store, stop = close(store), stop_within = "1s")]
    store: Store,
    #[service(start = {
        let (_, how) = (store, how.clone());
        exit_at(&how, "start");
        Task::spawn(|stop| async move {
            exit_at(&how, "task");
            stop.requested().await;
            exit_at(&how, "stop");
        })
    }, stop_within = "1s")]
    task: Task,
}

fn exit_at(how: &str, place: &str) {
    if how == place {
        std::process::exit(7);
    }
}

/// Requests the stop of the group in the start of one of its services, which returns, or waits for ever.
#[service_group(stop_within = "4s")]
struct StopsInStart {
    how: String,
    #[group]
    group: GroupHandle,
    #[service(start = Store, stop = close(store), stop_within = "1s")]
    store: Store,
    #[service(start = {
        let _ = (store, group.request_stop());
        if how == "waits" {
            std::future::pending::<()>().await;
        }
        print("checked");
    }, stop = print("checker stopped"), stop_within = "1s")]
    checker: (),
    #[service(start = { let () = checker; print("started after the request") }, stop = (), stop_within = "1s")]
    after: (),
}

/// Panics when the runtime drops it.
struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        print("dropped with the runtime");
        panic!("a panic in the shutdown of the runtime");
    }
}

/// A task that no service waits for.
#[service_group(stop_within = "4s")]
struct Detached {
    #[service(start = Store, stop = close(store), stop_within = "1s")]
    store: Store,
    #[service(start = {
        let _ = store;
        tokio::spawn(async {
            let _dropped = PanicsInDrop;
            sleep(Duration::from_mins(1)).await;
        });
        Task::spawn(async |stop| drop(stop.requested().await))
    }, stop_within = "1s")]
    task: Task,
}

async fn run(what: &str, how: String) -> Outcome {
    match what {
        "child" => WithChild::runner(how).on_ready(|_| print("ready")).run().await,
        "stdin" => WithStdin::runner().on_ready(|_| print("ready")).run().await,
        "exit" => Exits::runner(how).on_ready(|_| print("ready")).run().await,
        "stop-in-start" => StopsInStart::runner(how).on_ready(|_| print("ready")).run().await,
        "detached" => Detached::runner().on_ready(|_| print("ready")).run().await,
        other => unreachable!("{other}"),
    }
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (what, how) = (args.next().expect("what"), args.next().unwrap_or_default());
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build().expect("a runtime");
    let outcome = runtime.block_on(run(&what, how));
    drop(runtime);
    outcome.into()
}
