#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

use std::sync::mpsc::Receiver;

#[service_group]
struct App {
    letters: Receiver<u16>,
    #[service(start = Server(letters.recv()?))]
    server: Server,
}

fn main() {}
