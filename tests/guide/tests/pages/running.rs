//! A program of the guide, as a process.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// What stands on the screen.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) by: By,
}

/// Where a line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Stdout,
    Stderr,
    /// A command, or what one prints at once.
    Shell,
}

/// A program that runs. Dropped, it is killed.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<Line>,
    host: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended, and been waited for, already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Running {
    /// Starts the program as `[NAME=value ..] cargo run [-- arguments]` does, at this host in place of 127.0.0.1.
    pub(crate) fn start(name: &str, host: &str, command: &str) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_guide"));
        program.env_remove("RUST_BACKTRACE").env_remove("RUST_LOG");
        let variables = command.split_whitespace().take_while(|word| word.contains('='));
        program.envs(variables.filter_map(|word| word.split_once('=')));
        let (_, arguments) = command.split_once(" -- ").unwrap_or_default();
        program.args(arguments.split_whitespace().map(|argument| argument.replace("127.0.0.1", host)));
        program.env("GUIDE_PROGRAM", name).env("GUIDE_HOST", host).env("NO_COLOR", "1");
        program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn().expect("the program is built");
        let (send, lines) = channel();
        read(child.stdout.take(), By::Stdout, send.clone());
        read(child.stderr.take(), By::Stderr, send);
        Self { child, lines, host: host.to_owned() }
    }

    /// The next line that it prints.
    pub(crate) fn next_line(&self, patience: Duration) -> Result<Line, RecvTimeoutError> {
        let Line { text, by } = self.lines.recv_timeout(patience)?;
        Ok(Line { text: text.replace(&self.host, "127.0.0.1").trim_end().to_owned(), by })
    }

    /// Waits for its end.
    pub(crate) fn status(&mut self) -> ExitStatus {
        self.child.wait().expect("a child can be waited for")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process has an id");
        // The child has not been waited for, so that the id is still its own.
        let _ = kill_process(pid, signal);
    }
}

fn read(output: Option<impl Read + Send + 'static>, by: By, send: Sender<Line>) {
    let Some(output) = output else { return };
    thread::spawn(move || {
        for text in BufReader::new(output).lines().map_while(Result::ok) {
            if send.send(Line { text, by }).is_err() {
                return;
            }
        }
    });
}
