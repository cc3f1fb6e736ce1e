//! Live lines on a terminal while a run starts and stops: [`Runner::progress`](crate::Runner::progress).
//!
//! They show which service is stuck: each service that is being started or stopped, for how long, what is left of its window,
//! and its requests in flight. While the group runs, only the process itself writes.
//!
//! The lines are drawn from the [`GroupStatus`](crate::GroupStatus) and the plan alone.
//!
//! Code that logs to stderr uses [`writer`], so that log lines and live lines do not mix:
//!
//! ```no_run
//! # #[cfg(any())] fn needs_tracing_subscriber() {
//! tracing_subscriber::fmt().with_writer(service_group::progress::writer).init();
//! # }
//! ```
//!
//! # Invariants
//!
//! 1. A thread of its own draws. So the lines are true while the runtime is blocked, and neither a stop nor the end of the
//!    process waits for a terminal that does not read (after Ctrl-S) for more than 200 ms.
//! 2. While there are live lines, that thread alone writes to the terminal. Log lines are passed to it: otherwise a terminal
//!    that does not read would block the code that logs, first of all the engine.

mod frame;
mod line_mode;
mod park;
mod row;
mod running_changes;
mod screen;
mod shared_stderr;

use std::io::{IsTerminal, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, Thread};
use std::time::Duration;

use crate::state::GroupHandle;
use crate::state::GroupState;
use crate::text::events::shielded;
use crate::text::stderr::print_above_with;
use crate::view::canvas::Style;

use frame::Frame;
use shared_stderr::print_above;
pub use shared_stderr::{Writer, writer};

/// How long the end of a run waits for the last lines.
const LAST_LINES: Duration = Duration::from_millis(200);

/// Returns the live lines of the group at this moment.
///
/// ```
/// # use service_group::{GroupHandle, Style};
/// # fn show(group: &GroupHandle) {
/// for line in service_group::progress::lines(group, Style::of(&std::io::stderr())) {
///     eprintln!("{line}");
/// }
/// # }
/// ```
#[must_use]
pub fn lines(group: &GroupHandle, style: Style) -> Vec<String> {
    let group = group.shared();
    Frame { style, height: usize::MAX, signals: true }.lines(&group.status(), &group.plan)
}

/// The progress display of a run. Dropping it removes the live lines.
#[derive(Debug)]
pub(crate) struct Progress {
    thread: Thread,
    closing: Arc<AtomicBool>,
    closed: Receiver<()>,
}

impl Progress {
    /// Opens the display: live lines on a terminal; elsewhere a line for each change, if no subscriber listens. Returns
    /// `None` if neither is of use.
    pub(crate) fn open(group: &Arc<GroupState>, signals: bool) -> Option<Self> {
        print_above_with(print_above);
        let is_live = stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        if !is_live && shielded(|| tracing::enabled!(tracing::Level::INFO)).unwrap_or(false) {
            return None;
        }
        let (group, closing, (done, closed)) =
            (Arc::clone(group), Arc::new(AtomicBool::new(false)), channel());
        let close = Arc::clone(&closing);
        let show = move || {
            if is_live {
                screen::show(&group, signals, &close);
            } else {
                line_mode::show(&group, &close);
            }
            // The receiver is gone if the terminal took too long.
            let _ = done.send(());
        };
        // Without a thread there is no display, and the run goes on.
        let thread = thread::Builder::new().name("service-group-progress".to_owned()).spawn(show).ok()?;
        Some(Self { thread: thread.thread().clone(), closing, closed })
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        // `Relaxed` is enough: the flag guards no other data, and `unpark` orders it before the wake-up.
        self.closing.store(true, Relaxed);
        self.thread.unpark();
        // If the thread is too slow or gone, the run ends without it.
        let _ = self.closed.recv_timeout(LAST_LINES);
    }
}
