#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App(u16, #[service(start = Server(1))] Server);

async fn run() {
    App::run(1).await;
}

fn main() {}
