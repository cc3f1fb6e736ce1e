//! How much longer a stop takes than the slowest path of what it stops, on a real clock.

use std::time::{Duration, Instant};

use service_group_benches::{Random, Shape, Spread, Timed, current_thread, two_workers};
use tokio::runtime::Runtime;
use tokio::time::sleep;

const SERVICES: usize = 1_000;
const SEEDS: u64 = 7;

fn main() {
    println!("\n## Stop time over the slowest path, {SERVICES} services with 2 edges each\n");
    println!(
        "Each stop sleeps 20 to 200 ms, and a timer of tokio's is up to 1 ms late, once a level of the path."
    );
    println!("`sleeps alone` are those of the path one after another in one task, without a group.");
    table("two workers", &two_workers());
    table("current thread", &current_thread());
}

fn table(title: &str, runtime: &Runtime) {
    println!("\n| {title}: seed | levels | path | report / path | wall / path | sleeps alone / path |");
    println!("|---|---|---|---|---|---|");
    let rows: Vec<_> = (1..=SEEDS).map(|seed| row(seed, runtime)).collect();
    let column = |column: usize| rows.iter().map(move |row| row[column]).collect::<Spread>();
    println!("| all | | | {:.4} | {:.4} | {:.4} |", column(0), column(1), column(2));
}

/// Returns the stop by its report, the stop by the wall clock, and the path's sleeps, each over the slowest path.
fn row(seed: u64, runtime: &Runtime) -> [f64; 3] {
    let mut random = Random::new(seed);
    let shape = Shape::random(SERVICES, &mut random);
    let took: Vec<_> = (0..SERVICES).map(|_| Duration::from_micros(20_000 + micros(&mut random))).collect();
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

async fn sleep_each(path: Vec<Duration>) -> Duration {
    let begun = Instant::now();
    for took in path {
        sleep(took).await;
    }
    begun.elapsed()
}
