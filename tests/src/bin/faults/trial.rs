//! One process, and what was observed of it.

use std::io::PipeWriter;
use std::panic::catch_unwind;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use service_group_tests::{End, Process, Signal};

use crate::rows::{Act, Flavor, Row};

/// What was observed of one process.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) code: i32,
    /// From the last signal, or from its start where there was none.
    pub(crate) took: Duration,
    /// What was wrong.
    pub(crate) wrong: Option<String>,
    /// The signal came in the few microseconds in which its handler was being installed, and had to be sent again.
    pub(crate) lost: bool,
}

/// Precedes the expected text if stderr may also be empty.
const OR_NOTHING: &str = "or nothing: ";

/// A signal without effect for so long was lost: this is beyond the hard deadline and any delay of a busy machine.
const LOST: Duration = Duration::from_secs(10);

/// Runs a process of that row. A process that hangs, or does not print an expected line, is killed after a minute.
pub(crate) fn run(row: &Row, number: u64) -> Seen {
    match catch_unwind(|| drive(row, number)) {
        Ok((end, lost)) => Seen { lost, ..judge(row, &end) },
        Err(panic) => {
            let said = panic.downcast_ref::<String>().cloned().unwrap_or_default();
            Seen { code: -9, took: Duration::ZERO, wrong: Some(format!("it hangs: {said}")), lost: false }
        }
    }
}

/// Returns the end of the process, and whether a signal was lost.
fn drive(row: &Row, number: u64) -> (End, bool) {
    let own = std::env::current_exe().expect("the path of this program is known");
    let command = &mut match (row.fault.strip_prefix("foreign "), row.fault.strip_prefix("calls ")) {
        (Some(fault), _) => foreign(&own, fault, row.flavor),
        (_, Some(fault)) => calls(&own, fault, row.flavor),
        (None, None) => failing(&own, row),
    };
    command.env("RUST_BACKTRACE", "0").env_remove("RUST_LOG");
    let mut process = match row.act {
        Act::Full(_) => Process::spawn_unread(command),
        Act::Broken(_) => Process::spawn_to(command, broken_pipe()),
        _ => Process::spawn(command),
    };
    match row.act {
        Act::Wait => {}
        Act::Signal(signal, at) => signal_at(&mut process, signal, at),
        Act::Full(at) | Act::Broken(at) => signal_at(&mut process, Signal::TERM, at),
        Act::Then(signal, at, again) => {
            signal_at(&mut process, signal, at);
            signal_at(&mut process, Signal::TERM, again);
        }
        Act::Hangups(first, stop, second) => {
            let storm = |process: &mut Process, at| {
                process.wait_for(at);
                for _ in 0..1_000 {
                    process.signal(Signal::HUP);
                }
            };
            storm(&mut process, first);
            signal_at(&mut process, Signal::TERM, stop);
            storm(&mut process, second);
        }
        Act::Suspended(signalled, at) => {
            if let Some(ready) = signalled {
                signal_at(&mut process, Signal::TERM, ready);
            }
            process.wait_for(at);
            process.signal(Signal::STOP);
            thread::sleep(Duration::from_millis(2_500));
            process.signal(Signal::CONT);
            if signalled.is_none() {
                signal_at(&mut process, Signal::TERM, "ready");
            }
        }
        Act::Again(times, at) => {
            signal_at(&mut process, Signal::TERM, "ready");
            process.wait_for(at);
            for _ in 0..times {
                // Until a signal counts as another one.
                thread::sleep(Duration::from_millis(250));
                process.signal(Signal::TERM);
            }
        }
        Act::Twice(at) => {
            signal_at(&mut process, Signal::TERM, "ready");
            process.wait_for(at);
            thread::sleep(Duration::from_millis(250));
            process.signal(Signal::TERM);
        }
        Act::Random(within) => {
            // Spread evenly over the time, however many there are; no outcome depends on the moment.
            thread::sleep(Duration::from_micros(number * 7_919 % (within * 1_000)));
            process.signal(Signal::TERM);
            let sent = Instant::now();
            let lost = !process.ends_within(LOST);
            if lost {
                process.signal(Signal::TERM);
            }
            let end = process.end();
            return (End { took: sent.elapsed(), ..end }, lost);
        }
    }
    (process.end(), false)
}

/// This program as the one that fails.
fn failing(own: &Path, row: &Row) -> Command {
    let mut command = Command::new(own);
    command.args(["run", row.fault, row.flavor.name()]);
    command
}

/// The program beside this one whose foreign code misbehaves.
fn foreign(own: &Path, fault: &str, flavor: Flavor) -> Command {
    let mut command = Command::new(own.with_file_name("foreign"));
    let mut words = fault.split(' ');
    command.args([words.next().unwrap_or_default(), words.next().unwrap_or_default()]);
    if flavor == Flavor::Current {
        command.arg("current-thread");
    }
    command
}

/// The program beside this one whose checks, reloads or attempts go wrong.
fn calls(own: &Path, fault: &str, flavor: Flavor) -> Command {
    let mut command = Command::new(own.with_file_name("reloads"));
    command.args([fault, flavor.name()]);
    command
}

/// A pipe whose reader is gone.
fn broken_pipe() -> PipeWriter {
    let (reader, writer) = std::io::pipe().expect("a pipe can be made");
    drop(reader);
    writer
}

fn signal_at(process: &mut Process, signal: Signal, at: &str) {
    process.wait_for(at);
    process.signal(signal);
}

fn judge(row: &Row, end: &End) -> Seen {
    let stderr = end.on_stderr.join("\n");
    let is_said = match row.named {
        "" => stderr.is_empty(),
        named if stderr.is_empty() => named.starts_with(OR_NOTHING),
        named => named.trim_start_matches(OR_NOTHING).split('…').all(|part| stderr.contains(part.trim())),
    };
    let wrong = if !row.codes.contains(&end.code()) {
        Some(format!("exit code {}", end.code()))
    } else if !is_said {
        Some(format!("`{}` is not what stderr has", row.named))
    } else {
        out_of_order(row, end)
    };
    let wrong = wrong.map(|wrong| format!("{wrong}:\n{}", end.text()));
    Seen { code: end.code(), took: end.took, wrong, lost: false }
}

/// Who has started is asked to stop and dropped in the opposite order, and nobody is left out where the run came to its
/// own end.
fn out_of_order(row: &Row, end: &End) -> Option<String> {
    let names = |sign: char| {
        let names = end
            .said
            .iter()
            .filter_map(move |line| line.strip_prefix(sign))
            .filter(|name| !name.contains(' '));
        names.collect::<Vec<_>>()
    };
    let (mut started, asked, dropped) = (names('+'), names('-'), names('~'));
    started.reverse();
    let is_dropped = row.fault.starts_with("dropped");
    if row.fault.starts_with("two ") {
        return (!dropped.contains(&"other")).then(|| "the other run was not stopped".to_owned());
    }
    let is_whole = |names: &[&str]| names == started;
    let is_right = |names: &[&str]| {
        let mut left = started.iter();
        names.iter().all(|name| left.any(|started| started == name))
    };
    // A start that blocks its thread still borrows what it uses; and on a runtime without a free thread no service is asked.
    let cannot_be_asked = ["start block", "running block all"].contains(&row.fault);
    let is_over = end.code() >= 0 && end.code() != 4 && !cannot_be_asked;
    let whole = if is_dropped { is_whole(&dropped) } else { !is_over || is_whole(&asked) };
    (!whole || !is_right(&asked) || !is_right(&dropped)).then(|| "out of order".to_owned())
}
