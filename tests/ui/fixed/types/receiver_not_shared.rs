#[path = "../../support.rs"]
mod support;

use service_group::{Take, service_group};
#[allow(unused_imports)]
use support::*;

use std::sync::mpsc::Receiver;

#[service_group]
struct App {
    letters: Take<Receiver<u16>>,
    #[service(start = Server(letters.take()?.recv()?))]
    server: Server,
}

fn main() {}
