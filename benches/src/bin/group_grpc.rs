//! A `GrpcServer` in a group.

use service_group::{Outcome, service_group};
use service_group_benches::routes;
use service_group_servers::GrpcServer;

#[service_group]
struct App {
    #[service(start = GrpcServer::bind("127.0.0.1:0", routes()).await?)]
    server: GrpcServer,

    #[service(start = println!("{}", server.local_addr()))]
    address: (),
}

#[tokio::main]
async fn main() -> Outcome {
    App::run().await
}
