#![deny(warnings)]

#[path = "../support.rs"]
mod support;

use std::sync::{Arc, OnceLock};

use service_group::service_group;
use support::Server;

/// Types that mention `Self`, and expressions that use its constants.
#[service_group]
struct App<T: Send + Sync + 'static> {
    given: T,
    peers: Arc<OnceLock<Box<Self>>>,
    #[service(start = { let _ = (given, peers.get()); Server(Self::PORT) })]
    server: Server,
}

impl<T: Send + Sync + 'static> App<T> {
    const PORT: u16 = 1;
}

pub fn main() {
    drop(App::run("given", Arc::default()));
}
