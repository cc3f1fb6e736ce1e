//! An `HttpServer` in a group.

use service_group::{Outcome, service_group};
use service_group_benches::router;
use service_group_servers::HttpServer;

#[service_group]
struct App {
    #[service(start = HttpServer::bind("127.0.0.1:0", router()).await?)]
    server: HttpServer,

    #[service(start = println!("{}", server.local_addr()))]
    address: (),
}

#[tokio::main]
async fn main() -> Outcome {
    App::run().await
}
