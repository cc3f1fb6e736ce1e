//! The runtimes that everything is measured on.

use tokio::runtime::{Builder, Runtime};

/// A runtime of two worker threads, besides the thread that polls the measured future: what `#[tokio::main]` makes
/// on two cores.
///
/// # Panics
///
/// If the operating system refuses threads.
#[must_use]
pub fn two_workers() -> Runtime {
    build(Builder::new_multi_thread().worker_threads(2))
}

/// A runtime on the calling thread alone.
///
/// # Panics
///
/// If the operating system refuses a time driver.
#[must_use]
pub fn current_thread() -> Runtime {
    build(&mut Builder::new_current_thread())
}

fn build(builder: &mut Builder) -> Runtime {
    builder.enable_all().build().expect("a runtime can be built")
}
