//! What the live numbers and the force cost a server: requests a second beside axum's and tonic's own serve loops.
//!
//! All servers run in one thread, and their clients in another; two take turns in short runs, in shuffled order.
//! The server's processor time a request is the less noisy measure: other programs do not lengthen it.

mod clients;
mod servers;

use std::fmt;
use std::time::Duration;

use clients::{Clients, Load};
use servers::Host;
use service_group_benches::{Random, Spread, current_thread, full_or_small, nanoseconds, ratios};
use tokio::runtime::Runtime;

/// Requests of one run: about a hundredth of a second.
fn requests() -> usize {
    full_or_small(2_048, 128)
}

/// Requests before a run.
fn warm_up() -> usize {
    full_or_small(512, 64)
}

fn main() {
    let rounds = full_or_small(61, 1);
    println!(
        "\n### Requests beside the plain servers, {rounds} rounds of {}: median [least..greatest]\n",
        requests()
    );
    println!(
        "| connections x requests at a time | requests/s, plain | ours to plain | server's ns a request, plain | ours to plain |"
    );
    println!("|---|---|---|---|---|");
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let (host, runtime, mut random) = (Host::start(), current_thread(), Random::new(1));
    for load in Load::ALL.into_iter().filter(|load| load.to_string().contains(&only)) {
        println!("| {load} {}", Row::measured(&host, &runtime, load, rounds, &mut random));
    }
}

/// The costs of one run.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    wall: Duration,
    /// Of the server's thread.
    processor: Duration,
}

/// The runs of both, plain first.
struct Row([Vec<Run>; 2]);

impl Row {
    /// Each round has connections of its own: where their memory happens to lie is worth 1 % to one of the servers.
    fn measured(host: &Host, runtime: &Runtime, load: Load, rounds: usize, random: &mut Random) -> Self {
        let addresses = load.pair.of(host);
        let mut runs = [Vec::new(), Vec::new()];
        for _ in 0..rounds {
            let mut clients = addresses.map(|addr| runtime.block_on(Clients::connect(load, addr)));
            for clients in &mut clients {
                runtime.block_on(clients.ask(warm_up()));
            }
            let first = random.below(2);
            for who in [first, 1 - first] {
                runs[who].push(host.cost(runtime, &mut clients[who]));
            }
        }
        Self(runs)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [plain, ours] = &self.0;
        let units = u32::try_from(requests()).map(f64::from).expect("no more than that");
        let rate: Spread = plain.iter().map(|run| units / run.wall.as_secs_f64()).collect();
        let cost = nanoseconds(plain.iter().map(|run| run.processor), units);
        let (wall, processor) = (|run: &Run| run.wall, |run: &Run| run.processor);
        // As many requests in less time are more requests in the same time.
        let throughput = ratios(plain.iter().map(wall), ours.iter().map(wall));
        let processor = ratios(ours.iter().map(processor), plain.iter().map(processor));
        write!(f, "| {rate:.0} | {throughput:.3} | {cost:.0} | {processor:.3} |")
    }
}
