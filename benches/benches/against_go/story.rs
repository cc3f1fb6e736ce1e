//! A gateway and the gRPC server that it calls, as whole processes: go-zero 1.6.6, a newer go-zero, and `gateway-rpc`.

use std::collections::BTreeSet;
use std::env::current_exe;
use std::process::Command;
use std::time::Duration;

use service_group_benches::{Spread, full_or_small, repository, two_workers};

use crate::app::{Kind, Stopped};
use crate::go_program;
use crate::scenarios::{Counts, Scenario};

const SCENARIOS: [Scenario; 6] = [
    Scenario::Idle,
    Scenario::KeepAlive,
    Scenario::InFlight(Duration::from_millis(300)),
    Scenario::InFlight(Duration::from_secs(3)),
    Scenario::InFlight(Duration::from_secs(8)),
    Scenario::Busy(16),
];

pub(crate) fn measure(with_go: bool) {
    let rounds = full_or_small(3, 1);
    println!("\n### A gateway and its gRPC server, {rounds} rounds: median [least..greatest]\n");
    println!(
        "Seconds from the signal to the exit, and how it ended. The gateway of `gateway-rpc` has a window of 6 s. A request is\n\
         lost if it was sent and not answered with success; one that found its connection closed was not sent.\n"
    );
    let kinds = kinds(with_go);
    let scenarios = &SCENARIOS[..full_or_small(SCENARIOS.len(), 3)];
    if kinds.is_empty() {
        return;
    }
    let (runtime, mut counts) = (two_workers(), Counts::default());
    let names = kinds.iter().map(|kind| kind.name).collect::<Vec<_>>();
    println!("| | {} |\n|---|{}", names.join(" | "), "---|".repeat(names.len()));
    for scenario in scenarios {
        let mut all = vec![Vec::new(); kinds.len()];
        for _ in 0..rounds {
            for (kind, stops) in kinds.iter().zip(&mut all) {
                stops.push(runtime.block_on(scenario.run(kind, &mut counts)));
            }
        }
        let cells = all.iter().map(|stops| cell(stops)).collect::<Vec<_>>();
        println!("| {} | {} |", scenario.name(), cells.join(" | "));
    }
    let count = |show: fn(&mut Counts, &Kind) -> String, counts: &mut Counts| {
        kinds.iter().map(|kind| show(counts, kind)).collect::<Vec<_>>().join(" | ")
    };
    let lost = |counts: &mut Counts, kind: &Kind| {
        let count = counts.of(kind);
        format!("{} of {}", count.lost, count.sent)
    };
    let died = |counts: &mut Counts, kind: &Kind| {
        let count = counts.of(kind);
        format!("{} of {}", count.died, count.starts)
    };
    println!("| requests of busy clients lost | {} |", count(lost, &mut counts));
    println!("| starts that died | {} |", count(died, &mut counts));
}

fn cell(stops: &[Stopped]) -> String {
    let took: Spread = stops.iter().map(|stop| stop.took.as_secs_f64()).collect();
    let how: BTreeSet<_> = stops.iter().map(|stop| stop.how.as_str()).collect();
    format!("{took:.3}: {}", how.into_iter().collect::<Vec<_>>().join(", or "))
}

fn kinds(with_go: bool) -> Vec<Kind> {
    let mut kinds = Vec::new();
    if with_go {
        for (name, versions) in [("go-zero 1.6.6", "go-zero-1.6.6.mod"), ("go-zero 1.10.3", "go.mod")] {
            let program = go_program("story", versions);
            kinds.extend(program.map(|program| Kind { name, program, is_ours: false }));
        }
    }
    kinds.extend(gateway_rpc());
    kinds
}

/// The example beside this program: built in a measurement, used where it is there in a small run.
fn gateway_rpc() -> Option<Kind> {
    let this = current_exe().expect("this program has a path");
    let program = this.ancestors().nth(2).expect("deps, and the folder of the profile").join("gateway-rpc");
    if full_or_small(true, false) {
        let build = ["build", "--quiet", "--release", "--package", "gateway-rpc"];
        let status = Command::new(env!("CARGO")).args(build).current_dir(repository()).status();
        assert!(status.expect("cargo runs").success(), "`gateway-rpc` does not compile");
    }
    if !program.exists() {
        println!("SKIPPED: {} is not built", program.display());
        return None;
    }
    Some(Kind { name: "`gateway-rpc`", program, is_ours: true })
}
