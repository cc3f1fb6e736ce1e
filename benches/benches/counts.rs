//! What one service costs to start and stop, counted: instructions by callgrind and allocations by dhat, both of valgrind.
//!
//! This program runs itself under valgrind, once with few rounds and once with many; the difference, over the rounds and
//! the services, is the cost of one. Times vary with the load of the machine, these counts hardly do. Skipped without valgrind.

use std::env::{args, current_exe};
use std::process::Command;

use service_group_benches::{Lifecycle, Random, Shape, current_thread, full_or_small, two_workers};

/// The argument that makes this program the one that is counted.
const COUNTED: &str = "counted";
const SERVICES: u32 = 300;
const SIZES: [u32; 5] = [10, 100, 1_000, 10_000, 100_000];

fn main() {
    let arguments: Vec<_> = args().skip(1).collect();
    if let [COUNTED, which, runtime, services, rounds] =
        arguments.iter().map(String::as_str).collect::<Vec<_>>()[..]
    {
        let number = |text: &str| text.parse().expect("a number");
        return counted(number(which) as usize, runtime, number(services), number(rounds));
    }
    println!("\n### Counted under valgrind: a start and stop of one service\n");
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("SKIPPED: `valgrind` is not installed");
        return;
    }
    println!(
        "Of {SERVICES} services; the difference of {} rounds and {}. Threads vary by about 3 %.\n",
        ROUNDS.1, ROUNDS.0
    );
    costs();
    if full_or_small(true, false) {
        growth();
    }
}

/// The rounds of the short and of the long run.
const ROUNDS: (u32, u32) = (5, 25);

/// What runs under valgrind.
fn counted(which: usize, runtime: &str, services: u32, rounds: u32) {
    let runtime = if runtime == "workers" { two_workers() } else { current_thread() };
    let (_, lifecycle) = Lifecycle::all(services).into_iter().nth(which).expect("one of them");
    for _ in 0..rounds {
        runtime.block_on(lifecycle.run());
    }
}

/// Which of all lifecycles the second table is about: services with 2 edges each.
const RANDOM: usize = 3;

fn costs() {
    println!(
        "| | instructions, current thread | of bare | of tokio-graceful-shutdown | instructions, two workers | of bare | allocations |"
    );
    println!("|---|---|---|---|---|---|---|");
    let (services, rounds) = full_or_small((SERVICES, ROUNDS), (10, (1, 2)));
    let names = Lifecycle::all(1).map(|(name, _)| name);
    let shown = full_or_small(names.len(), 1);
    let units = f64::from(services) * f64::from(rounds.1 - rounds.0);
    let counts: Vec<_> = (0..shown)
        .map(|which| {
            let count = |tool, runtime| difference(tool, which, runtime, services, rounds) / units;
            [count(CALLGRIND, "thread"), count(CALLGRIND, "workers"), count(DHAT, "thread")]
        })
        .collect();
    for (name, [thread, workers, allocations]) in names.iter().zip(&counts) {
        let of_bare = [thread / counts[0][0], workers / counts[0][1]];
        let of_peer = counts.get(1).map_or_else(String::new, |peer| format!("{:.2}", thread / peer[0]));
        println!(
            "| {name} | {thread:.0} | {:.2} | {of_peer} | {workers:.0} | {:.2} | {allocations:.2} |",
            of_bare[0], of_bare[1]
        );
    }
}

fn growth() {
    println!("\nServices with 2 edges each, on the current thread:\n");
    println!("| services | instructions a service or edge | of the row above |");
    println!("|---|---|---|");
    let mut above = None;
    for services in SIZES {
        let few = (1_000 / services).max(1);
        let rounds = (few, few * 2);
        let size = Shape::random(services as usize, &mut Random::new(1)).size();
        let units = f64::from(few) * f64::from(u32::try_from(size).expect("no more edges than that"));
        let count = difference(CALLGRIND, RANDOM, "thread", services, rounds) / units;
        let growth = above.map_or_else(String::new, |above: f64| format!("{:.3}", count / above));
        println!("| {services} | {count:.0} | {growth} |");
        above = Some(count);
    }
}

/// A tool of valgrind, the option with which it writes no file, and the words around the count that it prints.
type Tool = (&'static str, &'static str, [&'static str; 2]);

const CALLGRIND: Tool = ("--tool=callgrind", "--callgrind-out-file=/dev/null", ["Collected : ", "\n"]);
const DHAT: Tool = ("--tool=dhat", "--dhat-out-file=/dev/null", ["bytes in ", " blocks"]);

/// How much more the long run counts than the short one.
fn difference(tool: Tool, which: usize, runtime: &str, services: u32, rounds: (u32, u32)) -> f64 {
    let count = |rounds: u32| {
        let (name, no_file, [before, after]) = tool;
        let output = Command::new("valgrind")
            .args([name, no_file])
            .arg(current_exe().expect("this program has a path"))
            .args([COUNTED, &which.to_string(), runtime, &services.to_string(), &rounds.to_string()])
            .output()
            .expect("valgrind runs");
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {printed}");
        let count = printed.split_once(before).and_then(|(_, rest)| rest.split_once(after));
        let count = count.unwrap_or_else(|| panic!("{name} printed no count: {printed}")).0;
        count.trim().replace(',', "").parse::<f64>().expect("a count")
    };
    count(rounds.1) - count(rounds.0)
}
