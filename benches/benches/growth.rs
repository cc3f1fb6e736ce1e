//! Whether the engine is linear: what a service or an edge costs in processor time, in groups of 10 to 100,000.

use std::time::Duration;

use service_group_benches::{
    Contestant, Cost, Lifecycle, Random, Shape, current_thread, full_or_small, nanoseconds, ratios,
    take_turns_after, two_workers,
};
use tokio::runtime::Runtime;

const SIZES: [u32; 5] = [10, 100, 1_000, 10_000, 100_000];

/// So many services at least are started and stopped in one turn: small groups are run more often.
const LEAST_IN_A_TURN: u32 = 10_000;

fn main() {
    println!("\n### Growth of one start and stop, {} rounds: median [least..greatest]\n", rounds());
    println!(
        "Nanoseconds of processor time a service or edge; for the bare tasks, a task. Linear is a ratio of about 1."
    );
    table("two workers", &two_workers());
    table("current thread", &current_thread());
}

fn rounds() -> usize {
    full_or_small(7, 1)
}

fn table(title: &str, runtime: &Runtime) {
    println!(
        "\n| {title} | 10 | 100 | 1,000 | 10,000 | 100,000 | 1,000 to 10 | 10,000 to 1,000 | 100,000 to 10,000 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    row(runtime, "bare tokio, for comparison", |size| (f64::from(size), Lifecycle::Bare(size)));
    row(runtime, "independent", |size| group(&Shape::independent(size as usize)));
    row(runtime, "random, 2 edges a service", |size| {
        group(&Shape::random(size as usize, &mut Random::new(1)))
    });
    row(runtime, "chain", |size| group(&Shape::chain(size as usize)));
    row(runtime, "fan", |size| group(&Shape::fan(size as usize)));
}

fn group(shape: &Shape) -> (f64, Lifecycle) {
    let units = u32::try_from(shape.size()).expect("no more edges than that");
    (f64::from(units), Lifecycle::services(shape))
}

/// Lets one contestant of each size take turns; each comes with its units of work.
fn row(runtime: &Runtime, name: &str, contestant: impl Fn(u32) -> (f64, Lifecycle)) {
    let sizes = &SIZES[..full_or_small(SIZES.len(), 1)];
    let all: Vec<_> = sizes.iter().map(|&size| (size, contestant(size))).collect();
    let turn = |(size, (_, lifecycle))| -> Contestant<'_> {
        let (size, lifecycle): (u32, &Lifecycle) = (size, lifecycle);
        let repeats = (full_or_small(LEAST_IN_A_TURN, 10) / size).max(1);
        Box::new(move || Cost::of(runtime, repeats, async || lifecycle.run().await))
    };
    let mut contestants: Vec<_> =
        all.iter().map(|(size, (units, lifecycle))| turn((*size, (units, lifecycle)))).collect();
    let costs = take_turns_after(1, rounds(), &mut contestants);
    let times = |size: usize| costs[size].iter().map(|cost: &Cost| -> Duration { cost.processor });
    let units = |size: usize| all[size].1.0;
    print!("| {name} |");
    for size in 0..sizes.len() {
        print!(" {:.0} |", nanoseconds(times(size), units(size)));
    }
    for (small, large) in [(0, 2), (2, 3), (3, 4)].into_iter().filter(|pair| pair.1 < sizes.len()) {
        print!(" {} |", ratios(times(large), times(small)).scaled(units(small) / units(large)));
    }
    println!();
}
