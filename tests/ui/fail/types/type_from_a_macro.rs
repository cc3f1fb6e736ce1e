#[path = "../../support.rs"]
mod support;

use std::rc::Rc;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

macro_rules! stored {
    () => { Store };
}

macro_rules! counted {
    ($of:ty) => { Rc<$of> };
}

#[service_group]
struct App {
    #[service(start = Store)]
    store: stored!(),
    #[service(start = Rc::new(1), stop = drop(count))]
    count: counted!(u16),
}

#[service_group]
struct Generic<T: Send + Sync + 'static> {
    value: T,
    #[service(start = Store)]
    store: stored!(),
}

macro_rules! group {
    ($name:ident, $of:ty) => {
        #[service_group]
        struct $name {
            #[service(start = Store)]
            store: $of,
        }
    };
}

group!(Written, stored!());

fn main() {}
