//! Whether the engine is linear: what a service or an edge costs in small and in large groups.

use std::time::Duration;

use service_group_benches::{
    Contestant, Cost, Random, Shape, Timed, bare, current_thread, nanoseconds, ratios, take_turns,
    two_workers,
};
use tokio::runtime::Runtime;

const SIZES: [u32; 3] = [100, 1_000, 10_000];
const ROUNDS: usize = 21;

fn main() {
    println!("\n## Growth of one start and stop, {ROUNDS} rounds: median [least..greatest]\n");
    println!(
        "Nanoseconds of processor time a service or edge; for the bare tasks, a task. Linear is a ratio of about 1."
    );
    table("two workers", &two_workers());
    table("current thread", &current_thread());
}

fn table(title: &str, runtime: &Runtime) {
    println!("\n| {title} | 100 | 1,000 | 10,000 | 1,000 to 100 | 10,000 to 1,000 |");
    println!("|---|---|---|---|---|---|");
    row("bare tokio, for comparison", |size| {
        (f64::from(size), Box::new(move || cost(runtime, size, async || bare(size).await)))
    });
    row("independent", |size| group(runtime, size, &Shape::independent(size as usize)));
    row("random, 2 edges a service", |size| {
        group(runtime, size, &Shape::random(size as usize, &mut Random::new(1)))
    });
    row("chain", |size| group(runtime, size, &Shape::chain(size as usize)));
    row("fan", |size| group(runtime, size, &Shape::fan(size as usize)));
}

/// Lets one contestant of each size take turns; each comes with its units of work.
fn row<'a>(name: &str, contestant: impl Fn(u32) -> (f64, Contestant<'a>)) {
    let (units, mut contestants): (Vec<_>, Vec<_>) = SIZES.map(contestant).into_iter().unzip();
    let costs = take_turns(ROUNDS, &mut contestants);
    let times = |size: usize| costs[size].iter().map(|cost| cost.processor);
    print!("| {name} |");
    for (size, units) in units.iter().enumerate() {
        print!(" {:.0} |", nanoseconds(times(size), *units));
    }
    for small in [0, 1] {
        let growth = ratios(times(small + 1), times(small)).scaled(units[small] / units[small + 1]);
        print!(" {growth} |");
    }
    println!();
}

fn group<'a>(runtime: &'a Runtime, size: u32, shape: &Shape) -> (f64, Contestant<'a>) {
    let plan = shape.plan::<Timed>();
    let run = async move || {
        let running = service_group_benches::runner(plan.clone(), |_| Timed(Duration::ZERO)).start().await;
        drop(running.expect("all services start").stop().await);
    };
    let units = u32::try_from(shape.size()).expect("no more edges than that");
    (f64::from(units), Box::new(move || cost(runtime, size, &run)))
}

/// Small groups are run more often, so that each turn is as much work.
fn cost(runtime: &Runtime, size: u32, run: impl AsyncFn()) -> Cost {
    Cost::of(runtime, SIZES[2] / size, run)
}
