//! What one service costs to start and stop, against a bare task and a subsystem of tokio-graceful-shutdown.

use std::time::Duration;

use service_group::{Plan, Service, Task};
use service_group_benches::{
    Cost, Random, Shape, Timed, bare, current_thread, graceful_shutdown, nanoseconds, ratios, take_turns,
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
    println!(
        "Processor time of all threads, and ratios of it; the last column is a ratio of time on the wall."
    );
    println!(
        "The peers' tasks have no order. The plain services have no running task, a `Task` has one as the peers do."
    );
    table("two workers", &two_workers());
    table("current thread", &current_thread());
}

fn table(title: &str, runtime: &Runtime) {
    let count = SERVICES as usize;
    let names = (0..count).map(|index| format!("service_{index}")).collect::<Vec<_>>().leak();
    let shapes = [Shape::independent(count), Shape::random(count, &mut Random::new(1))];
    let idlers = shapes.each_ref().map(Shape::plan::<Timed>);
    let tasks = shapes.each_ref().map(Shape::plan::<Task>);
    let costs = take_turns(
        ROUNDS,
        &mut [
            Box::new(|| Cost::of(runtime, 1, async || bare(SERVICES).await)),
            Box::new(|| Cost::of(runtime, 1, async || graceful_shutdown(names).await)),
            Box::new(|| Cost::of(runtime, 1, async || group(idlers[0].clone(), idle).await)),
            Box::new(|| Cost::of(runtime, 1, async || group(idlers[1].clone(), idle).await)),
            Box::new(|| Cost::of(runtime, 1, async || group(tasks[0].clone(), waiting).await)),
            Box::new(|| Cost::of(runtime, 1, async || group(tasks[1].clone(), waiting).await)),
        ],
    );
    println!("\n| {title} | ns a service | of bare | of tokio-graceful-shutdown | wall, of bare |");
    println!("|---|---|---|---|---|");
    for (name, own) in NAMES.iter().zip(&costs) {
        let cost = nanoseconds(processor(own), f64::from(SERVICES));
        let [of_bare, of_peer] = [0, 1].map(|peer| ratios(processor(own), processor(&costs[peer])));
        let wall = ratios(own.iter().map(|cost| cost.wall), costs[0].iter().map(|cost| cost.wall));
        println!("| {name} | {cost:.0} | {of_bare} | {of_peer} | {wall} |");
    }
}

fn processor(costs: &[Cost]) -> impl Iterator<Item = Duration> {
    costs.iter().map(|cost| cost.processor)
}

async fn group<S: Service + Sync>(plan: Plan, make: fn(usize) -> S) {
    let running = service_group_benches::runner(plan, make).start().await.expect("all services start");
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
