#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

fn main() {
    let port = 80;

    #[service_group]
    struct App {
        #[service(start = Server(port))]
        server: Server,
    }
}
