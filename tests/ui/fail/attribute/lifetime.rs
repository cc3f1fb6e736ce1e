#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App<'a> {
    name: &'a str,
    #[service(start = Server(name.len() as u16))]
    server: Server,
}

async fn run() {
    App::run("name").await;
    let _ = App::start("name").await;
}

fn main() {}
