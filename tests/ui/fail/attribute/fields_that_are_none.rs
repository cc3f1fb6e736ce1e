#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    port,
    #[service(start = Server(port.len() as u16))]
    server: Server,
}

#[service_group]
struct Generic<T: Send + Sync + 'static> {
    values: std::collections::HashMap<String, T>,,
    #[service(start = Server(values.len() as u16))]
    server: Server,
    fn hello() {}
}

#[service_group]
struct Last {
    let port: u16,
    #[service(start = Server(*port))]
    server: Server,
    #[service(start = Server(1))]
}

fn main() {
    let _ = (App::run(1), Generic::<u8>::PLAN, Last::start(1));
}
