//! What the live numbers and the force cost a server: requests a second beside axum's and tonic's own serve loops.
//!
//! All servers run in one thread, and their clients in another; two take turns in short runs, in shuffled order.
//! The server's processor time a request is the less noisy measure: other programs do not lengthen it.

mod clients;
mod servers;

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
    let (runs, rounds) = full_or_small((3, 61), (1, 1));
    println!(
        "\n### Requests beside the plain servers, {runs} runs of {rounds} rounds of {} requests: median [least..greatest] of \
         the runs\n",
        requests()
    );
    println!(
        "| connections x requests at a time | requests/s, plain | ours to plain | server's ns a request, plain | ours to plain |"
    );
    println!("|---|---|---|---|---|");
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let (host, runtime, mut random) = (Host::start(), current_thread(), Random::new(1));
    let loads: Vec<_> = Load::ALL.into_iter().filter(|load| load.to_string().contains(&only)).collect();
    let mut rows = vec![Vec::new(); loads.len()];
    for _ in 0..runs {
        for (load, row) in loads.iter().zip(&mut rows) {
            row.push(Medians::measured(&host, &runtime, *load, rounds, &mut random));
        }
    }
    for (load, row) in loads.iter().zip(&rows) {
        let of = |median: fn(&Medians) -> f64| -> Spread { row.iter().map(median).collect() };
        let [rate, throughput] = [of(|run| run.rate), of(|run| run.throughput)];
        let [cost, processor] = [of(|run| run.cost), of(|run| run.processor)];
        let (rate, cost) = (rate.median(), cost.median());
        println!("| {load} | {rate:.0} | {throughput:.3} | {cost:.0} | {processor:.3} |");
    }
}

/// The costs of one turn.
#[derive(Debug, Clone, Copy, Default)]
struct Turn {
    wall: Duration,
    /// Of the server's thread.
    processor: Duration,
}

/// The medians of the rounds of one run.
#[derive(Debug, Clone)]
struct Medians {
    /// Requests a second of the plain server.
    rate: f64,
    /// How many times as many requests a second ours answers.
    throughput: f64,
    /// Nanoseconds of the plain server's thread a request.
    cost: f64,
    /// How many times as much ours needs.
    processor: f64,
}

impl Medians {
    /// Each round has connections of its own: where their memory happens to lie is worth 1 % to one of the servers.
    fn measured(host: &Host, runtime: &Runtime, load: Load, rounds: usize, random: &mut Random) -> Self {
        let addresses = load.pair.of(host);
        let mut turns = [Vec::new(), Vec::new()];
        for _ in 0..rounds {
            let mut clients = addresses.map(|addr| runtime.block_on(Clients::connect(load, addr)));
            for clients in &mut clients {
                runtime.block_on(clients.ask(warm_up()));
            }
            let first = random.below(2);
            for server in [first, 1 - first] {
                turns[server].push(host.cost(runtime, &mut clients[server]));
            }
        }
        Self::of(&turns)
    }

    /// Of the turns of both, plain first.
    fn of([plain, ours]: &[Vec<Turn>; 2]) -> Self {
        let units = u32::try_from(requests()).map(f64::from).expect("no more than that");
        let rate: Spread = plain.iter().map(|turn| units / turn.wall.as_secs_f64()).collect();
        let (wall, processor) = (|turn: &Turn| turn.wall, |turn: &Turn| turn.processor);
        Self {
            rate: rate.median(),
            // As many requests in less time are more requests in the same time.
            throughput: ratios(plain.iter().map(wall), ours.iter().map(wall)).median(),
            cost: nanoseconds(plain.iter().map(processor), units).median(),
            processor: ratios(ours.iter().map(processor), plain.iter().map(processor)).median(),
        }
    }
}
