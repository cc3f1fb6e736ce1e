#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::Server;

macro_rules! group {
    ($name:ident { $($field:ident: $ty:ty = $start:expr),* $(,)? } $within:literal) => {
        #[service_group(stop_within = $within, stop_order(own, server))]
        struct $name {
            port: u16,
            $(#[service(start = $start, stop_within = "5s")] $field: $ty,)*
            #[service(start = Server(*port))]
            own: Server,
        }
    };
}

group!(App { server: Server = Server(1), second: Server = Server(server.port()) } "20s");

macro_rules! within {
    ($within:literal) => {
        $within
    };
}

#[service_group]
struct Other {
    #[service(start = Server(within!(3)))]
    server: Server,
}

pub fn main() {
    drop(App::run(1));
    drop(Other::run());
}
