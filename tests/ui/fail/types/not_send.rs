#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

use std::rc::Rc;

#[service_group]
struct App {
    config: u16,
    #[service(start = {
        let port = Rc::new(*config);
        let server = Server::bind(*port).await?;
        drop(port);
        server
    })]
    server: Server,
    #[service(start = Store, stop = { let rc = Rc::new(1); store.close().await?; drop(rc) })]
    store: Store,
}

fn main() {}
