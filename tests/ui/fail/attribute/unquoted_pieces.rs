#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group(lame_duck = 1m 30s)]
struct App {
    #[service(start = Server(1), start_within = 3 s, stop_within = 0 s)]
    server: Server,
    #[service(start = Server(1), start_within = 3foo, stop_within = 3u64)]
    other: Server,
    // A comma is missing, and not the quotes.
    #[service(start = Server(1), stop_within = "3s" after(server))]
    last: Server,
}

fn main() {}
