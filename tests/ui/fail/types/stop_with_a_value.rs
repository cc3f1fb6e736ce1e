#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

async fn drain(_: Store) -> Result<usize, std::io::Error> {
    Ok(1)
}

#[service_group]
struct App {
    #[service(start = Store, stop = drain(store).await)]
    store: Store,
}

fn main() {}
