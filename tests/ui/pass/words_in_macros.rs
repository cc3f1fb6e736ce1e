#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::{Task, service_group};
use support::{Server, Store};

/// A macro that reads fields with values, as those of `tracing` do.
macro_rules! info {
    ($($key:ident = $(%)? $value:expr,)* $text:literal) => {{
        let values = [$($value.to_string()),*];
        println!("{}: {values:?}", $text)
    }};
    ($($key:ident = $(%)? $value:expr),*) => { info!($($key = $value,)* "") };
}

/// A macro that takes a text literally.
macro_rules! json {
    ({ $($key:literal: $value:literal),* }) => { [$(($key, $value)),*] };
}

/// A macro that binds what it receives.
macro_rules! select {
    ($($pattern:pat = $future:expr => $handler:expr),*) => { { $(if let $pattern = $future { $handler; })* } };
}

#[derive(Debug)]
struct Record {
    queue: u16,
    ledger: u16,
}

async fn consume(queue: Store) {
    drop(queue);
}

/// Words with the names of services that mean something else: keys, bindings, members, texts.
#[service_group]
struct App {
    port: u16,
    #[service(
        start = { info!(queue = %port, ledger = 2, "opened"); Store },
        stop = { info!(queue = 1, ledger = 2); queue.close().await }
    )]
    queue: Store,
    #[service(start = { println!("{queue} {ledger:?}", queue = 1, ledger = port); Server(1) })]
    named_arguments: Server,
    #[service(start = { select!(Some(ledger) = Some(1) => assert_eq!(ledger, 1)); Server(1) })]
    binding: Server,
    #[service(start = {
        let all = vec![Record { queue: 1, ledger: 2 }];
        assert!(matches!(all.first(), Some(Record { ledger, .. }) if *ledger == 2), "{}", all.len());
        Server(all[0].queue + all[0].ledger)
    })]
    pattern: Server,
    #[service(start = {
        assert!(match Some(1) { Some(last_of_all) => last_of_all == 1, None => false });
        macro_rules! port { ($last_of_all:expr) => { $last_of_all + 1 }; }
        Server(port!(1))
    })]
    last_of_all: Server,
    #[service(start = { let routes = json!({ "path": "/{route}/jobs" }); Server(routes.len() as u16) })]
    route: Server,
    #[service(start = Task::spawn({ let queue = queue.clone(); |_| consume(queue) }))]
    ledger: Task,
}

pub fn main() {
    let dependencies = |name| App::PLAN.service(name).unwrap().dependencies().len();
    assert_eq!(App::PLAN.services().iter().map(|service| service.dependencies().len()).sum::<usize>(), 3);
    // What a pattern binds counts in the rest of the expression: a local is not told from a field.
    assert_eq!((dependencies("ledger"), dependencies("binding"), dependencies("pattern")), (1, 1, 1));
    drop(App::run(1));
}
