#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Store, stop = { |store: Store| store.close() })]
    store: Store,
    #[service(start = Store, stop = drop(other), reload = (async |other: Store| other.ping().await))]
    other: Store,
    #[service(start = Store, stop = async move |store: Store| store.close().await)]
    r#type: Store,
}

fn main() {}
