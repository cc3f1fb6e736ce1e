//! A real process, its output line by line, and real signals. Everything waits for a condition, and fails with all
//! that the process had printed.

use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, kill_process, kill_process_group};

pub use rustix::process::Signal;

/// No test waits longer: far beyond what any process here takes on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A process under test. Dropped, it is killed.
#[derive(Debug)]
pub struct Process {
    child: Child,
    lines: Receiver<Line>,
    said: Vec<Line>,
    /// The other end of a stderr that is not read.
    _unread: Option<PipeReader>,
}

/// Where a process prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

type Line = (Stream, String);

/// How a process ended.
#[derive(Debug)]
pub struct End {
    /// Its status.
    pub status: ExitStatus,
    /// All that it printed on stdout and stderr, line by line.
    pub said: Vec<String>,
    /// What of it was on stderr.
    pub on_stderr: Vec<String>,
    /// From [`Process::end`] being called to the end.
    pub took: Duration,
}

impl End {
    /// The exit code, or what else ended the process as a negative signal number.
    #[must_use]
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| -self.status.signal().unwrap_or(0))
    }

    /// All that the process printed.
    #[must_use]
    pub fn text(&self) -> String {
        self.said.join("\n")
    }
}

impl Process {
    /// Spawns the command, without standard input.
    ///
    /// # Panics
    ///
    /// If there is no such program.
    #[must_use]
    pub fn spawn(command: &mut Command) -> Self {
        Self::spawn_with(command, Stdio::null())
    }

    /// Spawns the command with this standard input.
    ///
    /// # Panics
    ///
    /// If there is no such program.
    #[must_use]
    pub fn spawn_with(command: &mut Command, stdin: impl Into<Stdio>) -> Self {
        let command = command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self::of(command, None)
    }

    /// Spawns the command with a stderr that is full and is not read.
    ///
    /// # Panics
    ///
    /// If there is no such program.
    #[must_use]
    pub fn spawn_unread(command: &mut Command) -> Self {
        let (reader, writer) = full_pipe().expect("a pipe can be made");
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(writer);
        Self::of(command, Some(reader))
    }

    /// Spawns the command with this standard error.
    ///
    /// # Panics
    ///
    /// If there is no such program.
    #[must_use]
    pub fn spawn_to(command: &mut Command, stderr: impl Into<Stdio>) -> Self {
        Self::of(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr), None)
    }

    fn of(command: &mut Command, unread: Option<PipeReader>) -> Self {
        handle_hangups();
        let mut child = command.spawn().expect("the program is there");
        let (send, lines) = channel();
        read(Stream::Out, child.stdout.take(), send.clone());
        read(Stream::Err, child.stderr.take(), send);
        Self { child, lines, said: Vec::new(), _unread: unread }
    }

    /// Waits for a line that contains this text, and returns it.
    ///
    /// # Panics
    ///
    /// If the output ends without such a line, or no line comes for a minute.
    pub fn wait_for(&mut self, text: &str) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok((stream, line)) => {
                    self.said.push((stream, line.clone()));
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    panic!("no line with `{text}` within a minute in:\n{}", text_of(&self.said))
                }
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the output ended without `{text}`:\n{}", text_of(&self.said))
                }
            }
        }
    }

    /// All that it has printed so far.
    pub fn said(&mut self) -> String {
        self.said.extend(self.lines.try_iter());
        text_of(&self.said)
    }

    /// Sends a signal to the process group that it leads, as a terminal does.
    ///
    /// # Panics
    ///
    /// If the process has no valid id, which cannot be.
    pub fn signal_group(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process has an id");
        // The child has not been waited for, so that the id is still its own.
        let _ = kill_process_group(pid, signal);
    }

    /// Sends a signal, unless the process has ended already.
    ///
    /// # Panics
    ///
    /// If the process has no valid id, which is impossible.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process has an id");
        // The child has not been waited for, so that the id is still its own.
        let _ = kill_process(pid, signal);
    }

    /// Returns whether it ends by itself within that time.
    ///
    /// # Panics
    ///
    /// If the system refuses to wait for a child, which is impossible.
    pub fn ends_within(&mut self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        while Instant::now() < until {
            if self.child.try_wait().expect("a child can be waited for").is_some() {
                return true;
            }
            thread::sleep(Duration::from_millis(1));
        }
        false
    }

    /// Waits for the end.
    ///
    /// # Panics
    ///
    /// If it does not come within a minute.
    #[must_use]
    pub fn end(mut self) -> End {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                break status;
            }
            self.said.extend(self.lines.try_iter());
            assert!(begun.elapsed() < PATIENCE, "still running; it has printed:\n{}", text_of(&self.said));
            thread::sleep(Duration::from_millis(1));
        };
        let took = begun.elapsed();
        self.said.extend(self.lines.iter());
        let said = std::mem::take(&mut self.said);
        let on_stderr = said.iter().filter(|(stream, _)| *stream == Stream::Err);
        let on_stderr = on_stderr.map(|(_, line)| line.clone()).collect();
        End { status, said: said.into_iter().map(|(_, line)| line).collect(), on_stderr, took }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended, and been waited for, already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A pipe that is full.
fn full_pipe() -> std::io::Result<(PipeReader, PipeWriter)> {
    let (reader, writer) = pipe()?;
    rustix::io::ioctl_fionbio(&writer, true)?;
    while (&writer).write(&[0; 4_096]).is_ok() {}
    rustix::io::ioctl_fionbio(&writer, false)?;
    Ok((reader, writer))
}

fn text_of(lines: &[Line]) -> String {
    lines.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n")
}

fn read(stream: Stream, output: Option<impl Read + Send + 'static>, send: Sender<Line>) {
    let Some(output) = output else { return };
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while matches!(output.read_until(b'\n', &mut line), Ok(1..)) {
            if send.send((stream, String::from_utf8_lossy(&line).trim_end().to_owned())).is_err() {
                return;
            }
            line.clear();
        }
    });
}

/// Handles SIGHUP. Under nohup the tests would ignore it, and a process inherits what is ignored but not what is handled.
fn handle_hangups() {
    static HANDLED: LazyLock<()> = LazyLock::new(|| {
        let received = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(Signal::HUP.as_raw(), received).expect("SIGHUP can be handled");
    });
    LazyLock::force(&HANDLED);
}
