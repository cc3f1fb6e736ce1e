#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::Server;

/// A local with the name of a field only adds an edge.
#[service_group]
struct App {
    port: u16,
    #[service(start = Server(*port))]
    rpc: Server,
    #[service(start = { let rpc = 2; Server(rpc) })]
    local: Server,
    #[service(start = Server(Some(1).map_or(2, |rpc| rpc)))]
    parameter: Server,
    #[service(start = match Some(3) { Some(rpc) => Server(rpc), None => Server(1) })]
    pattern: Server,
    #[service(start = { let own = Server(*port); own })]
    own: Server,
    #[service(start = { fn port() -> u16 { 1 } Server(port()) })]
    function: Server,
}

pub fn main() {
    let needs: Vec<usize> = App::PLAN.services().iter().map(|service| service.dependencies().len()).collect();
    assert_eq!(needs, [0, 1, 1, 1, 0, 0]);
    drop(App::run(1));
}
