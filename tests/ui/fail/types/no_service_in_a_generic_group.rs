#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App<T: Default + Send + Sync + 'static> {
    #[service(start = Vec::<T>::default())]
    store: Vec<T>,
    #[service(start = { let _ = store; Server(1) })]
    server: Server,
}

fn main() {}
