//! One compile reports independent mistakes, whatever finds them: the macro, names, types, borrows.

#[path = "../support.rs"]
mod support;

use service_group::{Task, service_group};
use support::*;

#[service_group(stop_witin = "20s")]
struct App {
    port: u16,
    #[service(start = Store::open(*port)?, stop = wrong_type.close())]
    wrong_type: Store,
    #[service(start = Server::bnd(*port).await?)]
    no_function: Server,
    #[service(start = Task::spawn(|_| async { drop(wrong_type.clone()) }))]
    borrows: Task,
    #[service(start = Store, stpo = misspelt_key.close().await)]
    misspelt_key: Store,
    #[service(start = Server(itself.port()))]
    itself: Server,
    #[service(start = Server(1), stop = drop(port))]
    other_in_stop: Server,
    #[service(start = { let rc = std::rc::Rc::new(1); std::future::ready(()).await; Server(*rc) })]
    not_send: Server,
    #[service(start = Server(second.port()))]
    first: Server,
    #[service(start = Server(first.port()))]
    second: Server,
    #[service(start = Server(unknown))]
    unknown_name: Server,
    #[service(start = Store)]
    no_stop: Store,
}

#[tokio::main]
async fn main() {
    let _ = App::PLAN.services();
    drop(App::run(1).await);
}
