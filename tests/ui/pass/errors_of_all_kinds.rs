#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::Server;

fn text() -> Result<u16, String> {
    Ok(1)
}

#[service_group]
struct App {
    #[service(start = Server(text()?))]
    string: Server,
    #[service(start = Server("1".parse()?))]
    parse: Server,
    #[service(start = Server(Err::<u16, service_group::BoxError>("no".into())?))]
    boxed: Server,
    #[service(start = todo!())]
    later: Server,
    #[service(start = return Err("never".into()))]
    returns: Server,
}

pub fn main() {
    drop(App::run());
}
