//! The group of all services of this process. The fields that each start names determine the order.

use service_group::{GroupHandle, Task, service_group};
use service_group_servers::{GrpcServer, HttpServer};

use crate::limits::Limits;
use crate::options::Options;
use crate::store::Store;
use crate::telemetry::Telemetry;
use crate::upstream::Upstream;
use crate::{admin, gateway, rpc, totals};

/// An HTTP gateway in front of a gRPC service over a store.
#[service_group(stop_within = "25s", start_within = "10s")]
pub(crate) struct App {
    options: Options,

    #[group]
    group: GroupHandle,

    #[service(start = Telemetry::new(&options.data), first)]
    telemetry: Telemetry,

    // A file with a mistake ends the start before anything is opened. SIGHUP reads it again.
    #[service(
        start = Limits::open(options.limits.as_deref()).await?,
        stop = drop(limits),
        reload = limits.reload().await,
        first,
        after(telemetry),
        stop_within = "100ms"
    )]
    limits: Limits,

    // It is `first` too, so that it shows the start and the stop of nearly all services.
    #[service(start = admin::start(options, group).await?, first, after(limits), stop_within = "1s")]
    admin: HttpServer,

    // A step. `gateway-rpc migrate` runs it alone: it needs nothing else.
    #[service(start = Store::migrate(&options.data).await?)]
    pub(crate) migrations: (),

    #[service(
        start = Store::open(&options.data, options.fail_check).await?,
        stop = store.close().await,
        check = store.ping().await,
        after(migrations)
    )]
    store: Store,

    #[service(start = Task::spawn(|stop| totals::keep(store.clone(), stop)), stop_within = "2s")]
    totals: Task,

    // It does not use the totals. With `after(totals)` it stops before them, so that they count its last order.
    #[service(start = rpc::start(options, store, limits, telemetry, group).await?, after(totals), stop_within = "6s")]
    pub(crate) rpc: GrpcServer,

    // It names `rpc`, so it starts after the server that it calls. A server that does not answer yet is asked again.
    #[service(
        start = Upstream::connect(rpc.channel()?).await?,
        stop = drop(upstream),
        stop_within = "100ms",
        retry = "100ms..1s"
    )]
    upstream: Upstream,

    // It uses `upstream`, and so it stops before that and before `rpc`.
    #[service(start = gateway::start(options, upstream, telemetry, group).await?, stop_within = "6s")]
    gateway: HttpServer,
}

#[cfg(test)]
mod tests;
