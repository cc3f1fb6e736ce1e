//! tonic's server with `serve_with_incoming_shutdown`, as one writes it by hand.

use std::error::Error;

use service_group_benches::{routes, signals};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let incoming = TcpIncoming::bind(([127, 0, 0, 1], 0).into())?.with_nodelay(Some(true));
    let stop = signals();
    println!("{}", incoming.local_addr()?);
    Server::builder().add_routes(routes()).serve_with_incoming_shutdown(incoming, stop).await?;
    Ok(())
}
