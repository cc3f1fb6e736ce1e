#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = {
        if std::env::args().count() > 1 {
            return Server(2);
        }
        Server(1)
    })]
    server: Server,
}

fn main() {}
