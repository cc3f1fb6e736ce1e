//! All keys of starting and running, on generic types and with visibilities, without a warning.
#![deny(warnings)]
#![deny(clippy::all, clippy::pedantic, missing_debug_implementations, missing_docs, unreachable_pub)]

use std::sync::Arc;

use service_group::{BoxError, Running, Task, service_group};

/// A handle.
#[derive(Debug, Clone)]
pub struct Handle(Arc<u32>);

impl Handle {
    async fn ping(&self) -> Result<bool, BoxError> {
        tokio::task::yield_now().await;
        Ok(*self.0 > 0)
    }

    #[allow(clippy::unnecessary_wraps)]
    fn reload(&self) -> Result<(), std::io::Error> {
        println!("{}", self.0);
        Ok(())
    }
}

/// A group with a bare type parameter that is checked.
#[service_group(start_within = "3s")]
#[derive(Debug)]
pub struct Inner<T: Clone + PartialEq + Default + Send + Sync + 'static> {
    /// An input.
    pub given: T,
    #[service(start = given.clone(), stop = drop(value), check = value == T::default(), retry)]
    value: T,
    /// Seen by others.
    #[service(start = Task::spawn(async |_| ()), may_fail, start_after(value))]
    pub task: Task,
}

/// A group.
#[service_group(stop_within = "1m")]
#[derive(Debug)]
pub struct App {
    #[service(
        start = Handle(Arc::new(1)),
        stop = drop(handle),
        check = handle.ping().await,
        reload = handle.reload(),
        check_within = "2s",
        retry = "100ms..1s"
    )]
    handle: Handle,
    /// A step.
    #[service(start = println!("{handle:?}"))]
    pub(crate) step: (),
    /// A nested group.
    #[service(start = Inner::start(7_u8).await?, start_after(step))]
    pub inner: Running<Inner<u8>>,
}

/// Makes the future of a run.
#[allow(clippy::missing_panics_doc)]
pub fn main() {
    let _ = App::runner().replace(App::KEYS.handle, Handle(Arc::new(2)));
    let _ = App::runner().only([App::KEYS.step.id()]);
    let _ = Inner::<u8>::runner(1).replace(Inner::<u8>::KEYS.value, 2);
    assert!(App::PLAN.services()[0].reloads());
}
