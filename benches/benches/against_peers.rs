//! What one service costs to start and stop, against a bare task and a subsystem of tokio-graceful-shutdown.

use std::time::{Duration, Instant};

use service_group::{Plan, Service, Task};
use service_group_benches::{
    Lean, Random, Shape, Timed, bare, current_thread, graceful_shutdown, per_round, ratios, take_turns,
    two_workers,
};
use tokio::runtime::Runtime;

const SERVICES: u32 = 1_000;
const ROUNDS: usize = 101;

const NAMES: [&str; 6] = [
    "bare tokio: spawn, cancel, join",
    "tokio-graceful-shutdown: subsystems",
    "services, independent",
    "services, 2 edges each",
    "`Task` services, independent",
    "`Task` services, 2 edges each",
];

fn main() {
    println!("\n## Start and stop of {SERVICES} services, {ROUNDS} rounds: median [least..greatest]\n");
    println!("The peers' tasks have no order; the row of plain services has no running task.");
    table("two workers", &two_workers());
    table("current thread", &current_thread());
}

fn table(title: &str, runtime: &Runtime) {
    let count = SERVICES as usize;
    let names: &'static [String] =
        (0..count).map(|index| format!("service_{index}")).collect::<Vec<_>>().leak();
    let shapes = [Shape::independent(count), Shape::random(count, &mut Random::new(1))];
    let idlers = [shapes[0].plan::<Timed>(), shapes[1].plan::<Timed>()];
    let tasks = [shapes[0].plan::<Task>(), shapes[1].plan::<Task>()];
    let times = take_turns(
        ROUNDS,
        &mut [
            Box::new(|| clock(runtime, bare(SERVICES))),
            Box::new(|| clock(runtime, graceful_shutdown(names))),
            Box::new(|| clock(runtime, group(idlers[0], idle))),
            Box::new(|| clock(runtime, group(idlers[1], idle))),
            Box::new(|| clock(runtime, group(tasks[0], waiting))),
            Box::new(|| clock(runtime, group(tasks[1], waiting))),
        ],
    );
    println!("\n| {title} | ns a service | of bare | of tokio-graceful-shutdown |");
    println!("|---|---|---|---|");
    for (name, own) in NAMES.iter().zip(&times) {
        let cost = per_round(own, f64::from(SERVICES));
        let (to_bare, to_peer) = (ratios(own, &times[0], 1.0), ratios(own, &times[1], 1.0));
        println!("| {name} | {cost:.0} | {to_bare} | {to_peer} |");
    }
}

fn clock(runtime: &Runtime, run: impl Future<Output = ()>) -> Duration {
    let begun = Instant::now();
    runtime.block_on(run);
    begun.elapsed()
}

async fn group<S: Service + Sync>(plan: Plan, make: fn(usize) -> S) {
    let running = Lean::runner(plan, make).start().await.expect("all services start");
    drop(running.stop().await);
}

fn idle(_: usize) -> Timed {
    Timed(Duration::ZERO)
}

fn waiting(_: usize) -> Task {
    Task::spawn(|stop| async move {
        stop.requested().await;
    })
}
