//! What is started and stopped: services of a group, and the peers that do the same work.

use std::time::Duration;

use service_group::{Plan, Service, Task};

use crate::{Random, Shape, Timed, bare, graceful_shutdown, runner};

/// One start and stop of many services or tasks that do nothing.
#[derive(Debug)]
pub enum Lifecycle {
    /// Tasks of tokio that wait on a token each.
    Bare(u32),
    /// Subsystems of tokio-graceful-shutdown with these names.
    Subsystems(&'static [String]),
    /// Services without a running task.
    Services(Plan),
    /// Services with a running task each, as the peers have.
    Tasks(Plan),
}

impl Lifecycle {
    /// All that are compared, with so many services each: bare tokio first, then tokio-graceful-shutdown.
    ///
    /// What they point to is never freed.
    #[must_use]
    pub fn all(services: u32) -> [(&'static str, Self); 6] {
        let count = services as usize;
        let names: Vec<_> = (0..count).map(|index| format!("service_{index}")).collect();
        let [independent, random] = [Shape::independent(count), Shape::random(count, &mut Random::new(1))];
        [
            ("bare tokio: spawn, cancel, join", Self::Bare(services)),
            ("tokio-graceful-shutdown: subsystems", Self::Subsystems(names.leak())),
            ("services, independent", Self::services(&independent)),
            ("services, 2 edges each", Self::services(&random)),
            ("`Task` services, independent", Self::Tasks(independent.plan::<Task>())),
            ("`Task` services, 2 edges each", Self::Tasks(random.plan::<Task>())),
        ]
    }

    /// A group of this shape.
    #[must_use]
    pub fn services(shape: &Shape) -> Self {
        Self::Services(shape.plan::<Timed>())
    }

    /// Starts and stops all.
    ///
    /// # Panics
    ///
    /// When a start or a stop fails.
    pub async fn run(&self) {
        match self {
            Self::Bare(tasks) => bare(*tasks).await,
            Self::Subsystems(names) => graceful_shutdown(names).await,
            Self::Services(plan) => group(plan.clone(), |_| Timed(Duration::ZERO)).await,
            Self::Tasks(plan) => {
                let waiting = |_| {
                    Task::spawn(|stop| async move {
                        stop.requested().await;
                    })
                };
                group(plan.clone(), waiting).await;
            }
        }
    }
}

async fn group<S: Service + Sync>(plan: Plan, make: fn(usize) -> S) {
    let running = runner(plan, make).start().await.expect("all services start");
    drop(running.stop().await);
}
