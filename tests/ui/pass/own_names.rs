#![deny(warnings)]

#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::Server;

/// Fields with the names of locals, functions and parameters in generated code.
#[service_group(stop_within = "40s")]
struct App {
    value: u16,
    cells: u16,
    of: u16,
    call: u16,
    #[service(start = Server(*value + *cells + *of + *call))]
    start: Server,
    #[service(start = Server(start.port()))]
    run: Server,
    #[service(start = Server(run.port() + *cells), stop = drop(runner))]
    runner: Server,
    #[service(start = Server(runner.port() + run.port()))]
    group: Server,
    #[service(start = Server(group.port()), stop = println!("{context:?}"))]
    context: Server,
    #[service(start = Server({ let _ = context; *value }))]
    handle: Server,
    #[service(start = Server(handle.port()))]
    value0: Server,
    #[service(start = Server(value0.port()))]
    inputs: Server,
}

pub fn main() {
    drop(App::run(1, 2, 3, 4));
}
