//! A service that prints what happens to it, and fails in the way of its fault.

use std::future::pending;
use std::thread;
use std::time::Duration;

use service_group::{BoxError, Service, StopContext};
use tokio::time::sleep;

use super::{HANGS, print};

/// Fails where the fault is one of this moment: `start`, `running` or `stop`.
pub(super) async fn fail(moment: &str, fault: &str) -> Result<(), BoxError> {
    if fault == "slow" {
        sleep(Duration::from_millis(2)).await;
    }
    match fault.strip_prefix(moment).unwrap_or_default() {
        " error" => Err("the disk is gone")?,
        " panic" => panic!("the disk is gone"),
        " hang" => {
            print("hanging");
            HANGS.notify_one();
            pending::<()>().await;
        }
        " block" => block(),
        " spawn_blocking" => tokio::task::spawn_blocking(block).await?,
        _ => {}
    }
    Ok(())
}

/// Blocks its thread for ever.
pub(super) fn block() {
    print("blocking");
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}

#[derive(Debug)]
pub(super) struct Part {
    name: &'static str,
    fault: String,
}

impl Part {
    pub(super) async fn start(name: &'static str, fault: &str) -> Result<Self, BoxError> {
        if fault == "slow" {
            print("starting");
        }
        fail("start", fault).await?;
        print(&format!("+{name}"));
        Ok(Self { name, fault: fault.to_owned() })
    }
}

impl Service for Part {
    const STOP_WITHIN: Duration = Duration::from_millis(300);

    async fn stop(self, context: StopContext) -> Result<(), BoxError> {
        print(&format!("-{}", self.name));
        if self.fault == "stop forced" {
            context.forced().await;
            print("forced");
        }
        fail("stop", &self.fault).await
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        print(&format!("~{}", self.name));
    }
}
