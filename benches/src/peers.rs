//! The same number of tasks without an order: started, asked to stop, joined.
//!
//! The stop begins when all tasks have begun, as it does in a group.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_graceful_shutdown::{SubsystemBuilder, SubsystemHandle, Toplevel};
use tokio_util::sync::CancellationToken;

/// Bare tokio: spawn tasks that wait on a token each, cancel the parent of all tokens, join all tasks.
///
/// # Panics
///
/// When a task does.
pub async fn bare(tasks: u32) {
    let begun = Arc::new(Semaphore::new(0));
    let stop = CancellationToken::new();
    let spawn = |_| {
        let (begun, stop) = (Arc::clone(&begun), stop.child_token());
        tokio::spawn(async move {
            begun.add_permits(1);
            stop.cancelled().await;
        })
    };
    let handles: Vec<_> = (0..tasks).map(spawn).collect();
    let _all = begun.acquire_many(tasks).await.expect("the semaphore is never closed");
    stop.cancel();
    for handle in handles {
        handle.await.expect("no task panics");
    }
}

/// tokio-graceful-shutdown: one toplevel with that many subsystems, each of which waits for its shutdown.
///
/// # Panics
///
/// When a subsystem does, or does not end within a minute.
pub async fn graceful_shutdown(names: &'static [String]) {
    let tasks = u32::try_from(names.len()).expect("no more subsystems than that");
    let toplevel = Toplevel::new(async move |subsystem: &mut SubsystemHandle| {
        let begun = Arc::new(Semaphore::new(0));
        for name in names {
            let begun = Arc::clone(&begun);
            subsystem.start(SubsystemBuilder::new(name, async move |subsystem: &mut SubsystemHandle| {
                begun.add_permits(1);
                subsystem.on_shutdown_requested().await;
                Ok::<_, std::convert::Infallible>(())
            }));
        }
        let _all = begun.acquire_many(tasks).await.expect("the semaphore is never closed");
        subsystem.request_shutdown();
    });
    toplevel.handle_shutdown_requests(Duration::from_mins(1)).await.expect("all subsystems end");
}
