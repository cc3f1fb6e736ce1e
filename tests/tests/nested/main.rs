//! A group inside a group keeps its order and its budget, and starts and fails as one service.

mod boxed;
mod outer_group;
mod start;
mod stop;

use std::future::pending;
use std::time::Duration;

use service_group::{BoxError, GroupHandle, Running, Service, ServiceExit, StopContext, service_group};
use service_group_tests::{Log, Probe};
use tokio::time::sleep;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// How the second service of the inner group behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inner {
    Works,
    HangsInStart,
    FailsInStart,
    HangsInStop,
    FailsWhileRunning,
    EndsGroup,
}

/// A service whose start and stop a test controls.
#[derive(Debug)]
struct Index(Inner, Probe);

impl Index {
    async fn open(inner: Inner, log: &Log) -> Result<Self, BoxError> {
        match inner {
            Inner::HangsInStart => pending().await,
            Inner::FailsInStart => Err("index is corrupt".into()),
            _ => Ok(Self(inner, Probe::new("index", log))),
        }
    }
}

impl Service for Index {
    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        let inner = self.0;
        async move {
            sleep(ms(100)).await;
            match inner {
                Inner::FailsWhileRunning => ServiceExit::Failed("index lost".into()),
                Inner::EndsGroup => ServiceExit::StopGroup,
                _ => pending().await,
            }
        }
    }

    async fn stop(self, stopping: StopContext) -> Result<(), BoxError> {
        if self.0 == Inner::HangsInStop {
            let Self(_, _probe) = self;
            pending::<()>().await;
        } else {
            self.1.stop(stopping).await?;
        }
        Ok(())
    }
}

#[service_group]
struct Storage {
    log: Log,
    inner: Inner,
    #[group]
    group: GroupHandle,
    #[service(start = Probe::new("wal", log).stopping_for(200), stop_within = "2s")]
    wal: Probe,
    #[service(start = { let _ = (wal, group); Index::open(*inner, log).await? }, stop_within = "3s")]
    index: Index,
}

#[service_group(stop_within = "12s", lame_duck = "1s")]
struct App {
    log: Log,
    inner: Inner,
    #[service(start = Probe::new("base", log))]
    base: Probe,
    #[service(start = { let _ = base; Storage::start(log.clone(), *inner).await? })]
    storage: Running<Storage>,
    #[service(start = { let _ = storage; Probe::new("gateway", log).stopping_for(100) }, stop_within = "1s")]
    gateway: Probe,
}
