//! The live lines on a terminal.
//!
//! The cursor stays on the line below them. What the terminal itself writes there, `^C` for example, is erased with the next
//! frame, and what is written when the process ends begins on a line of its own. indicatif 0.18 leaves the cursor at the
//! right edge of its last line instead: there `^C` wraps, and each one left a line behind (tried in tmux).

use std::fmt::Write as _;
use std::io::{Write, stderr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use console::Term;

use super::frame::{Frame, ready};
use super::park::{park, waker};
use super::running_changes::RunningChanges;
use super::shared_stderr;
use crate::model::GroupPhase;
use crate::state::GroupState;
use crate::text::stderr::unlocked;
use crate::view::canvas::Style;

/// How often the lines are drawn again.
const FRAME: Duration = Duration::from_millis(100);

/// Shows the lines while the group starts and stops, until `closing` is set.
pub(super) fn show(group: &Arc<GroupState>, signals: bool, closing: &AtomicBool) {
    let mut screen = Screen::new();
    shared_stderr::watch(group.request_token().clone());
    let (mut changes, waker) = (group.subscribe(), waker());
    let (mut has_started, mut running) = (false, RunningChanges::default());
    while !closing.load(Relaxed) {
        let status = group.status();
        // A blocked runtime does not react to a request to stop: the lines show that.
        if status.phase == GroupPhase::Running && status.cause.is_none() {
            if !has_started {
                has_started = true;
                screen.leave();
                // An error means that the terminal is gone.
                let _ = writeln!(shared_stderr::writer(), "{}", ready(&status));
            }
            for line in running.lines(&status) {
                let _ = writeln!(shared_stderr::writer(), "service-group: {line}");
            }
            park(pin!(changes.changed()), &waker);
            continue;
        }
        if !screen.take() {
            // Until another display has left.
            thread::park_timeout(FRAME);
            continue;
        }
        let (rows, _) = Term::stderr().size_checked().unwrap_or((24, 80));
        let frame =
            Frame { style: Style::of(&stderr()), height: usize::from(rows).saturating_sub(1), signals };
        screen.draw(&frame.lines(&status, &group.plan));
        thread::park_timeout(FRAME);
    }
    screen.leave();
}

/// The lines on the terminal.
struct Screen {
    out: Box<dyn Write>,
    is_live: bool,
    /// The number of lines of the last frame, above the cursor.
    height: usize,
}

impl Screen {
    fn new() -> Self {
        Self { out: out(), is_live: false, height: 0 }
    }

    /// Begins to show live lines; returns false if another display shows its own.
    fn take(&mut self) -> bool {
        self.is_live = self.is_live || shared_stderr::take();
        self.is_live
    }

    /// Draws the lines in place of the last ones, below what was logged in the meantime.
    fn draw(&mut self, lines: &[String]) {
        let mut text = self.home();
        let logged = shared_stderr::logged();
        if !logged.is_empty() {
            text.push_str("\x1b[J");
            text.push_str(&String::from_utf8_lossy(&logged));
        }
        // Without wrapping at the edge, so that a frame is as high as its number of lines.
        text.push_str("\x1b[?7l");
        for line in lines {
            let _ = write!(text, "{line}\x1b[K\r\n");
        }
        text.push_str("\x1b[J\x1b[?7h");
        self.height = lines.len();
        self.write(text.as_bytes());
    }

    /// Removes the lines, and lets other threads write again.
    fn leave(&mut self) {
        if self.is_live {
            let text = format!("{}\x1b[J", self.home());
            self.write(text.as_bytes());
            (self.is_live, self.height) = (false, 0);
            shared_stderr::leave(|logged| self.write(logged));
        }
    }

    /// Moves the cursor to the start of the first line.
    fn home(&self) -> String {
        if self.height == 0 { "\r".to_owned() } else { format!("\r\x1b[{}A", self.height) }
    }

    fn write(&mut self, bytes: &[u8]) {
        // An error means that the terminal is gone.
        let _ = self.out.write_all(bytes);
        let _ = self.out.flush();
    }
}

/// Returns stderr without the lock that other threads share: a terminal that does not read would hold it for ever.
fn out() -> Box<dyn Write> {
    match unlocked() {
        Ok(stderr) => Box::new(stderr),
        Err(_) => Box::new(stderr()),
    }
}
