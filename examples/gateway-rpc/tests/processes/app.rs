//! Starts and stops the program under test, and checks its log and its report.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use service_group_tests::{End, Process, Signal};
use tempfile::TempDir;

/// The services in the order of the start. Each depends on the one before it.
pub(crate) const SERVICES: [&str; 9] =
    ["telemetry", "limits", "admin", "migrations", "store", "totals", "rpc", "upstream", "gateway"];

/// A temporary data folder for the program.
pub(crate) fn data_folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The store's file in a data folder.
pub(crate) fn store_file(data: &Path) -> PathBuf {
    data.join("orders.redb")
}

/// A command that runs the program on free ports, independent of the environment of the tests.
pub(crate) fn command(data: impl AsRef<OsStr>) -> Command {
    with_settings(Command::new(env!("CARGO_BIN_EXE_gateway-rpc")), data)
}

/// Sets the environment of the program: free ports and this data folder.
pub(crate) fn with_settings(mut command: Command, data: impl AsRef<OsStr>) -> Command {
    for name in ["RUST_LOG", "RUST_BACKTRACE", "NO_COLOR", "ORDERS_LAME_DUCK", "ORDERS_WORK_MS"] {
        command.env_remove(name);
    }
    for name in ["ORDERS_HTTP", "ORDERS_RPC", "ORDERS_ADMIN"] {
        command.env(name, "127.0.0.1:0");
    }
    command.env("ORDERS_DATA", data);
    command
}

/// Runs the program until it exits.
pub(crate) fn run(command: &mut Command) -> End {
    Process::spawn(command).end()
}

/// A running program that is ready.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) process: Process,
    pub(crate) http: SocketAddr,
    pub(crate) rpc: SocketAddr,
    pub(crate) admin: SocketAddr,
}

impl App {
    pub(crate) fn start(data: &Path, options: &[&str]) -> Self {
        Self::spawn(command(data).args(options))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        Self::wait_until_ready(Process::spawn(command))
    }

    /// Waits until the program is ready.
    pub(crate) fn wait_until_ready(mut process: Process) -> Self {
        let admin = address(&process.wait_for("admin listening on "));
        let rpc = address(&process.wait_for("rpc listening on "));
        let http = address(&process.wait_for("gateway listening on "));
        process.wait_for("INFO ready");
        Self { process, http, rpc, admin }
    }

    /// Sends the signal and waits until the program has exited.
    pub(crate) fn stop(self, signal: Signal) -> End {
        self.process.signal(signal);
        self.process.end()
    }

    /// Waits until the stop of this service begins.
    pub(crate) fn wait_for_stop_of(&mut self, service: &str) {
        self.process.wait_for(&format!(" stopping service=\"{service}\""));
    }
}

/// The address after `listening on`.
pub(crate) fn address(line: &str) -> SocketAddr {
    let (_, address) = line.split_once("listening on ").unwrap();
    address.trim_start_matches("http://").split(['/', ' ']).next().unwrap().parse().unwrap()
}

/// The steps of the services in the order of the log, each as `started`, `stopping` or `stopped` with the service.
pub(crate) fn steps(end: &End) -> Vec<(String, String)> {
    end.on_stderr.iter().filter_map(|line| step(line)).collect()
}

fn step(line: &str) -> Option<(String, String)> {
    let (before, after) = line.split_once(" service=\"")?;
    let what = before.rsplit(' ').next()?;
    let service = after.split('"').next()?;
    ["started", "stopping", "stopped"].contains(&what).then(|| (what.to_owned(), service.to_owned()))
}

fn services(end: &End, what: &str) -> Vec<String> {
    steps(end).into_iter().filter(|step| step.0 == what).map(|step| step.1).collect()
}

/// Asserts that exactly the started services were stopped, one after the other in reverse order. Returns the started
/// services.
#[track_caller]
pub(crate) fn assert_stopped_in_order(end: &End) -> Vec<String> {
    let started = services(end, "started");
    assert!(SERVICES.starts_with(&started.iter().map(String::as_str).collect::<Vec<_>>()), "{}", end.text());
    let stops: Vec<_> = steps(end).into_iter().filter(|step| step.0 != "started").collect();
    let expected = started.iter().rev().flat_map(|service| {
        [("stopping".to_owned(), service.clone()), ("stopped".to_owned(), service.clone())]
    });
    assert_eq!(stops, expected.collect::<Vec<_>>(), "{}", end.text());
    started
}

/// Asserts that all services started, and were stopped in order and gracefully, without a warning or an error.
#[track_caller]
pub(crate) fn assert_clean(end: &End) {
    assert_eq!(end.code(), 0, "{}", end.text());
    assert_eq!(assert_stopped_in_order(end), SERVICES, "{}", end.text());
    assert!(end.text().contains(": 9 services, all gracefully"), "{}", end.text());
    assert!(end.said.iter().any(|line| line == "Exiting"), "{}", end.text());
    assert!(!end.text().contains(" WARN ") && !end.text().contains(" ERROR "), "{}", end.text());
}

/// The line of a service in the stop report.
#[track_caller]
pub(crate) fn report_line<'a>(end: &'a End, service: &str) -> &'a str {
    let line = end.said.iter().find(|line| line.split_whitespace().take(2).eq([service, "at"]));
    line.unwrap_or_else(|| panic!("`{service}` is not in the report: {}", end.text()))
}
