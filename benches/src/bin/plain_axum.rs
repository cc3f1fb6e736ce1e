//! `axum::serve` with `with_graceful_shutdown`, as one writes it by hand.

use std::io;

use service_group_benches::{router, signals};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let stop = signals();
    println!("{}", listener.local_addr()?);
    axum::serve(listener, router()).with_graceful_shutdown(stop).await
}
