//! A block of a terminal, played again: its `$` lines are run, its `^C` is pressed, and the lines below are what comes.

use std::io::{BufRead, BufReader, pipe};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::normal::normal;
use super::request::request;
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
    /// What is on the screen.
    shown: Vec<String>,
    /// The lines of the page that the program has not printed yet, up to the next command.
    expected: Vec<String>,
    /// How many lines the last request has been answered with: these are on the screen already.
    answered: usize,
    /// Whether the lines of the page are to be replaced, and may be wrong.
    blesses: bool,
}

struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended, and been waited for, already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Returns whether the lines differ only in what differs from run to run.
pub(crate) fn is_same(one: &[String], other: &[String]) -> bool {
    one.iter().map(|line| normal(line)).eq(other.iter().map(|line| normal(line)))
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
    assert!(session.status.is_some_and(|status| status.success()), "`{name}` failed:\n{}", session.screen());
}

impl Session {
    /// Plays the block, and returns what the terminal shows.
    ///
    /// # Panics
    ///
    /// If the program does not print what the next command waits for, or ends with another exit code than the page shows.
    pub(crate) fn run(block: &Block, run: &str) -> Vec<String> {
        let mut session = Self::new(run.split_whitespace().next().unwrap_or_default(), block.place());
        if !block.lines.iter().any(|line| line.starts_with("$ ")) {
            session.start("cargo run");
        }
        for (at, line) in block.lines.iter().enumerate() {
            let is_command = line.starts_with("$ ") || line == "^C" || line == "^\\";
            if is_command {
                session.wait_for_what_is_expected(line);
                session.shown.push(line.clone());
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
        let shows_the_exit_code = block.lines.iter().any(|line| line == "$ echo $?");
        let succeeded = session.status.is_none_or(|status| status.success());
        assert!(
            succeeded || shows_the_exit_code,
            "{}: it ended with {:?}, which `$ echo $?` would show:\n{}",
            session.place,
            session.status,
            session.screen()
        );
        session.shown
    }

    fn new(name: &str, place: String) -> Self {
        // The id of this process is that of no other, and it has at most three sessions at a time.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = std::process::id() * 4 + COUNT.fetch_add(1, Relaxed) % 4;
        let [_, a, b, c] = number.to_be_bytes();
        let host = format!("127.{a}.{b}.{c}");
        let name = name.to_owned();
        let (running, status, shown, expected) = (None, None, Vec::new(), Vec::new());
        Self { name, host, place, running, status, shown, expected, answered: 0, blesses: blesses() }
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
        self.wait_for_the_end();
        let (reader, writer) = pipe().expect("a pipe can be made");
        let mut program = Command::new(env!("CARGO_BIN_EXE_guide"));
        let variables = command.split_whitespace().take_while(|word| word.contains('='));
        program.envs(variables.filter_map(|word| word.split_once('=')));
        let (_, arguments) = command.split_once(" -- ").unwrap_or_default();
        program.args(arguments.split_whitespace().map(|argument| argument.replace("127.0.0.1", &self.host)));
        program.env("GUIDE_PROGRAM", &self.name).env("GUIDE_HOST", &self.host).env("NO_COLOR", "1");
        // One pipe for both, so that the lines come in the order in which they were printed.
        program.stdin(Stdio::null()).stdout(writer.try_clone().expect("a pipe can be cloned")).stderr(writer);
        let child = program.spawn().expect("the program is built");
        drop(program); // with its ends of the pipe
        let (send, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(reader).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        self.running = Some(Running { child, lines });
        self.status = None;
    }

    /// Waits until the program has printed the last line that stands above a command.
    fn wait_for_what_is_expected(&mut self, command: &str) {
        let mut expected = std::mem::take(&mut self.expected);
        expected.drain(..self.answered.min(expected.len()));
        self.answered = 0;
        let Some(last) = expected.iter().rfind(|line| !line.is_empty()) else {
            let is_at_the_start = self.shown.last().is_some_and(|line| line.contains("cargo run"));
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
                    if normal(&line) == normal(last) {
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
    fn next_line(&mut self) -> Option<String> {
        let running = self.running.as_ref()?;
        let line = running.lines.recv_timeout(if self.blesses { NO_PATIENCE } else { PATIENCE }).ok()?;
        Some(line.replace(&self.host, "127.0.0.1").trim_end().to_owned())
    }

    fn wait_for_the_end(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        loop {
            match running.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.shown.push(line.replace(&self.host, "127.0.0.1").trim_end().to_owned()),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("{}: it does not end:\n{}", self.place, self.screen())
                }
            }
        }
        self.status = Some(running.child.wait().expect("a child can be waited for"));
    }

    fn print_the_exit_code(&mut self) {
        // The lines of the program stand above the command.
        let command = self.shown.pop();
        self.wait_for_the_end();
        self.shown.extend(command);
        let status = self.status.expect("a program has run");
        let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
        self.shown.push(code.to_string());
    }

    fn signal(&self, signal: Signal) {
        let running = self.running.as_ref().unwrap_or_else(|| panic!("{}: no program runs", self.place));
        let pid =
            i32::try_from(running.child.id()).ok().and_then(Pid::from_raw).expect("a process has an id");
        // The child has not been waited for, so that the id is still its own.
        let _ = kill_process(pid, signal);
    }

    fn curl(&mut self, command: &str) {
        let lines = request(command, &self.host, PATIENCE)
            .unwrap_or_else(|error| panic!("{}: `{command}`: {error}:\n{}", self.place, self.screen()));
        self.answered = lines.len();
        self.shown.extend(lines);
    }

    fn screen(&self) -> String {
        self.shown.join("\n")
    }
}
