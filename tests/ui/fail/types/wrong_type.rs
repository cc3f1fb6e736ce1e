#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Store)]
    server: Server,
    #[service(start = Server::bind(1).await)]
    no_question_mark: Server,
    #[service(start = Server::bind(1)?)]
    no_await: Server,
    #[service(start = Server(server.port))]
    method: Server,
    #[service(start = Server(**shared))]
    borrowed: Server,
    shared: u16,
}

fn main() {}
