//! The outcomes as a table.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use crate::rows::{Act, Row};
use crate::trial::Seen;

const HEAD: &str = "\
# Faults

Written by `cargo run --release -p service-group-tests --bin faults -- --runs 3000 --write docs/faults.md`, after `cargo
build --release -p service-group-tests --bins`, which builds the programs that it runs. The command ends with exit code 1
where a process hangs, exits with another code, names another service or none on stderr, or does not stop in order. A test
runs each row once.

Each row is one fault of the same program in so many processes, eight at a time. The program has three services in a row,
`below`, `middle` and `above`, and a `task`. Its budget is 2 s, so that the watchdog acts after 3 s. `middle` and `task`
fail; their windows are 500 ms in the start and in the stop. Times are from the last signal to the end of the process, or
from its start where there was no signal. An exit code of -15 means that SIGTERM ended the process, as it does before and
after a run. `…` stands for any text.

`block` blocks a thread of the runtime, `spawn_blocking` awaits such work and `detached` does not. `slow`: each start and
each stop takes 2 ms. `held`: the outcome is kept while the runtime is dropped. `spawned`: the run is itself a task. `goes
on`: the process has other work after its run. `dropped`: the future of the run is dropped at that moment. `two runs`,
`two runtimes`: a second run, on the same runtime or on its own, beside one that is stuck.

`calls`: another program, whose check, reload or start goes wrong (`check`, `reload`, `retry`), or that is reloaded and takes
700 ms to stop (`slow stop`). Its budget is 4 s.

`foreign`: another program, whose foreign code misbehaves: a tracing subscriber (`event`, `new_span` and so on are its
methods, `fmt` is that of tracing-subscriber), an input (`input`), a guard that was there before the runtime (`flush`), a
start that cannot be repeated (`torn`), signals between two runs, and the system, which suspends the process.

| fault | runtime | signal | runs | time to exit, median [least..greatest] | exit code | stderr names |
|---|---|---|---|---|---|---|
";

/// The table.
pub(crate) fn write(seen: &[(&Row, Vec<Seen>)]) -> String {
    let mut table = HEAD.to_owned();
    for (row, seen) in seen {
        let mut times: Vec<_> = seen.iter().map(|seen| seen.took).collect();
        times.sort_unstable();
        let (flavor, signal, runs) = (row.flavor.name(), signal(row.act), seen.len());
        let named = if row.named.is_empty() { "nothing" } else { row.named };
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            table,
            "| {} | {flavor} | {signal} | {runs} | {} | {} | {named} |",
            row.fault,
            spread(&times),
            codes(seen)
        );
    }
    let total: usize = seen.iter().map(|(_, seen)| seen.len()).sum();
    let wrong = seen.iter().flat_map(|(_, seen)| seen).filter(|seen| seen.wrong.is_some()).count();
    let (lost, random) = lost(seen);
    let _ = writeln!(
        table,
        "\n{total} processes, {wrong} of them wrong. Of {random} signals at random moments {lost} came in the \
         few microseconds\nin which its handler was being installed, and had to be sent again."
    );
    table
}

/// How many signals at random moments were lost, and how many there were.
pub(crate) fn lost(seen: &[(&Row, Vec<Seen>)]) -> (usize, usize) {
    let random = seen.iter().filter(|(row, _)| matches!(row.act, Act::Random(_))).flat_map(|(_, seen)| seen);
    (random.clone().filter(|seen| seen.lost).count(), random.count())
}

fn signal(act: Act) -> String {
    match act {
        Act::Wait => "none".to_owned(),
        Act::Signal(signal, at) => format!("{} at `{at}`", name(signal)),
        Act::Again(1, _) => "a second SIGTERM".to_owned(),
        Act::Again(_, _) => "a third SIGTERM".to_owned(),
        Act::Twice(at) => format!("SIGTERM again, at `{at}`"),
        Act::Random(within) => format!("SIGTERM at a random moment within {within} ms"),
        Act::Full(at) => format!("SIGTERM at `{at}`, stderr full"),
        Act::Broken(at) => format!("SIGTERM at `{at}`, stderr without a reader"),
        Act::Then(signal, at, again) => format!("{} at `{at}`, SIGTERM at `{again}`", name(signal)),
        Act::Hangups(first, stop, second) => {
            format!("1,000 times SIGHUP at `{first}` and at `{second}`, SIGTERM at `{stop}`")
        }
        Act::Suspended(None, at) => format!("suspended for 2.5 s at `{at}`, SIGTERM at `ready`"),
        Act::Suspended(Some(_), at) => format!("SIGTERM at `ready`, suspended for 2.5 s at `{at}`"),
    }
}

fn name(signal: service_group_tests::Signal) -> &'static str {
    use service_group_tests::Signal;
    match signal {
        Signal::INT => "SIGINT",
        Signal::HUP => "SIGHUP",
        Signal::QUIT => "SIGQUIT",
        _ => "SIGTERM",
    }
}

fn spread(times: &[Duration]) -> String {
    let ms = |time: Option<&Duration>| time.map_or(0, Duration::as_millis);
    format!("{} ms [{}..{}]", ms(times.get(times.len() / 2)), ms(times.first()), ms(times.last()))
}

/// `0` where there is one, `0 (980), -15 (20)` where there are several.
fn codes(seen: &[Seen]) -> String {
    let mut counts = BTreeMap::new();
    for seen in seen {
        *counts.entry(seen.code).or_insert(0) += 1;
    }
    let several = counts.len() > 1;
    let codes = counts
        .iter()
        .rev()
        .map(|(code, count)| if several { format!("{code} ({count})") } else { code.to_string() });
    codes.collect::<Vec<_>>().join(", ")
}
