//! grpc.health.v1, which follows the group.

use std::collections::HashMap;

use futures_util::FutureExt;
use service_group::GroupHandle;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

/// Returns the service `grpc.health.v1.Health`, for the routes of a gRPC server.
///
/// While the group is ready, `""` and the name of each service are `SERVING`. Before that, and from the start of the lame
/// duck on, they are `NOT_SERVING`.
///
/// # Panics
///
/// Outside of a tokio runtime: a task follows the group until that has stopped.
#[must_use]
pub fn grpc(group: &GroupHandle) -> HealthServer<HealthService> {
    let reporter = HealthReporter::new();
    let mut statuses = ReportedStatuses { reporter: reporter.clone(), last: HashMap::new() };
    // Ready at once: no other task has the lock of the reporter yet.
    statuses.report(current(group)).now_or_never();
    tokio::spawn(follow(statuses, group.clone()));
    HealthServer::new(HealthService::from_health_reporter(reporter))
}

/// Reports the statuses of a group until it has stopped.
async fn follow(mut statuses: ReportedStatuses, group: GroupHandle) {
    let mut changes = group.changes();
    while changes.next().await.is_some() {
        statuses.report(current(&group)).await;
    }
}

fn current(group: &GroupHandle) -> Vec<(&'static str, ServingStatus)> {
    let ready = group.is_ready();
    let status = |serving| if serving { ServingStatus::Serving } else { ServingStatus::NotServing };
    let services = super::services(group).into_iter().map(|(name, up)| (name, status(ready && up)));
    std::iter::once(("", status(ready))).chain(services).collect()
}

/// The statuses that were reported last: watchers are notified of changes only.
struct ReportedStatuses {
    reporter: HealthReporter,
    last: HashMap<&'static str, ServingStatus>,
}

impl ReportedStatuses {
    async fn report(&mut self, statuses: Vec<(&'static str, ServingStatus)>) {
        for (name, status) in statuses {
            if self.last.insert(name, status) != Some(status) {
                self.reporter.set_service_status(name, status).await;
            }
        }
    }
}
