//! Ten mistakes, reported in one compile.

#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::*;

#[service_group(stop_within = 25, lame_dcuk = "1s", stop_order(a, nowhere))]
struct App {
    config: u16,
    #[service(start = Server(b.port()))]
    a: Server,
    #[service(start = Server(a.port()), start_within = "0s")]
    b: Server,
    #[service(stop_within = "5s")]
    c: Server,
    #[service(start = Store, stop = { println!("{config}"); drop(d) })]
    d: Store,
    #[service(start = Server(1), after(config), first, last)]
    e: Server,
    #[service(start = Server(1))]
    #[service(start = Server(2))]
    f: Server,
}

fn main() {}
