//! How much longer a stop takes than the slowest path of what it stops, on a real clock, and whether it keeps the order.
//!
//! The slowest path is computed apart from the engine. The same sleeps one after another in one task, without a group,
//! are the least that the timer of tokio makes possible.

use std::time::{Duration, Instant};

use service_group_benches::{
    Random, Shape, Spread, Timed, current_thread, full_or_small, sleep_each, timed_stop, two_workers,
};
use tokio::runtime::Runtime;

const SIZES: [usize; 5] = [10, 100, 300, 1_000, 10_000];
const STOP: Duration = Duration::from_millis(10);

fn main() {
    println!("\n### Stops of 10 ms each, with 2 edges a service: median [least..greatest]\n");
    println!(
        "`sleeps alone` are those of the slowest path, one after another in one task. A violation is an edge whose needed\n\
         service began to stop before the service that needs it had stopped."
    );
    by_size("two workers", &two_workers());
    by_size("current thread", &current_thread());
    println!("\n### Stops of 20 to 200 ms, {} services with 2 edges each\n", services());
    println!("A timer of tokio's is up to 1 ms late, once a level of the path.");
    by_seed("two workers", &two_workers());
    by_seed("current thread", &current_thread());
}

fn services() -> usize {
    full_or_small(1_000, 5)
}

fn by_size(title: &str, runtime: &Runtime) {
    println!(
        "\n| {title}: services | levels | sleeps alone | stop / sleeps alone | violations of the order, of edges |"
    );
    println!("|---|---|---|---|---|");
    for services in SIZES.into_iter().take(full_or_small(SIZES.len(), 1)) {
        let (mut ratio, mut sleeps, mut violations, mut edges) = (Vec::new(), Vec::new(), 0, 0);
        let mut levels = 0;
        for seed in 1..=full_or_small(5, 1) {
            let shape = Shape::random(services, &mut Random::new(seed));
            let path = shape.slowest_path(&vec![STOP; services]);
            levels = levels.max(path.len());
            let (took, order) = runtime.block_on(timed_stop(&shape, STOP));
            let alone = runtime.block_on(sleep_each(vec![STOP; path.len()]));
            ratio.push(took.as_secs_f64() / alone.as_secs_f64());
            sleeps.push(alone.as_secs_f64() * 1e3);
            violations += order.violations(&shape);
            edges += shape.size() - services;
        }
        let [ratio, sleeps] = [ratio, sleeps].map(|values| values.into_iter().collect::<Spread>());
        println!("| {services} | {levels} | {sleeps:.0} ms | {ratio:.3} | {violations} of {edges} |");
    }
}

fn by_seed(title: &str, runtime: &Runtime) {
    println!("\n| {title}: seed | levels | path | report / path | wall / path | sleeps alone / path |");
    println!("|---|---|---|---|---|---|");
    let rows: Vec<_> = (1..=full_or_small(3, 1)).map(|seed| row(seed, runtime)).collect();
    let column = |column: usize| rows.iter().map(move |row| row[column]).collect::<Spread>();
    println!("| all | | | {:.4} | {:.4} | {:.4} |", column(0), column(1), column(2));
}

/// Returns the stop by its report, the stop by the wall clock, and the path's sleeps, each over the slowest path.
fn row(seed: u64, runtime: &Runtime) -> [f64; 3] {
    let mut random = Random::new(seed);
    let shape = Shape::random(services(), &mut random);
    let took: Vec<_> = (0..services()).map(|_| Duration::from_micros(20_000 + micros(&mut random))).collect();
    let path: Vec<_> = shape.slowest_path(&took).into_iter().map(|index| took[index]).collect();
    let (levels, slowest) = (path.len(), path.iter().sum::<Duration>());
    let [report, wall] = runtime.block_on(stop(&shape, took));
    let alone = runtime.block_on(sleep_each(path));
    let row = [report, wall, alone].map(|took| took.as_secs_f64() / slowest.as_secs_f64());
    let [report, wall, alone] = row;
    println!("| {seed} | {levels} | {slowest:.3?} | {report:.4} | {wall:.4} | {alone:.4} |");
    row
}

/// Up to 180 ms.
fn micros(random: &mut Random) -> u64 {
    u64::try_from(random.below(180_001)).unwrap_or_default()
}

async fn stop(shape: &Shape, took: Vec<Duration>) -> [Duration; 2] {
    let runner = service_group_benches::runner(shape.plan::<Timed>(), move |index| Timed(took[index]));
    let running = runner.start().await.expect("all services start");
    let begun = Instant::now();
    let report = running.stop().await;
    [report.stop_duration, begun.elapsed()]
}
