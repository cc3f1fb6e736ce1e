#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group(stop_within = "3s")]
struct Ingest {
    #[service(start = Server(1), stop_within = "4s")]
    server: Server,
}

#[service_group(stop_within = "5s")]
struct App {
    #[service(start = Ingest::start().await?)]
    ingest: service_group::Running<Ingest>,
    #[service(start = Server(ingest.server.port()), stop_within = "4s")]
    gateway: Server,
}

#[service_group(stop_within = "6s")]
struct Outermost {
    #[service(start = App::start().await?, stop_within = "7s")]
    app: service_group::Running<App>,
}

fn main() {}
