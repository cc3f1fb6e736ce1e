#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::Server;

/// A guard: its drop ends something.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {}
}

/// An input that no start names is kept and dropped last, and causes no warning.
#[service_group]
struct App {
    guard: Guard,
    never_read: u16,
    read_later: u16,
    #[service(start = Server(1))]
    never_named: Server,
}

async fn read() -> Result<u16, service_group::StartError> {
    Ok(App::start(Guard, 1, 2).await?.read_later)
}

pub fn main() {
    drop((App::run(Guard, 1, 2), read()));
}
