//! One process, and what was seen of it.

use std::panic::catch_unwind;
use std::process::Command;
use std::thread;
use std::time::Duration;

use service_group_tests::{End, Process, Signal};

use crate::rows::{Act, Row};

/// What was seen of one process.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) code: i32,
    /// From the last signal, or from its begin where there was none.
    pub(crate) took: Duration,
    /// What was not as it has to be.
    pub(crate) wrong: Option<String>,
}

/// Runs a process of that row. One that hangs, or does not say what it has to, is killed after a minute.
pub(crate) fn run(row: &Row, number: u64) -> Seen {
    match catch_unwind(|| drive(row, number)) {
        Ok(end) => judge(row, &end),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().cloned().unwrap_or_default();
            Seen { code: -9, took: Duration::ZERO, wrong: Some(format!("it hangs: {said}")) }
        }
    }
}

fn drive(row: &Row, number: u64) -> End {
    let own = std::env::current_exe().expect("the path of this program is known");
    let command = &mut Command::new(own);
    command.args(["subject", row.fault, row.flavor.name()]).env("RUST_BACKTRACE", "0").env_remove("RUST_LOG");
    let mut process = match row.act {
        Act::Full(_) => Process::spawn_unheard(command),
        _ => Process::spawn(command),
    };
    match row.act {
        Act::Wait => {}
        Act::Signal(signal, at) => signal_at(&mut process, signal, at),
        Act::Full(at) => signal_at(&mut process, Signal::TERM, at),
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
        }
    }
    process.end()
}

fn signal_at(process: &mut Process, signal: Signal, at: &str) {
    process.wait_for(at);
    process.signal(signal);
}

fn judge(row: &Row, end: &End) -> Seen {
    let stderr = end.on_stderr.join("\n");
    let is_said = if row.named.is_empty() { stderr.is_empty() } else { stderr.contains(row.named) };
    let wrong = if !row.codes.contains(&end.code()) {
        Some(format!("exit code {}", end.code()))
    } else if !is_said {
        Some(format!("`{}` is not what stderr has", row.named))
    } else {
        out_of_order(row, end)
    };
    let wrong = wrong.map(|wrong| format!("{wrong}:\n{}", end.text()));
    Seen { code: end.code(), took: end.took, wrong }
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
    if row.fault == "two runs" {
        return (!dropped.contains(&"other")).then(|| "the other run was not stopped".to_owned());
    }
    let is_whole = |names: &[&str]| names == started;
    let is_right = |names: &[&str]| {
        let mut left = started.iter();
        names.iter().all(|name| left.any(|started| started == name))
    };
    // A start that blocks its thread still borrows what it uses, which cannot be stopped then.
    let is_over = end.code() >= 0 && end.code() != 4 && row.fault != "start block";
    let whole = if is_dropped { is_whole(&dropped) } else { !is_over || is_whole(&asked) };
    (!whole || !is_right(&asked) || !is_right(&dropped)).then(|| "out of order".to_owned())
}
