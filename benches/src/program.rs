//! A process that is started, measured and stopped.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A program that prints its address as soon as it listens. It is killed when this is dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    /// Where it listens.
    pub addr: SocketAddr,
    /// How long that took.
    pub started: Duration,
}

impl Program {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// When it cannot be started or prints no address.
    #[must_use]
    pub fn start(path: &str) -> Self {
        let begun = Instant::now();
        let mut child = Command::new(path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program runs");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("it prints a line");
        let started = begun.elapsed();
        Self { child, addr: line.trim().parse().expect("the line is an address"), started }
    }

    /// Its memory.
    ///
    /// # Panics
    ///
    /// When the system keeps no account.
    #[must_use]
    pub fn memory(&self) -> Memory {
        let rollup = format!("/proc/{}/smaps_rollup", self.child.id());
        let rollup = fs::read_to_string(rollup).expect("the system keeps an account");
        let kib = |name: &str| {
            let line = rollup.lines().find_map(|line| line.strip_prefix(name)).expect("a line for each");
            line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number")
        };
        Memory { resident: kib("Rss:"), proportional: kib("Pss:") }
    }

    /// Sends it SIGTERM and waits for its end. Returns when each was, and how it ended.
    ///
    /// # Panics
    ///
    /// When it cannot be stopped.
    #[must_use]
    pub fn terminate(mut self) -> (Instant, Instant, ExitStatus) {
        let signalled = Instant::now();
        send(&self.child, Signal::SIGTERM);
        let status = self.child.wait().expect("it is a child of this process");
        (signalled, Instant::now(), status)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a child that has not been waited for.
///
/// # Panics
///
/// When the system refuses.
pub fn send(child: &Child, signal: Signal) {
    let pid = i32::try_from(child.id()).expect("a process id");
    kill(Pid::from_raw(pid), signal).expect("the child has not been waited for");
}

/// The memory of a process, in KiB.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// What is in memory.
    pub resident: f64,
    /// The same, where a page that other processes share counts for a part.
    pub proportional: f64,
}

/// The size of an executable without symbols and debug information, in KiB, by the program `strip`.
#[must_use]
pub fn stripped_size(path: &Path) -> Option<u64> {
    let stripped = path.with_extension("stripped");
    let status = Command::new("strip").arg("-o").arg(&stripped).arg(path).status().ok()?;
    let size = fs::metadata(&stripped).ok().filter(|_| status.success())?.len();
    fs::remove_file(stripped).ok()?;
    Some(size / 1_024)
}
