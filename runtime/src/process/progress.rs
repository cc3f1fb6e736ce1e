//! Live lines on a terminal while a run starts and stops: [`Runner::console`](crate::Runner::console).
//!
//! They answer which service is stuck: who is under way, for how long, what is left of its window, and what a server has
//! in its hands. While the group runs there is nothing but what the process itself writes.
//!
//! Give [`writer`] to whatever logs to stderr, so that log lines and live lines do not garble each other:
//!
//! ```no_run
//! # #[cfg(any())] fn needs_tracing_subscriber() {
//! tracing_subscriber::fmt().with_writer(service_group::progress::writer).init();
//! # }
//! ```
//!
//! # Invariants
//!
//! 1. A thread of its own draws, so that the lines are true though the runtime is blocked, and so that neither a stop nor
//!    the end of the process waits for a terminal that takes nothing (Ctrl-S): 200 ms at most.
//! 2. While there are live lines that thread alone writes to the terminal; what others log is handed to it.

mod frame;
mod line_mode;
mod park;
mod row;
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
use crate::text::stderr::print_above_with;
use crate::view::canvas::Style;

use frame::Frame;
use shared_stderr::print_above;
pub use shared_stderr::{Writer, writer};

/// How long the end of a run waits for the last lines.
const LAST_LINES: Duration = Duration::from_millis(200);

/// What the console shows of the group now, line by line.
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
    let shared = group.shared();
    Frame { style, height: usize::MAX, signals: true }.lines(&shared.status(), &shared.plan)
}

/// The console of a run. Dropped, it takes the live lines away.
#[derive(Debug)]
pub(crate) struct Console {
    thread: Thread,
    closing: Arc<AtomicBool>,
    closed: Receiver<()>,
}

impl Console {
    /// A console for the group: live on a terminal; elsewhere a line for each change, where no subscriber hears of it.
    /// None where neither is of use.
    pub(crate) fn open(shared: &Arc<GroupState>, signals: bool) -> Option<Self> {
        print_above_with(print_above);
        let is_live = stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        if !is_live && tracing::enabled!(tracing::Level::INFO) {
            return None;
        }
        let (shared, closing, (done, closed)) =
            (Arc::clone(shared), Arc::new(AtomicBool::new(false)), channel());
        let close = Arc::clone(&closing);
        let show = move || {
            if is_live {
                screen::show(&shared, signals, &close);
            } else {
                line_mode::show(&shared, &close);
            }
            // Nobody waits any more where the terminal took too long.
            let _ = done.send(());
        };
        // Without a thread there is nothing to see, and the run goes on.
        let thread = thread::Builder::new().name("service-group-console".to_owned()).spawn(show).ok()?;
        Some(Self { thread: thread.thread().clone(), closing, closed })
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.closing.store(true, Relaxed);
        self.thread.unpark();
        // Too late or gone: the process ends without it.
        let _ = self.closed.recv_timeout(LAST_LINES);
    }
}
