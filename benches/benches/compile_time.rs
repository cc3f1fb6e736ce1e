//! What a group costs to compile, against the same application wired by hand, and how that grows.

use std::path::Path;
use std::time::Duration;

use service_group_benches::{
    Contestant, Cost, Crates, Spread, Wiring, ratios, repository, seconds, services, take_turns_after,
};

const SIZES: [usize; 4] = [10, 100, 300, 1_000];
const ROUNDS: usize = 3;
const COLD_ROUNDS: usize = 3;

const TOKIO: &str = "tokio = { version = \"1\", features = [\"full\"] }";

/// More than this in one function takes minutes.
const MOST_IN_ONE_FUNCTION: usize = 300;

fn main() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile-time");
    let mut crates = Crates::new(folder);
    for size in SIZES {
        add(&mut crates, size);
    }
    add_cold(&mut crates);
    println!("\n## Compile time, {ROUNDS} rounds: median [least..greatest]\n");
    println!(
        "Seconds of processor time of cargo and all that it starts, when the file with the wiring has changed."
    );
    for command in ["check", "build"] {
        // What the wirings depend on, so that each round compiles one crate.
        for size in SIZES {
            let _ = crates.compile(command, &services_name(size), "lib.rs");
        }
        table(&crates, command);
    }
    cold(&crates);
}

fn services_name(size: usize) -> String {
    format!("services-{size}")
}

fn library() -> String {
    format!("service-group = {{ path = {:?} }}", repository().join("runtime"))
}

fn add(crates: &mut Crates, size: usize) {
    let types = services_name(size);
    // The same features everywhere, so that nothing is compiled twice.
    let libraries = format!("{}\n{TOKIO}", library());
    crates.add(&types, "lib.rs", &libraries, &services(size));
    let dependencies = format!("{libraries}\nservices = {{ path = \"../{types}\", package = \"{types}\" }}");
    for wiring in [Wiring::Group, Wiring::Functions, Wiring::OneFunction] {
        crates.add(&wiring.crate_name(size), "main.rs", &dependencies, &wiring.source(size));
    }
}

/// One line for each wiring, with a column for each size.
fn table(crates: &Crates, command: &'static str) {
    println!("\n| cargo {command} | 10 | 100 | 300 | 1,000 | 1,000 to 100 |");
    println!("|---|---|---|---|---|---|");
    let wirings = [Wiring::Group, Wiring::Functions, Wiring::OneFunction];
    let all = wirings.iter().flat_map(|wiring| SIZES.map(|size| (*wiring, size)));
    let all: Vec<_> =
        all.filter(|each| each.0 != Wiring::OneFunction || each.1 <= MOST_IN_ONE_FUNCTION).collect();
    let compile = |&(wiring, size): &(Wiring, usize)| -> Contestant<'_> {
        let name = wiring.crate_name(size);
        Box::new(move || crates.compile(command, &name, "main.rs"))
    };
    let costs = take_turns_after(0, ROUNDS, &mut all.iter().map(compile).collect::<Vec<_>>());
    let of =
        |wiring, size| all.iter().position(|each| *each == (wiring, size)).map(|at| costs[at].as_slice());
    for (wiring, name) in
        wirings.into_iter().zip(["the group", "by hand, a function each", "by hand, in one function"])
    {
        let cells = SIZES.map(|size| of(wiring, size).map(|costs| seconds(processor(costs)).to_string()));
        row(name, cells, of(wiring, 1_000).zip(of(wiring, 100)).map(|(large, small)| against(large, small)));
    }
    for (hand, name) in [
        (Wiring::Functions, "the group / a function each"),
        (Wiring::OneFunction, "the group / one function"),
    ] {
        let ratio = |size| Some(against(of(Wiring::Group, size)?, of(hand, size)?).to_string());
        row(name, SIZES.map(ratio), None);
    }
}

fn row(name: &str, cells: [Option<String>; 4], growth: Option<Spread>) {
    let growth = growth.map(|growth| growth.to_string());
    let cells = cells.into_iter().chain([growth]).map(Option::unwrap_or_default).collect::<Vec<_>>();
    println!("| {name} | {} |", cells.join(" | "));
}

fn processor(costs: &[Cost]) -> impl Iterator<Item = Duration> {
    costs.iter().map(|cost| cost.processor)
}

fn against(costs: &[Cost], others: &[Cost]) -> Spread {
    ratios(processor(costs), processor(others))
}

/// Crates that do nothing but depend on one library.
const COLD: [(&str, &str); 3] = [
    ("service-group", ""),
    ("tokio-graceful-shutdown", "tokio-graceful-shutdown = \"0.20\""),
    ("tokio, full", TOKIO),
];

fn cold_name(index: usize) -> String {
    format!("cold-{index}")
}

fn add_cold(crates: &mut Crates) {
    for (index, (_, dependency)) in COLD.iter().enumerate() {
        let library = library();
        let dependency = if index == 0 { &library } else { *dependency };
        crates.add(&cold_name(index), "lib.rs", dependency, "");
    }
}

fn cold(crates: &Crates) {
    println!("\n## A cold build, {COLD_ROUNDS} rounds\n");
    println!("| cargo build | crates | processor time, s | of tokio-graceful-shutdown |");
    println!("|---|---|---|---|");
    let build = |index| -> Contestant<'_> { Box::new(move || crates.cold(&cold_name(index))) };
    let costs = take_turns_after(0, COLD_ROUNDS, &mut (0..COLD.len()).map(build).collect::<Vec<_>>());
    for (index, (name, _)) in COLD.iter().enumerate() {
        let ratio = against(&costs[index], &costs[1]);
        println!(
            "| {name} | {} | {} | {ratio} |",
            crates.count(&cold_name(index)),
            seconds(processor(&costs[index]))
        );
    }
}
