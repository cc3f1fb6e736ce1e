#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::Server;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::marker::PhantomData;
use std::sync::Arc;

use service_group::{BoxError, Service, StopContext, Task, BlockingTask};

struct Guarded<S>(S);

/// Can be sent, whatever `T` is.
struct Sent<T>(PhantomData<fn() -> T>);

macro_rules! maybe {
    ($of:ty) => { Option<$of> };
}

impl<S: Service> Service for Guarded<S> {
    const STOP_WITHIN: std::time::Duration = S::STOP_WITHIN;

    async fn stop(self, stopping: StopContext) -> Result<(), BoxError> {
        self.0.stop(stopping).await
    }
}

/// Fields of many kinds of types.
#[service_group]
struct App {
    function: fn(&str) -> u16,
    callback: Box<dyn Fn(u16) -> u16 + Send + Sync>,
    shown: Arc<dyn Display + Send + Sync>,
    array: [u8; 3],
    pair: (u16, String),
    reference: &'static str,
    nothing: (),
    pointed: Sent<*const dyn Display>,
    map: BTreeMap<String, Vec<Option<u16>>>,
    #[service(start = Guarded(Server((function)(reference) + (callback)(pair.0))))]
    generic: Guarded<Server>,
    #[service(start = (*array, shown.to_string()), stop = drop(tuple))]
    tuple: ([u8; 3], String),
    #[service(start = Some(Box::new(map.len())), stop = drop(option))]
    option: Option<Box<usize>>,
    #[service(start = { let () = *nothing; Task::spawn(|stop| async move { drop(stop.requested().await) }) })]
    task: Task,
    #[service(start = BlockingTask::spawn("worker", |stop| while !stop.is_requested() { std::thread::yield_now() })?)]
    worker: BlockingTask,
    #[service(start = Server(generic.0.port() + <Server>::port(&generic.0)))]
    qualified: Server,
    #[service(start = Some(Server(tuple.1.len() as u16)))]
    from_a_macro: maybe!(Server),
    #[service(given)]
    given_from_a_macro: maybe!(Server),
}

/// A type from a macro that names a parameter of the group.
#[service_group]
struct Generic<T: Clone + Send + Sync + 'static> {
    value: T,
    #[service(start = Some(value.clone()), stop = drop(from_a_macro))]
    from_a_macro: maybe!(T),
    #[service(start = Server(u16::from(from_a_macro.is_some())))]
    server: Server,
}

pub fn main() {
    let callback = Box::new(|port| port);
    drop(App::run(|_| 1, callback, Arc::new(1), [0; 3], (1, String::new()), "", (), Sent(PhantomData), BTreeMap::new(), None));
    drop(Generic::run(1));
}
