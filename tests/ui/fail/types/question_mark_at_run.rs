#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Server(1))]
    server: Server,
}

async fn entry() -> Result<(), Box<dyn std::error::Error>> {
    App::run().await?;
    Ok(())
}

fn main() {
    drop(entry());
}
