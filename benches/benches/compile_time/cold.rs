//! Cold builds of crates that do nothing but depend on libraries.

use service_group_benches::{Contestant, Crates, repository, seconds, take_turns_after};

use crate::{TOKIO, against, library, processor};

const ROUNDS: usize = 2;

pub(crate) fn measure(crates: &mut Crates) {
    let servers = format!(
        "service-group-servers = {{ path = \"{}\", features = [\"grpc\", \"http\"] }}\n{}",
        repository().join("servers").display(),
        library()
    );
    // Each with the index of its peer.
    let all = [
        ("tokio-graceful-shutdown", "tokio-graceful-shutdown = \"0.20\"", 0),
        ("service-group", &library(), 0),
        ("tokio, full", TOKIO, 0),
        ("axum and tonic, their default features", "axum = \"0.8\"\ntonic = \"0.14\"", 3),
        ("service-group, service-group-servers with `http` and `grpc`", &servers, 3),
    ];
    let name = |index| format!("cold-{index}");
    for (index, (_, dependencies, _)) in all.iter().enumerate() {
        crates.add(&name(index), "lib.rs", dependencies, "");
    }
    println!("\n### A cold build, {ROUNDS} rounds\n");
    println!("An empty crate that depends on these libraries, nothing built before.\n");
    println!("| cargo build | crates | processor time, s | of the first of its kind |\n|---|---|---|---|");
    let crates = &*crates;
    let build = |index| -> Contestant<'_> { Box::new(move || crates.cold(&name(index))) };
    let costs = take_turns_after(0, ROUNDS, &mut (0..all.len()).map(build).collect::<Vec<_>>());
    for (index, (title, _, peer)) in all.iter().enumerate() {
        let ratio = against(&costs[index], &costs[*peer]);
        let took = seconds(processor(&costs[index]));
        println!("| {title} | {} | {took} | {ratio} |", crates.count(&name(index)));
    }
}
