//! The live lines on a terminal.
//!
//! The cursor stays on the line below them: what the terminal itself writes there, the `^C` of a key say, is wiped with
//! the next frame, and what is written when the process ends begins on a line of its own.

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
use super::shared_stderr;
use crate::model::GroupPhase;
use crate::state::GroupState;
use crate::text::stderr::unlocked;
use crate::view::canvas::Style;

/// How often the lines are drawn again.
const FRAME: Duration = Duration::from_millis(100);

/// Shows the lines while the group starts and stops, until it is told to close.
pub(super) fn show(shared: &Arc<GroupState>, signals: bool, closing: &AtomicBool) {
    let mut screen = Screen::new();
    shared_stderr::watch(shared.requested().clone());
    let (mut requested, waker) = (pin!(shared.requested().clone().cancelled_owned()), waker());
    let mut is_requested = false;
    let mut has_started = false;
    while !closing.load(Relaxed) {
        let status = shared.status();
        // A runtime that is blocked has not begun to stop when it was asked to: that is what there is to see.
        if status.phase == GroupPhase::Running && !is_requested && status.cause.is_none() {
            if !has_started {
                has_started = true;
                screen.leave();
                // A terminal that is gone is told nothing.
                let _ = writeln!(shared_stderr::writer(), "{}", ready(&status));
            }
            is_requested = park(requested.as_mut(), &waker);
            continue;
        }
        if !screen.take() {
            // Until the other one has left.
            thread::park_timeout(FRAME);
            continue;
        }
        let (rows, _) = Term::stderr().size_checked().unwrap_or((24, 80));
        let frame =
            Frame { style: Style::of(&stderr()), height: usize::from(rows).saturating_sub(1), signals };
        screen.draw(&frame.lines(&status, &shared.plan));
        thread::park_timeout(FRAME);
    }
    screen.leave();
}

/// The lines on the terminal.
struct Screen {
    out: Box<dyn Write>,
    is_live: bool,
    /// How many lines of the last frame are above the cursor.
    height: usize,
}

impl Screen {
    fn new() -> Self {
        Self { out: out(), is_live: false, height: 0 }
    }

    /// Begins with live lines; false where another console has.
    fn take(&mut self) -> bool {
        self.is_live = self.is_live || shared_stderr::take();
        self.is_live
    }

    /// Draws the lines in place of the last ones, below what was logged meanwhile.
    fn draw(&mut self, lines: &[String]) {
        let mut text = self.home();
        let logged = shared_stderr::logged();
        if !logged.is_empty() {
            text.push_str("\x1b[J");
            text.push_str(&String::from_utf8_lossy(&logged));
        }
        // Without wrapping at the edge: a frame is as high as it has lines.
        text.push_str("\x1b[?7l");
        for line in lines {
            let _ = write!(text, "{line}\x1b[K\r\n");
        }
        text.push_str("\x1b[J\x1b[?7h");
        self.height = lines.len();
        self.write(text.as_bytes());
    }

    /// Takes the lines away, and lets others write again.
    fn leave(&mut self) {
        if self.is_live {
            let text = format!("{}\x1b[J", self.home());
            self.write(text.as_bytes());
            (self.is_live, self.height) = (false, 0);
            shared_stderr::leave(|logged| self.write(logged));
        }
    }

    /// To the begin of the first line.
    fn home(&self) -> String {
        if self.height == 0 { "\r".to_owned() } else { format!("\r\x1b[{}A", self.height) }
    }

    fn write(&mut self, bytes: &[u8]) {
        // A terminal that is gone is told nothing.
        let _ = self.out.write_all(bytes);
        let _ = self.out.flush();
    }
}

/// Stderr without the lock that all others share: a terminal that takes nothing would hold it for ever.
fn out() -> Box<dyn Write> {
    match unlocked() {
        Ok(stderr) => Box::new(stderr),
        Err(_) => Box::new(stderr()),
    }
}
