//! A block of a terminal, played again: its `$` lines are run, its `^C` is pressed, and the lines below are what comes.

use std::io::Error;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::RecvTimeoutError;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::Signal;

use super::normal::normal;
use super::request::request;
use super::running::{By, Line, Running};
use super::screen::texts;
use crate::blocks::Block;

/// No command takes longer: far beyond what any takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a line is waited for that the page may show by mistake.
const NO_PATIENCE: Duration = Duration::from_secs(3);

/// A terminal in which a program of the guide runs.
pub(crate) struct Session {
    /// The name of the program.
    name: String,
    /// A loopback address that no other process uses.
    host: String,
    place: String,
    running: Option<Running>,
    status: Option<ExitStatus>,
    /// Whether the page shows that status.
    shows_the_status: bool,
    /// What is on the screen.
    shown: Vec<Line>,
    /// The lines of the page that the program has not printed yet, up to the next command.
    expected: Vec<String>,
    /// How many lines the last request has been answered with: these are on the screen already.
    answered: usize,
    /// A request that is not waited for before the next command.
    in_the_background: Option<JoinHandle<Result<Vec<String>, Error>>>,
    /// Whether the lines of the page are to be replaced, and may be wrong.
    blesses: bool,
}

/// Returns whether what the programs print is to be written into the pages.
pub(crate) fn blesses() -> bool {
    std::env::var_os("BLESS").is_some()
}

/// Runs a program that ends by itself.
///
/// # Panics
///
/// If it fails.
pub(crate) fn run_to_its_end(name: &str) {
    let mut session = Session::new(name, format!("the program `{name}`"));
    session.start("cargo run");
    session.wait_for_the_end();
    session.check_the_status();
}

impl Session {
    /// Plays the block, and returns what the terminal shows.
    ///
    /// # Panics
    ///
    /// If the program does not print what the next command waits for, or ends with another exit code than the page shows.
    pub(crate) fn run(block: &Block, run: &str) -> Vec<Line> {
        let mut session = Self::new(run.split_whitespace().next().unwrap_or_default(), block.place());
        if !block.lines.iter().any(|line| line.starts_with("$ ")) {
            session.start("cargo run");
        }
        for (at, line) in block.lines.iter().enumerate() {
            let is_command = line.starts_with("$ ") || line == "^C" || line == "^\\";
            if is_command {
                // A shell shows its next prompt when the program has ended.
                if line.contains("cargo run") || line == "$ echo $?" {
                    session.expected.clear();
                    session.wait_for_the_end();
                } else {
                    session.wait_for_what_is_expected(line);
                }
                session.show([line.clone()]);
            }
            match line.strip_prefix("$ ") {
                Some("echo $?") => session.print_the_exit_code(),
                Some(command) => session.enter(command),
                None if line == "^C" => session.signal(Signal::INT),
                None if line == "^\\" => session.signal(Signal::QUIT),
                None => {
                    // What stands after the last command is compared at the end.
                    if block.lines[at..].iter().any(|line| line.starts_with("$ ") || line.starts_with('^')) {
                        session.expected.push(line.clone());
                    }
                }
            }
        }
        session.wait_for_the_end();
        session.check_the_status();
        session.shown
    }

    /// Fails if the program has failed, and the page does not show it.
    fn check_the_status(&self) {
        let succeeded = self.status.is_none_or(|status| status.success());
        assert!(
            succeeded || self.shows_the_status,
            "{}: it ended with {:?}, which `$ echo $?` would show:\n{}",
            self.place,
            self.status,
            self.screen()
        );
    }

    fn new(name: &str, place: String) -> Self {
        // The id of this process is that of no other, and it has at most two sessions at a time.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = std::process::id() * 4 + COUNT.fetch_add(1, Relaxed) % 4;
        let [_, a, b, c] = number.to_be_bytes();
        let host = format!("127.{a}.{b}.{c}");
        let name = name.to_owned();
        let (running, status, shown, expected) = (None, None, Vec::new(), Vec::new());
        Self {
            name,
            host,
            place,
            running,
            status,
            shown,
            expected,
            answered: 0,
            shows_the_status: false,
            in_the_background: None,
            blesses: blesses(),
        }
    }

    fn enter(&mut self, command: &str) {
        let mut words = command.split_whitespace().skip_while(|word| word.contains('='));
        match words.next() {
            Some("cargo") => self.start(command),
            Some("curl") => self.curl(command),
            Some("kill") => {
                let signal = match words.next() {
                    Some("-HUP") => Signal::HUP,
                    Some("-TERM") => Signal::TERM,
                    signal => panic!("{}: a signal that no session knows: {signal:?}", self.place),
                };
                self.signal(signal);
            }
            other => panic!("{}: a command that no session knows: {other:?}", self.place),
        }
    }

    fn start(&mut self, command: &str) {
        self.check_the_status();
        self.shows_the_status = false;
        self.running = Some(Running::start(&self.name, &self.host, command));
        self.status = None;
    }

    /// Waits until the program has printed the last line that stands above a command.
    fn wait_for_what_is_expected(&mut self, command: &str) {
        let mut expected = std::mem::take(&mut self.expected);
        expected.drain(..self.answered.min(expected.len()));
        self.answered = 0;
        let Some(last) = expected.iter().rfind(|line| !line.is_empty()) else {
            let is_at_the_start = self.shown.last().is_some_and(|line| line.text.contains("cargo run"));
            let is_a_signal = command.starts_with('^') || command.starts_with("$ kill");
            assert!(
                !is_a_signal || !is_at_the_start,
                "{}: `{command}` needs a line to wait for above it",
                self.place
            );
            return;
        };
        loop {
            match self.next_line() {
                Some(line) => {
                    self.shown.push(line.clone());
                    if normal(&line.text) == normal(last) {
                        return;
                    }
                }
                // What the program prints is to be written into the page.
                None if self.blesses => return,
                None => panic!("{}: `{last}` has not been printed:\n{}", self.place, self.screen()),
            }
        }
    }

    /// The next line of the program, or `None` at the end of its output, and after a time in which none came.
    fn next_line(&mut self) -> Option<Line> {
        self.running.as_ref()?.next_line(if self.blesses { NO_PATIENCE } else { PATIENCE }).ok()
    }

    fn wait_for_the_end(&mut self) {
        if let Some(request) = self.in_the_background.take() {
            // A request that is cut has no answer.
            self.show(request.join().expect("a request does not panic").unwrap_or_default());
        }
        let Some(mut running) = self.running.take() else { return };
        loop {
            match running.next_line(PATIENCE) {
                Ok(line) => self.shown.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("{}: it does not end:\n{}", self.place, self.screen())
                }
            }
        }
        self.status = Some(running.status());
    }

    fn print_the_exit_code(&mut self) {
        self.shows_the_status = true;
        let status = self.status.expect("a program has run");
        let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
        self.show([code.to_string()]);
    }

    fn signal(&self, signal: Signal) {
        let running = self.running.as_ref().unwrap_or_else(|| panic!("{}: no program runs", self.place));
        running.signal(signal);
    }

    fn curl(&mut self, command: &str) {
        if let Some(command) = command.strip_suffix(" &") {
            let (command, host) = (command.to_owned(), self.host.clone());
            self.in_the_background = Some(thread::spawn(move || request(&command, &host, PATIENCE)));
            return;
        }
        let lines = request(command, &self.host, PATIENCE)
            .unwrap_or_else(|error| panic!("{}: `{command}`: {error}:\n{}", self.place, self.screen()));
        self.answered = lines.len();
        self.show(lines);
    }

    /// Shows what does not come from the program.
    fn show(&mut self, lines: impl IntoIterator<Item = String>) {
        self.shown.extend(lines.into_iter().map(|text| Line { text, by: By::Shell }));
    }

    fn screen(&self) -> String {
        texts(&self.shown).join("\n")
    }
}
