#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::{Server, Store};

#[allow(dead_code)]
struct Routes {
    store: Store,
    port: u16,
}

mod nested {
    pub fn port() -> u16 {
        1
    }
}

#[service_group]
struct App {
    port: u16,
    make: fn(u16) -> Server,
    width: usize,
    #[service(start = Store, stop = drop(store))]
    store: Store,
    #[service(start = (make)(*port))]
    called: Server,
    #[service(start = Server(port().await))]
    not_called: Server,
    #[service(start = { let store = store.clone(); let Routes { store: _, port } = Routes { store, port: *port }; Server(port) })]
    shorthand: Server,
    #[service(start = Server(u16::try_from(format!("{port:>width$} {{store}} {:?}", nested::port()).len())?))]
    formatted: Server,
    #[service(start = Server(vec![*port, nested::port()].into_iter().map(|store| store).sum()))]
    in_macros: Server,
    #[service(start = Server(match (0..*port).len() { 0 => 1, _ if matches!(*port, 0..=9) => 2, _ => 3 }))]
    matched: Server,
    #[service(start = { let own = Server(*port); println!("{own:?}"); own })]
    own: Server,
    #[service(start = async { Server(shorthand.port()) }.await)]
    in_async: Server,
}

async fn port() -> u16 {
    1
}

pub fn main() {
    let needs = |name| {
        App::PLAN.service(name).unwrap().dependencies().len()
    };
    assert_eq!((needs("called"), needs("not_called"), needs("shorthand"), needs("formatted")), (0, 0, 1, 0));
    assert_eq!(needs("in_async"), 1);
    drop(App::run(1, Server, 4));
}
