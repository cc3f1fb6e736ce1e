#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

struct App;

#[service_group]
impl App {}

fn main() {}
