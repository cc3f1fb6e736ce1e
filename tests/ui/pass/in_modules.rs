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
        pub(in crate::in_modules::same) server: Server,
    }

    fn port() -> u16 {
        1
    }
}

/// A trait of the user's own with the name of the library's.
pub mod own_trait {
    use service_group::{BoxError, StopContext};

    pub trait Service: Send {}
    impl Service for u16 {}
    impl service_group::Service for Box<dyn self::Service> {
        async fn stop(self, _: StopContext) -> Result<(), BoxError> {
            Ok(())
        }
    }

    #[service_group::service_group]
    pub struct App {
        #[service(start = Box::new(1_u16), stop = drop(stopped))]
        stopped: Box<dyn Service>,
        #[service(start = Box::new(2_u16))]
        service: Box<dyn self::Service>,
    }
}

pub fn main() {
    drop((App::run(), same::App::run(), own_trait::App::run()));
}
