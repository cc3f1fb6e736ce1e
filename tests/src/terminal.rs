//! A real terminal: a shell in a window of tmux, with keys and a screen. Everything waits for a condition.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::yield_now;
use std::time::{Duration, Instant};

use crate::find_program;

/// No test waits longer.
const PATIENCE: Duration = Duration::from_mins(1);

/// A terminal with a shell in it. Dropped, it is closed.
#[derive(Debug)]
pub struct Terminal {
    /// The socket of a tmux server of its own.
    socket: PathBuf,
}

impl Terminal {
    /// Opens a terminal of 110 columns and 40 lines, or skips the test if tmux is not installed: see [`find_program`].
    ///
    /// # Panics
    ///
    /// If tmux does not open one, or is missing while `CI` is `true`.
    #[must_use]
    pub fn open() -> Option<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        find_program(&["tmux"])?;
        let name = format!("service-group-{}-{}.tmux", std::process::id(), COUNT.fetch_add(1, Relaxed));
        let terminal = Self { socket: std::env::temp_dir().join(name) };
        let shell = "env -u NO_COLOR -u COLUMNS LC_ALL=C.UTF-8 PS1='$ ' sh";
        terminal.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", "110", "-y", "40", shell]);
        terminal.wait_until("a prompt", |screen| screen.contains('$'));
        Some(terminal)
    }

    /// Types a line, and Enter.
    pub fn enter(&self, line: &str) {
        self.tmux(&["send-keys", "-l", line]);
        self.key("Enter");
    }

    /// Presses a key, by its name in tmux: `C-c`.
    pub fn key(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// What is on the screen, without colours; long lines are whole.
    #[must_use]
    pub fn screen(&self) -> String {
        let output = self.tmux(&["capture-pane", "-p", "-J"]);
        // What was wiped is kept as spaces.
        let lines =
            String::from_utf8_lossy(&output.stdout).lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        lines.trim_end().to_owned()
    }

    /// Waits until the screen is as expected, and returns it.
    ///
    /// # Panics
    ///
    /// When it is not within a minute, with what is on it.
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if is_so(&screen) {
                return screen;
            }
            assert!(Instant::now() < until, "no {what} on the screen:\n{screen}");
            yield_now();
        }
    }

    /// Waits until that text is on the screen.
    #[allow(clippy::must_use_candidate, reason = "most callers only wait")]
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_until(&format!("`{text}`"), |screen| screen.contains(text))
    }

    fn tmux(&self, arguments: &[&str]) -> Output {
        let output = Command::new("tmux").arg("-S").arg(&self.socket).args(arguments).output();
        let output = output.expect("tmux is there");
        assert!(output.status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Already gone where its shell has ended.
        let _ = Command::new("tmux").arg("-S").arg(&self.socket).arg("kill-server").output();
        let _ = std::fs::remove_file(&self.socket);
    }
}
