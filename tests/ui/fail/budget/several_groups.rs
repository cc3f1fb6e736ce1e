#[path = "../../support.rs"]
mod support;

use std::collections::BTreeMap;

use service_group::{Running, service_group, start_each, start_each_keyed};
#[allow(unused_imports)]
use support::*;

#[service_group]
struct Shard {
    #[service(start = Server(1), stop_within = "8s")]
    server: Server,
}

#[service_group(stop_within = "7s")]
struct App {
    #[service(start = start_each([Shard::start()]).await?)]
    shards: Vec<Running<Shard>>,
}

#[service_group]
struct Capped {
    #[service(start = start_each_keyed([("a", Shard::start())]).await?, stop_within = "5s")]
    shards: BTreeMap<&'static str, Running<Shard>>,
}

fn main() {}
