//! grpc.health.v1, kept true to the group.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use futures_util::FutureExt;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use super::{Health, HealthSource};

impl Health {
    /// The service `grpc.health.v1.Health`, to be added to the routes of a gRPC server.
    ///
    /// While the group is ready, `""` and the name of each service are `SERVING`; from the begin of the lame duck on,
    /// and before, they are `NOT_SERVING`.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime: a task follows the group until that ends.
    #[must_use]
    pub fn grpc(&self) -> HealthServer<HealthService> {
        let reporter = HealthReporter::new();
        let mut told = Told { reporter: reporter.clone(), statuses: HashMap::new() };
        // Nobody else holds its lock yet.
        told.tell(statuses(&*self.source)).now_or_never();
        tokio::spawn(follow(told, Arc::downgrade(&self.source), self.source.changed()));
        HealthServer::new(HealthService::from_health_reporter(reporter))
    }
}

/// Follows the group without keeping it alive.
async fn follow(
    mut told: Told,
    source: Weak<dyn HealthSource>,
    mut changed: tokio::sync::watch::Receiver<u64>,
) {
    changed.mark_changed();
    while changed.changed().await.is_ok()
        && let Some(statuses) = source.upgrade().map(|source| statuses(&*source))
    {
        told.tell(statuses).await;
        if source.upgrade().is_none_or(|source| source.ended()) {
            break;
        }
    }
    let ended = told.statuses.keys().map(|name| (*name, ServingStatus::NotServing)).collect();
    told.tell(ended).await;
}

fn statuses(source: &dyn HealthSource) -> Vec<(&'static str, ServingStatus)> {
    let ready = source.ready();
    let status = |serving| if serving { ServingStatus::Serving } else { ServingStatus::NotServing };
    let services = source.services().into_iter().map(|(name, up)| (name, status(ready && up)));
    std::iter::once(("", status(ready))).chain(services).collect()
}

/// What was told last: watchers hear of changes only.
struct Told {
    reporter: HealthReporter,
    statuses: HashMap<&'static str, ServingStatus>,
}

impl Told {
    async fn tell(&mut self, statuses: Vec<(&'static str, ServingStatus)>) {
        for (name, status) in statuses {
            if self.statuses.insert(name, status) != Some(status) {
                self.reporter.set_service_status(name, status).await;
            }
        }
    }
}
