#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::Server;

#[derive(Debug)]
/// Derives above and below the attribute.
#[service_group]
#[derive(Default)]
#[allow(dead_code)]
#[doc(alias = "process")]
pub struct App {
    /// A documented input.
    #[doc(alias = "configuration")]
    pub config: u16,
    /// A documented service.
    #[service(start = Server(*config))]
    pub(crate) server: Server,
}

pub fn main() {
    println!("{:?}", App::default());
    drop(App::run(1));
}
