#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::Server;

macro_rules! group {
    ($name:ident($($input:ident: $in:ty),*) $first:ident then $second:ident using($($used:ident)*) within $within:literal) => {
        #[service_group(stop_within = $within, stop_order($second, $first))]
        struct $name {
            $($input: $in,)*
            #[service(start = Server(1 $(+ *$used)*))]
            $first: Server,
            #[service(start = Server($first.port()), after($first), stop_within = "9s")]
            $second: Server,
        }
    };
}

group!(App(port: u16, other: u16) rpc then gateway using(port other) within "30s");
group!(Other() rpc then gateway using() within "30s");

pub fn main() {
    drop((App::run(1, 2), Other::run()));
}
