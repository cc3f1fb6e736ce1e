#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Server(mail.port()))]
    cache: Server,
    #[service(start = Server(cache.port()))]
    api: Server,
    #[service(start = Server(api.port() + audit.port()))]
    mail: Server,
    #[service(start = Server(1), after(mail))]
    audit: Server,
}

fn main() {}
