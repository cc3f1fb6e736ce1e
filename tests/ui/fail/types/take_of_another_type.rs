#[path = "../../support.rs"]
mod support;

use service_group::{Take, service_group};
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    port: Take<u16>,
    #[service(start = Server(port.take()?))]
    server: Server,
}

fn run() {
    let _ = App::run("8080");
}

fn main() {}
