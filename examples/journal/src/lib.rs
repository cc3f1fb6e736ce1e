//! A journal of what happened, over any database: a group that other crates nest.
//!
//! ```
//! # use journal::{Backend, Journal};
//! use service_group::{BoxError, Running, StopToken, Task, service_group};
//!
//! #[service_group(stop_within = "10s")]
//! struct App {
//!     database: String,
//!     #[service(start = Journal::start(database.clone()).await?)]
//!     journal: Running<Journal<Postgres>>,
//!     #[service(start = Task::spawn({ let entries = journal.entries(); |stop| sell(entries, stop) }), stop_within = "2s")]
//!     sales: Task,
//! }
//!
//! async fn sell(entries: journal::Entries, stop: StopToken) -> Result<(), BoxError> {
//!     entries.add("sold a teapot").await?;
//!     stop.requested().await;
//!     Ok(())
//! }
//! # #[derive(Debug, Clone)] struct Postgres;
//! # impl Backend for Postgres {
//! #     type Config = String;
//! #     async fn connect(_: &String) -> Result<Self, BoxError> { Ok(Self) }
//! #     async fn write(&self, _: &[String]) -> Result<(), BoxError> { Ok(()) }
//! #     async fn expire(&self) -> Result<(), BoxError> { Ok(()) }
//! #     async fn ping(&self) -> Result<(), BoxError> { Ok(()) }
//! #     async fn close(self) -> Result<(), BoxError> { Ok(()) }
//! # }
//!
//! // 2 s for `sales`, and 8 s for the slowest path inside `journal`.
//! const _: () = assert!(App::PLAN.slowest_stop().as_secs() == 10);
//! ```
//!
//! The budget of an application covers the journal. This one has a second less than it needs, and does not compile:
//!
//! ```compile_fail
//! # use journal::{Backend, Journal};
//! # use service_group::{BoxError, Running, service_group};
//! #[service_group(stop_within = "7s")]
//! struct App {
//!     #[service(start = Journal::start(String::new()).await?)]
//!     journal: Running<Journal<Postgres>>,
//! }
//! # #[derive(Debug, Clone)] struct Postgres;
//! # impl Backend for Postgres {
//! #     type Config = String;
//! #     async fn connect(_: &String) -> Result<Self, BoxError> { Ok(Self) }
//! #     async fn write(&self, _: &[String]) -> Result<(), BoxError> { Ok(()) }
//! #     async fn expire(&self) -> Result<(), BoxError> { Ok(()) }
//! #     async fn ping(&self) -> Result<(), BoxError> { Ok(()) }
//! #     async fn close(self) -> Result<(), BoxError> { Ok(()) }
//! # }
//! ```

mod backend;
mod entries;

use std::time::Duration;

use service_group::{BoxError, RestartPolicy, StopToken, Task, service_group};

pub use backend::Backend;
pub use entries::{Closed, Entries};

/// A journal whose entries are in a database.
///
/// It is a service of other groups, as `Running<Journal<B>>`: see the [crate](crate).
// One input, which the backend defines: a setting more is not a parameter more of `start`, `runner` and `run`.
#[service_group]
#[derive(Debug)]
pub struct Journal<B: Backend> {
    config: B::Config,

    /// The database. It is public for its key: `Journal::<B>::KEYS.backend` puts another one in its place.
    #[service(
        start = B::connect(config).await?,
        stop = backend.close().await,
        check = backend.ping().await,
        retry,
    )]
    pub backend: B,

    // Private, as its key: it is not part of the API. Others reach its value by `entries()`.
    #[service(start = entries::writer(backend.clone()), stop_within = "3s")]
    writer: Task<Entries>,

    #[service(
        start = Task::restarting(RestartPolicy::default(), {
            let backend = backend.clone();
            move |stop| expire_often(backend.clone(), stop)
        }),
        stop_within = "1s",
    )]
    expiry: Task,
}

impl<B: Backend> Journal<B> {
    /// Returns a handle that adds entries.
    #[must_use]
    pub fn entries(&self) -> Entries {
        self.writer.clone()
    }
}

/// Deletes old entries once an hour.
async fn expire_often<B: Backend>(backend: B, stop: StopToken) -> Result<(), BoxError> {
    while tokio::time::timeout(Duration::from_hours(1), stop.requested()).await.is_err() {
        backend.expire().await?;
    }
    Ok(())
}
