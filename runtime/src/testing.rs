//! Faults in the services of your own group, for its tests: the feature `testing`.
//!
//! [`faults`] runs a group again and again, each time with another fault in one of its services, and checks after each case
//! what the library promises. The faults stand where the group calls a start or a stop. The code of the services does not
//! change, and all services without a fault do their real work, with real sockets, files and threads.
//!
//! ```
//! use service_group::{Task, service_group, testing};
//!
//! #[service_group]
//! struct App {
//!     #[service(start = Task::spawn(async |stop| drop(stop.requested().await)))]
//!     worker: Task,
//! }
//!
//! # #[allow(clippy::test_attr_in_doctest)]
//! #[tokio::test(flavor = "multi_thread")]
//! async fn stops_whatever_fails() {
//!     testing::faults(|| App::runner()).await;
//! }
//! # #[tokio::main]
//! # async fn main() { testing::faults(|| App::runner()).await }
//! ```
//!
//! # What is tried
//!
//! The group without a fault, and then each [`FaultKind`] in each service, nested groups included, one fresh group a case. A
//! service that hangs by a fault uses up its window at once, and not in real time; the other services keep theirs. Pairs of
//! faults can be added: [`Faults::sample_of_pairs`].
//!
//! # What is checked
//!
//! - The start error and the report name exactly the services at fault. All others ended gracefully, or had not started.
//! - Every service that had started was stopped exactly once, and not before all that use it had ended. Each had its window.
//! - The group ended within its budget.
//! - No task that was spawned since the case began lives 1 s later. Every address that a server of the group reported is
//!   free. In a test that has its process to itself, no socket listens that did not before: [`Faults::checks_sockets`].
//! - No value panicked while it was dropped.
//!
//! [`Faults::verify`] adds promises of the application, and [`Faults::during`] a client that is busy when the fault strikes.
//!
//! # Limits
//!
//! - The clock must not be paused: the services work in real time.
//! - A value in place of a start ([`Runner::replace`]) has no faults in its start.
//! - A [`BoxService`](crate::BoxService) counts as one service, also if a group is in it.

mod broken;
mod case;
mod cases;
mod choice;
mod failure;
mod fault;
mod fault_kind;
mod faults;
mod faulty;
mod guarded;
mod leftovers;
mod parts;
mod promises;
mod report;
mod script;
mod serial;
mod steps;
mod table;

use crate::process::Runner;
use case::Before;

pub use fault::Fault;
pub use fault_kind::FaultKind;
pub use faults::Faults;
pub use parts::{Busy, Parts};
pub use report::{Case, CaseReport};

/// Returns the test of every fault in the group that `make` returns. It runs when it is awaited.
///
/// `make` is called for each case: each has its own group, on port 0 and in a folder of its own, for example.
///
/// # Panics
///
/// When it is awaited: with the first case that breaks a promise, or outside of a tokio runtime.
pub fn faults<A: 'static>(make: impl Fn() -> Runner<A> + 'static) -> Faults<A> {
    Faults::new(make)
}

/// Runs a group once with these faults, of which each service has at most one, and returns what happened: for single tests.
///
/// The group starts and, if that succeeds, its stop is requested when its faults have struck.
///
/// ```
/// use service_group::testing::{self, Fault};
/// use service_group::{StopOutcomeKind, Task, service_group};
///
/// #[service_group]
/// struct App {
///     #[service(start = Task::spawn(async |stop| drop(stop.requested().await)))]
///     store: Task,
///     #[service(start = Task::spawn(async |stop| drop(stop.requested().await)), after(store))]
///     worker: Task,
/// }
///
/// # #[tokio::main]
/// # async fn main() {
/// let report = testing::run(App::runner(), [Fault::stop_hangs(App::KEYS.worker.id())]).await;
/// assert!(report.stopped_before(App::KEYS.worker.id(), App::KEYS.store.id()));
/// assert_eq!(report.outcome(App::KEYS.worker.id()), Some(StopOutcomeKind::Aborted));
/// # }
/// ```
///
/// # Panics
///
/// If a promise is broken, as [`faults`] does, or outside of a tokio runtime.
pub async fn run<A: 'static>(runner: Runner<A>, faults: impl IntoIterator<Item = Fault<A>>) -> CaseReport<A> {
    let (before, plan) = (Before::now(false), runner.plan().clone());
    let faults: Vec<_> = faults.into_iter().map(|fault| fault.spec).collect();
    match cases::run_one(runner, before, &faults, None, false).await {
        Ok((ran, None)) => CaseReport::new(ran.result, ran.took),
        Ok((ran, Some(broken))) => panic!("{}", failure::text(&plan, &faults, &broken, Some(&ran))),
        Err(broken) => panic!("{}", failure::text(&plan, &faults, &broken, None)),
    }
}
