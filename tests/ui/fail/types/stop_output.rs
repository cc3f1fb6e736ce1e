#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Store, stop = forgotten.close())]
    forgotten: Store,
    #[service(start = Store, stop = wrong.close().await.is_ok())]
    wrong: Store,
}

fn main() {}
