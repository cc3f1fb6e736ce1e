#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::Server;

#[service_group]
pub struct App {
    #[service(start = Server(1))]
    pub server: Server,
}

pub mod same {
    use super::Server;

    /// The same name in another module, and the attribute by its full path.
    #[service_group::service_group]
    pub struct App {
        #[service(start = super::App::start().await?)]
        pub app: service_group::Running<super::App>,
        #[service(start = Server(self::port() + app.server.port()))]
        pub(in crate::same) server: Server,
    }

    fn port() -> u16 {
        1
    }
}

fn main() {
    drop((App::run(), same::App::run()));
}
