#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::{Server, Store};

fn finish(_: Store) -> Result<(), String> {
    Ok(())
}

#[service_group]
struct App {
    #[service(start = Store, stop = ())]
    nothing: Store,
    #[service(start = Store, stop = drop(dropped))]
    dropped: Store,
    #[service(start = Store, stop = awaited.close().await)]
    awaited: Store,
    #[service(start = Store, stop = finish(text))]
    text: Store,
    #[service(start = Store, stop = { asked.close().await?; Ok::<(), std::io::Error>(()) })]
    asked: Store,
    #[service(start = Store, stop = { flushed.flush(); flushed.close().await?; })]
    flushed: Store,
    #[service(start = 7, stop = println!("{number}"))]
    number: u32,
    #[service(start = (), stop = ())]
    unit: (),
    #[service(start = Server(1), stop = drop(server))]
    server: Server,
}

pub fn main() {
    drop(App::run());
}
