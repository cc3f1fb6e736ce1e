#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct Tree {
    #[service(start = None)]
    inner: Option<Box<service_group::Running<self::Tree>>>,
    #[service(start = Vec::new())]
    others: Vec<service_group::Running<Self>>,
}

fn main() {}
