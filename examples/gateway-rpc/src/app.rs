//! The group of all services of this process. The fields that each start names determine the order.

use service_group::{GroupHandle, Task, service_group};
use service_group_servers::{GrpcServer, HttpServer};

use crate::options::Options;
use crate::store::Store;
use crate::telemetry::Telemetry;
use crate::{admin, gateway, rpc, totals};

/// An HTTP gateway in front of a gRPC service over a store.
#[service_group(stop_within = "25s")]
pub(crate) struct App {
    options: Options,

    #[group]
    group: GroupHandle,

    #[service(start = Telemetry::new(&options.data), first)]
    telemetry: Telemetry,

    // It is `first` too, so that it shows the start and the stop of all services except the telemetry.
    #[service(start = admin::start(options, group).await?, first, after(telemetry), stop_within = "1s")]
    admin: HttpServer,

    #[service(start = Store::open(&options.data).await?, stop = store.close().await)]
    store: Store,

    #[service(start = Task::spawn(|stop| totals::keep(store.clone(), stop)), stop_within = "2s")]
    totals: Task,

    // It does not use the totals. With `after(totals)` it stops before them, so that they count its last order.
    #[service(start = rpc::start(options, store, telemetry, group).await?, after(totals), stop_within = "6s")]
    rpc: GrpcServer,

    // It names `rpc`, so it starts after the server that it calls and stops before it.
    #[service(start = gateway::start(options, rpc.channel()?, telemetry, group).await?, stop_within = "6s")]
    gateway: HttpServer,
}

#[cfg(test)]
mod tests;
