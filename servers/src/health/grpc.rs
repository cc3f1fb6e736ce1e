//! grpc.health.v1, which follows the group.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::{Request as HttpRequest, Response as HttpResponse};
use futures_util::{FutureExt, Stream};
use service_group::plan::ServicePlan;
use service_group::status::{ServiceState, ServiceStatus};
use service_group::{GroupHandle, Key, ServiceGroup};
use tokio_util::task::AbortOnDropHandle;
use tonic::codegen::{BoxFuture, StdError};
use tonic::server::NamedService;
use tonic::{Request, Response, Status};
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_health::server::{HealthReporter, HealthService};
use tower_service::Service;

/// How often the checks run while a `Watch` is open.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// Returns the service `grpc.health.v1.Health`, for the routes of a gRPC server.
///
/// While the group is ready, `""` and the name of each service are `SERVING`. Before that, and from the start of the lame
/// duck on, they are `NOT_SERVING`. A `Check` runs the [checks](GroupHandle::check) of the group first; while a `Watch` is
/// open, they run every 5 s. [`GrpcHealth::name`] adds the names of gRPC services.
///
/// # Panics
///
/// Outside of a tokio runtime: a task follows the group until that has stopped.
#[must_use]
pub fn grpc(group: &GroupHandle) -> GrpcHealth {
    let reporter = HealthReporter::new();
    let statuses = Arc::new(ReportedStatuses {
        group: group.clone(),
        reporter: reporter.clone(),
        names: Mutex::default(),
        last: tokio::sync::Mutex::default(),
    });
    // Ready at once: no other task has the lock of the reporter yet.
    statuses.report().now_or_never();
    tokio::spawn(follow(Arc::clone(&statuses)));
    let inner = HealthService::from_health_reporter(reporter);
    let follower = Follower { statuses: Arc::clone(&statuses), inner: Arc::new(inner) };
    GrpcHealth { server: HealthServer::new(follower), statuses }
}

/// The service `grpc.health.v1.Health` of a group, returned by [`grpc`].
#[derive(Clone)]
pub struct GrpcHealth {
    server: HealthServer<Follower>,
    statuses: Arc<ReportedStatuses>,
}

impl GrpcHealth {
    /// Makes the name of a gRPC service, for example `orders.v1.Orders`, follow a service of the group, beside the name of its
    /// field. That is the name that clients ask for.
    ///
    /// ```
    /// use service_group::{GroupHandle, Task, service_group};
    /// use service_group_servers::health;
    ///
    /// #[service_group]
    /// struct App {
    ///     #[group]
    ///     group: GroupHandle,
    ///     #[service(start = Task::spawn(async |_| ()))]
    ///     orders: Task,
    ///     #[service(start = {
    ///         let health = health::grpc(group).name(App::KEYS.orders, "orders.v1.Orders");
    ///         drop(health); // goes into the routes of a `GrpcServer`
    ///     })]
    ///     rpc: (),
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # assert!(App::start().await.unwrap().stop().await.is_clean());
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the key is one of another group than the handle.
    #[must_use]
    pub fn name<A: ServiceGroup, S>(self, service: Key<A, S>, name: impl Into<String>) -> Self {
        let (of_key, own) = (A::PLAN, self.statuses.group.plan());
        let field = of_key.services()[service.id().index()].name();
        assert!(
            of_key.name() == own.name() && own.service(field).is_some(),
            "the key of `{field}` belongs to the group `{}`, and the health service to `{}`",
            of_key.name(),
            own.name()
        );
        self.statuses.names().insert(name.into(), field);
        // Ready at once, unless the task that follows the group is reporting, which then reports this name too.
        self.statuses.report().now_or_never();
        self
    }
}

/// Returns the name of each service, and whether it is ready: it runs or is done, and does not fail its check.
fn services(group: &GroupHandle) -> Vec<(&'static str, bool)> {
    let names = group.plan().services().iter().map(ServicePlan::name);
    let is_ready = |service: &ServiceStatus| {
        matches!(service.state, ServiceState::Running | ServiceState::Done) && service.check_failure.is_none()
    };
    names.zip(group.status().services.iter().map(is_ready)).collect()
}

/// Reports the statuses of a group until it has stopped.
async fn follow(statuses: Arc<ReportedStatuses>) {
    let mut changes = statuses.group.changes();
    while changes.next().await.is_some() {
        statuses.report().await;
    }
}

/// The statuses that were reported last: watchers are notified of changes only.
struct ReportedStatuses {
    group: GroupHandle,
    reporter: HealthReporter,
    /// The names of gRPC services, with the services that they follow.
    names: Mutex<BTreeMap<String, &'static str>>,
    last: tokio::sync::Mutex<HashMap<String, ServingStatus>>,
}

impl ReportedStatuses {
    fn names(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, &'static str>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn current(&self) -> Vec<(String, ServingStatus)> {
        let ready = self.group.is_ready();
        let status = |serving| if serving { ServingStatus::Serving } else { ServingStatus::NotServing };
        let services = services(&self.group);
        let named = self.names().clone().into_iter().map(|(name, field)| {
            let up = services.iter().any(|(name, up)| *name == field && *up);
            (name, status(ready && up))
        });
        let own = services.iter().map(|(name, up)| ((*name).to_owned(), status(ready && *up)));
        std::iter::once((String::new(), status(ready))).chain(own).chain(named).collect()
    }

    async fn report(&self) {
        let mut last = self.last.lock().await;
        for (name, status) in self.current() {
            if last.insert(name.clone(), status) != Some(status) {
                self.reporter.set_service_status(name, status).await;
            }
        }
    }

    /// Runs the checks, and reports what they found.
    async fn check(&self) {
        drop(self.group.check().await);
        self.report().await;
    }
}

/// The health service of tonic, which runs the checks of the group before it answers.
#[derive(Clone)]
struct Follower {
    statuses: Arc<ReportedStatuses>,
    inner: Arc<HealthService>,
}

#[tonic::async_trait]
impl Health for Follower {
    type WatchStream = Watch;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        self.statuses.check().await;
        self.inner.check(request).await
    }

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Watch>, Status> {
        let stream = self.inner.watch(request).await?.into_inner();
        let statuses = Arc::clone(&self.statuses);
        let checks = tokio::spawn(async move {
            loop {
                statuses.check().await;
                tokio::time::sleep(CHECK_EVERY).await;
            }
        });
        Ok(Response::new(Watch { stream: Box::pin(stream), _checks: AbortOnDropHandle::new(checks) }))
    }
}

/// An open `Watch`. The checks run as long as it is open.
struct Watch {
    stream: Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>,
    _checks: AbortOnDropHandle<()>,
}

impl Stream for Watch {
    type Item = Result<HealthCheckResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stream.as_mut().poll_next(cx)
    }
}

impl NamedService for GrpcHealth {
    const NAME: &'static str = "grpc.health.v1.Health";
}

impl<B> Service<HttpRequest<B>> for GrpcHealth
where
    B: http_body::Body + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = HttpResponse<tonic::body::Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Service::<HttpRequest<B>>::poll_ready(&mut self.server, cx)
    }

    fn call(&mut self, request: HttpRequest<B>) -> Self::Future {
        self.server.call(request)
    }
}

impl fmt::Debug for GrpcHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcHealth").field("names", &*self.statuses.names()).finish_non_exhaustive()
    }
}
