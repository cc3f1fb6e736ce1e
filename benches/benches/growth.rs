//! Whether the engine is linear: what a service or an edge costs in small and in large groups.

use std::time::{Duration, Instant};

use service_group_benches::{
    Lean, Random, Shape, Timed, bare, current_thread, per_round, ratios, take_turns, two_workers,
};
use tokio::runtime::Runtime;

const SIZES: [u32; 3] = [100, 1_000, 10_000];
const ROUNDS: usize = 21;

type Contestant<'a> = Box<dyn FnMut() -> Duration + 'a>;

fn main() {
    println!("\n## Growth of one start and stop, {ROUNDS} rounds: median [least..greatest]\n");
    println!("Nanoseconds a service or edge; for the bare tasks, a task. Linear is a ratio of about 1.");
    table("two workers", &two_workers());
    table("current thread", &current_thread());
}

fn table(title: &str, runtime: &Runtime) {
    println!("\n| {title} | 100 | 1,000 | 10,000 | 1,000 to 100 | 10,000 to 1,000 |");
    println!("|---|---|---|---|---|---|");
    row("bare tokio, for comparison", |size| {
        (f64::from(size), Box::new(move || clock(runtime, size, async move || bare(size).await)))
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
    let times = take_turns(ROUNDS, &mut contestants);
    print!("| {name} |");
    for (times, units) in times.iter().zip(&units) {
        print!(" {:.0} |", per_round(times, *units));
    }
    for small in [0, 1] {
        print!(" {} |", ratios(&times[small + 1], &times[small], units[small] / units[small + 1]));
    }
    println!();
}

fn group<'a>(runtime: &'a Runtime, size: u32, shape: &Shape) -> (f64, Contestant<'a>) {
    let plan = shape.plan::<Timed>();
    let run = async move || {
        let running = Lean::runner(plan, |_| Timed(Duration::ZERO)).start().await;
        drop(running.expect("all services start").stop().await);
    };
    let units = u32::try_from(shape.size()).expect("no more edges than that");
    (f64::from(units), Box::new(move || clock(runtime, size, run)))
}

/// What one run takes; small ones are run more often, so that each turn is as much work.
fn clock(runtime: &Runtime, size: u32, run: impl AsyncFn()) -> Duration {
    let repeats = SIZES[2] / size;
    let begun = Instant::now();
    for _ in 0..repeats {
        runtime.block_on(run());
    }
    begun.elapsed() / repeats
}
