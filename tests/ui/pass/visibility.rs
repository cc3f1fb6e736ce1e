#![deny(warnings, missing_docs)]
//! A crate with private types in a public group.
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::{Server, Store};

mod inner {
    use super::{Server, service_group};

    /// Private.
    struct Config(u16);

    /// In a private module.
    #[service_group]
    pub(super) struct App {
        config: Config,
        #[service(start = Server(config.0))]
        server: Server,
    }

    #[service_group]
    pub(in crate::visibility::inner) struct Narrow {
        #[service(start = Server(1))]
        server: Server,
    }

    pub(super) fn run() {
        drop(App::run(Config(1)));
        drop(Narrow::run());
    }
}

/// Private.
struct Config;

/// Public.
#[service_group]
pub struct Public {
    config: Config,
    #[service(start = { let _ = config; Store }, stop = drop(store))]
    store: Store,
}

/// Makes the future of a run.
pub fn main() {
    inner::run();
    let _ = inner::App::PLAN;
    drop(Public::run(Config));
}
