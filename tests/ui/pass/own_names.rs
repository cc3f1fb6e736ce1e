#![deny(warnings)]

#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::Server;

/// Fields with the names that generated code might use itself.
#[service_group(stop_within = "40s")]
struct App {
    value: u16,
    cells: u16,
    of: u16,
    #[service(start = Server(*value + *cells + *of))]
    start: Server,
    #[service(start = Server(start.port()))]
    run: Server,
    #[service(start = Server(run.port() + *cells), stop = drop(runner))]
    runner: Server,
    #[service(start = Server(runner.port() + run.port()))]
    group: Server,
    #[service(start = Server(group.port()), stop = println!("{stopping:?}"))]
    stopping: Server,
    #[service(start = Server({ let _ = stopping; *value }))]
    membership: Server,
    #[service(start = Server(membership.port()))]
    inputs: Server,
}

fn main() {
    drop(App::run(1, 2, 3));
}
