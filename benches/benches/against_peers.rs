//! What one service costs to start and stop, in processor time, against a bare task and a subsystem of
//! tokio-graceful-shutdown. All run in one process and take turns.

use std::time::Duration;

use service_group_benches::{
    Contestant, Cost, Lifecycle, current_thread, full_or_small, nanoseconds, ratios, take_turns, two_workers,
};
use tokio::runtime::Runtime;

fn main() {
    let services = full_or_small(1_000, 20);
    let rounds = full_or_small(101, 1);
    println!("\n### Start and stop of {services} services, {rounds} rounds: median [least..greatest]\n");
    println!(
        "Processor time of all threads, and ratios of it; the last column is a ratio of time on the wall.\n\
         The peers' tasks have no order. The plain services have no running task, a `Task` has one as the peers do."
    );
    table("two workers", &two_workers(), services, rounds);
    table("current thread", &current_thread(), services, rounds);
}

fn table(title: &str, runtime: &Runtime, services: u32, rounds: usize) {
    let all = Lifecycle::all(services);
    let contestant = |(_, lifecycle)| -> Contestant<'_> {
        let lifecycle: &Lifecycle = lifecycle;
        Box::new(move || Cost::of(runtime, 1, async || lifecycle.run().await))
    };
    let mut contestants: Vec<_> = all.iter().map(|(name, lifecycle)| contestant((name, lifecycle))).collect();
    let costs = take_turns(rounds, &mut contestants);
    println!("\n| {title} | ns a service | of bare | of tokio-graceful-shutdown | wall, of bare |");
    println!("|---|---|---|---|---|");
    for ((name, _), own) in all.iter().zip(&costs) {
        let cost = nanoseconds(processor(own), f64::from(services));
        let [of_bare, of_peer] = [0, 1].map(|peer| ratios(processor(own), processor(&costs[peer])));
        let wall = ratios(own.iter().map(|cost| cost.wall), costs[0].iter().map(|cost| cost.wall));
        println!("| {name} | {cost:.0} | {of_bare} | {of_peer} | {wall} |");
    }
}

fn processor(costs: &[Cost]) -> impl Iterator<Item = Duration> {
    costs.iter().map(|cost| cost.processor)
}
