#![deny(warnings, clippy::unwrap_used, clippy::used_underscore_binding, clippy::shadow_same)]
#[path = "../support.rs"]
mod support;

use service_group::{GroupHandle, Task, service_group};
use support::{Server, Store};

#[deprecated]
#[derive(Clone)]
struct Old;

#[deprecated]
fn old() -> Result<Store, std::fmt::Error> {
    Ok(Store)
}

/// Levels on a field hold for its expressions, for its type, and for its name.
#[service_group]
struct App {
    #[group]
    group: GroupHandle,
    #[allow(deprecated, reason = "an input")]
    input: Old,
    #[expect(deprecated)]
    #[service(start = old()?, stop = { if false { old()?; } drop(store) })]
    store: Store,
    #[expect(deprecated)]
    #[service(start = Old, stop = drop(old_service))]
    old_service: Old,
    #[cfg_attr(all(), allow(deprecated))]
    #[service(start = { let _: &Old = input; Task::spawn({ let group = group.clone(); |_| async move { drop(group) } }) })]
    task: Task,
    #[service(start = Server(1))]
    gateway: Server,
    #[service(start = gateway.port().into(), stop = drop(number))]
    number: u32,
    _guard: u8,
}

/// Levels on the struct hold for all of it.
#[allow(deprecated, non_snake_case)]
#[service_group]
struct Whole {
    Old: Old,
    #[service(start = old()?, stop = drop(store))]
    store: Store,
}

/// What is generated for a deprecated group does not use it.
#[deprecated(note = "use `Whole`")]
#[service_group]
struct Former {
    #[service(start = Server(1))]
    server: Server,
}

#[expect(clippy::unwrap_used, deprecated)]
#[service_group]
struct Expecting {
    #[service(start = old().unwrap(), stop = drop(store))]
    store: Store,
}

#[allow(deprecated)]
pub fn main() {
    drop((App::run(Old, 0), Whole::run(Old), Former::run(), Expecting::run()));
}
