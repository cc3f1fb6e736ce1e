#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

use std::collections::BTreeMap;
#[allow(unused_imports)]
use std::sync::Mutex;

#[service_group]
struct App {
    ports: Mutex<BTreeMap<String, u16>>,
    #[service(start = { ports.lock().expect("no panic").insert("health".to_owned(), 1); Server(1) })]
    server: Server,
}

fn main() {}
