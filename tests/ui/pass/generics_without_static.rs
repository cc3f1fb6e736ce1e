#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use std::fmt::Debug;

use service_group::{Running, StartError, service_group};
use support::Server;

/// Without `'static` in its bounds, a group is one for the types that are `'static`.
#[service_group]
struct App<T: Send + Sync, B, C: Debug>
where
    B: Clone + Send,
    C: Send + Sync,
{
    value: T,
    other: B,
    shown: C,
    #[service(start = { let _ = value; Server(format!("{shown:?}").len() as u16) })]
    server: Server,
}

async fn start<T: Send + Sync + 'static>(value: T) -> Result<Running<App<T, u8, ()>>, StartError> {
    App::start(value, 1, ()).await
}

pub fn main() {
    drop((start(""), App::run(1, "", ())));
    let _: Option<App<&str, &str, &str>> = None;
}
