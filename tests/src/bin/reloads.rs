//! A group that is reloaded, checked, or tries its start again: `reloads HOW [FLAVOR]`. Prints `ready` when it has started, and
//! `closed` when its store has stopped.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use service_group::{GroupHandle, HangupAction, Outcome, Task, service_group};
use service_group_tests::print;
use tokio::time::sleep;

/// What a reload or a check does.
#[derive(Debug, Clone)]
struct Store {
    how: String,
    reloads: Arc<AtomicU32>,
}

impl Store {
    fn open(how: &str) -> Self {
        Self { how: how.to_owned(), reloads: Arc::default() }
    }

    async fn reload(&self) -> io::Result<()> {
        print(&format!("reload {}", self.reloads.fetch_add(1, Ordering::Relaxed) + 1));
        match &*self.how {
            "reload blocks" => thread::sleep(Duration::from_hours(1)),
            "reload hangs" => std::future::pending().await,
            "reload panics" => panic!("in the reload"),
            "reload fails" => return Err(io::Error::other("bad file")),
            "slow stop" => sleep(Duration::from_millis(1)).await,
            _ => {}
        }
        print("reloaded");
        Ok(())
    }

    async fn check(&self) -> bool {
        match &*self.how {
            "check blocks" => thread::sleep(Duration::from_hours(1)),
            "check hangs" => std::future::pending().await,
            "check panics" => panic!("in the check"),
            _ => {}
        }
        true
    }

    async fn close(self) {
        if self.how == "slow stop" {
            print("closing");
            sleep(Duration::from_millis(700)).await;
        }
        print("closed");
    }
}

async fn keep_checking(group: GroupHandle) {
    loop {
        print(&format!("check: {}", group.check().await));
        sleep(Duration::from_millis(50)).await;
    }
}

#[service_group(stop_within = "4s")]
struct App {
    how: String,
    #[group]
    group: GroupHandle,
    #[service(
        start = Store::open(how),
        stop = store.close().await,
        check = store.check().await,
        reload = store.reload().await,
        check_within = "100ms",
        start_within = "60s",
        stop_within = "2s"
    )]
    store: Store,
    #[service(start = {
        let _ = store;
        if how == "retry" { Err("refused")?; }
    }, retry = "1ms..20ms", start_within = "1h")]
    client: (),
    #[service(start = {
        let () = client;
        let group = group.clone();
        let is_checked = how.starts_with("check");
        Task::spawn(async move |stop| {
            tokio::select! {
                _ = stop.requested() => {}
                () = keep_checking(group), if is_checked => {}
            }
        })
    }, stop_within = "1s")]
    checker: Task,
}

fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let how = arguments.next().unwrap_or_default();
    let mut runtime = match arguments.next().as_deref() {
        Some("current-thread") => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    if how == "retry" {
        print("begins");
    }
    let action = if how == "hangup stops" { HangupAction::Stop } else { HangupAction::Reload };
    let runner = App::runner(how).hangup(action).on_ready(|_| print("ready"));
    runtime.enable_all().build().expect("a runtime can be built").block_on(runner.run())
}
