//! What a group costs to compile, against the same application wired by hand and in tokio-graceful-shutdown.
//!
//! The crates are written into the target directory, from a seed. What counts is processor time of cargo and rustc for the
//! crate with the wiring alone. With the argument `large`, groups of 300 and 1,000 services are compiled as well, and nothing
//! else is measured.

mod cold;

use std::path::Path;
use std::time::Duration;

use service_group_benches::{
    Contestant, Cost, Crates, Spread, Wiring, full_or_small, ratios, repository, seconds, services,
    take_turns_after,
};

const SIZES: [usize; 4] = [10, 100, 300, 1_000];

const TOKIO: &str = "tokio = { version = \"1\", features = [\"full\"] }";

const WIRINGS: [(Wiring, &str); 4] = [
    (Wiring::Group, "the group"),
    (Wiring::Functions, "by hand, a function each"),
    (Wiring::OneFunction, "by hand, in one function"),
    (Wiring::Subsystems, "tokio-graceful-shutdown, no order"),
];

/// More than this in one function takes minutes.
const MOST_IN_ONE_FUNCTION: usize = 300;

fn main() {
    let large = std::env::args().any(|argument| argument == "large");
    let sizes = &SIZES[..if large { 4 } else { full_or_small(2, 1) }];
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile-time");
    let mut crates = Crates::new(folder);
    for &size in sizes {
        add(&mut crates, size);
    }
    if full_or_small(false, true) {
        // What the crates depend on takes longer to compile than all other benchmarks take.
        println!(
            "SMALL: {} crates resolved, nothing compiled",
            crates.count(&Wiring::Group.crate_name(sizes[0]))
        );
        return;
    }
    println!("\n### Compile time, {ROUNDS} rounds: median [least..greatest]\n");
    println!(
        "Seconds of processor time of cargo and all that it starts, when the file with the wiring has changed."
    );
    for command in ["check", "build"] {
        // What the wirings depend on, so that each round compiles one crate.
        for &size in sizes {
            let _ = crates.compile(command, &services_name(size), "lib.rs");
        }
        let cost = |wiring: Wiring, size| crates.compile(command, &wiring.crate_name(size), "main.rs");
        table(&format!("cargo {command}"), sizes, &cost);
    }
    if !large {
        let edited =
            |wiring: Wiring, size| crates.check_edited(&wiring.crate_name(size), "main.rs", wiring.edit());
        table("cargo check, incremental, after a timeout was changed", sizes, &edited);
        executables(&crates, sizes);
        cold::measure(&mut crates);
    }
}

const ROUNDS: usize = 3;

fn services_name(size: usize) -> String {
    format!("services-{size}")
}

fn library() -> String {
    format!("service-group = {{ path = \"{}\" }}", repository().join("runtime").display())
}

fn add(crates: &mut Crates, size: usize) {
    let types = services_name(size);
    // The same features everywhere, so that nothing is compiled twice.
    let libraries = format!("{}\n{TOKIO}", library());
    crates.add(&types, "lib.rs", &libraries, &services(size));
    let dependencies = format!("{libraries}\nservices = {{ path = \"../{types}\", package = \"{types}\" }}");
    for (wiring, _) in WIRINGS {
        let peer = if wiring == Wiring::Subsystems { "\ntokio-graceful-shutdown = \"0.20\"" } else { "" };
        let dependencies = format!("{dependencies}{peer}");
        crates.add(&wiring.crate_name(size), "main.rs", &dependencies, &wiring.source(size));
    }
}

fn is_compiled(wiring: Wiring, size: usize) -> bool {
    match wiring {
        Wiring::Group | Wiring::Functions => true,
        Wiring::OneFunction => size <= MOST_IN_ONE_FUNCTION,
        Wiring::Subsystems => size <= 100,
    }
}

/// One line for each wiring, with a column for each size.
fn table(title: &str, sizes: &[usize], cost: &dyn Fn(Wiring, usize) -> Cost) {
    let heads = sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(" | ");
    println!("\n| {title} | {heads} | growth a service |\n|---|{}---|", "---|".repeat(sizes.len()));
    let all = WIRINGS.iter().flat_map(|(wiring, _)| sizes.iter().map(|size| (*wiring, *size)));
    let all: Vec<_> = all.filter(|(wiring, size)| is_compiled(*wiring, *size)).collect();
    let compile =
        |&(wiring, size): &(Wiring, usize)| -> Contestant<'_> { Box::new(move || cost(wiring, size)) };
    // The first round of all may compile what a wiring depends on.
    let costs = take_turns_after(1, ROUNDS, &mut all.iter().map(compile).collect::<Vec<_>>());
    let of =
        |wiring, size| all.iter().position(|each| *each == (wiring, size)).map(|at| costs[at].as_slice());
    let (smaller, largest) = (sizes[sizes.len().saturating_sub(2)], sizes[sizes.len() - 1]);
    for (wiring, name) in WIRINGS {
        let cells =
            sizes.iter().map(|size| of(wiring, *size).map(|costs| seconds(processor(costs)).to_string()));
        let growth = of(wiring, largest).zip(of(wiring, smaller));
        let less =
            f64::from(u32::try_from(smaller).unwrap_or(1)) / f64::from(u32::try_from(largest).unwrap_or(1));
        row(name, cells, growth.map(|(large, small)| against(large, small).scaled(less)));
    }
    for (other, name) in &WIRINGS[1..] {
        let ratio = |size| Some(against(of(Wiring::Group, size)?, of(*other, size)?).to_string());
        row(&format!("the group / {name}"), sizes.iter().map(|size| ratio(*size)), None);
    }
}

fn row(name: &str, cells: impl Iterator<Item = Option<String>>, growth: Option<Spread>) {
    let growth = growth.map(|growth| growth.to_string());
    let cells = cells.chain([growth]).map(Option::unwrap_or_default).collect::<Vec<_>>();
    println!("| {name} | {} |", cells.join(" | "));
}

fn executables(crates: &Crates, sizes: &[usize]) {
    println!("\n| executable, `--release`, without symbols, KiB | {} | {} |", sizes[0], sizes[1]);
    println!("|---|---|---|");
    for (wiring, name) in WIRINGS {
        let size = |size: &usize| Some(crates.release_size(&wiring.crate_name(*size)).to_string());
        let cells = sizes.iter().map(size).map(Option::unwrap_or_default).collect::<Vec<_>>();
        println!("| {name} | {} |", cells.join(" | "));
    }
}

fn processor(costs: &[Cost]) -> impl Iterator<Item = Duration> {
    costs.iter().map(|cost| cost.processor)
}

fn against(costs: &[Cost], others: &[Cost]) -> Spread {
    ratios(processor(costs), processor(others))
}
