#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::Server;

#[service_group()]
struct Defaults {
    #[service(start = Server(1),)]
    server: Server,
}

#[service_group(stop_order(), lame_duck = "0s",)]
struct App {
    #[service(start = Server(1), after())]
    one: Server,
    #[service(start = Server(1), after(one,),)]
    two: Server,
}

#[service_group(stop_order(server))]
struct One {
    #[service(start = Server(1))]
    server: Server,
}

pub fn main() {
    drop((Defaults::run(), App::run(), One::run()));
}
