//! Whole processes: plain axum and tonic with a graceful shutdown, and the same routes in a group.
//!
//! Each is a program in `src/bin` that serves the same. They take turns: start, SIGTERM without a connection and with an
//! idle one, and memory with idle connections and with requests in flight.

use std::path::Path;
use std::time::{Duration, Instant};

use service_group_benches::{
    Client, Program, Protocol, Spread, WAIT, current_thread, full_or_small, stripped_size,
};
use tokio::runtime::Runtime;
use tokio::task::{JoinSet, spawn_blocking};

const PROGRAMS: [(&str, &str, Protocol); 4] = [
    ("axum, `with_graceful_shutdown`", env!("CARGO_BIN_EXE_plain_axum"), Protocol::Http),
    ("`HttpServer` in a group", env!("CARGO_BIN_EXE_group_http"), Protocol::Http),
    ("tonic, `serve_with_incoming_shutdown`", env!("CARGO_BIN_EXE_plain_tonic"), Protocol::Grpc),
    ("`GrpcServer` in a group", env!("CARGO_BIN_EXE_group_grpc"), Protocol::Grpc),
];

fn main() {
    let runtime = current_thread();
    times(&runtime, full_or_small(41, 1));
    memory(&runtime, full_or_small(5, 1), full_or_small(500, 2));
}

/// Milliseconds of one round.
struct Times {
    start: f64,
    exit: f64,
    closed: f64,
    exit_with_connection: f64,
}

fn times(runtime: &Runtime, rounds: usize) {
    println!("\n### Start and stop of a process, {rounds} rounds: median [least..greatest]\n");
    println!(
        "Milliseconds on the wall. The start ends when the address is printed. An idle connection has had one answer."
    );
    let mut all = PROGRAMS.map(|_| Vec::new());
    for _ in 0..rounds {
        for ((_, path, protocol), times) in PROGRAMS.iter().zip(&mut all) {
            times.push(runtime.block_on(round(path, *protocol)));
        }
    }
    println!(
        "\n| | start | SIGTERM to exit | more than plain | SIGTERM to the close of an idle connection | to exit |"
    );
    println!("|---|---|---|---|---|---|");
    for (index, (name, ..)) in PROGRAMS.iter().enumerate() {
        let column = |value: fn(&Times) -> f64| all[index].iter().map(value).collect::<Spread>();
        let plain = &all[index / 2 * 2];
        let more: Spread = all[index].iter().zip(plain).map(|(own, plain)| own.exit - plain.exit).collect();
        println!(
            "| {name} | {} | {} | {more} | {} | {} |",
            column(|times| times.start),
            column(|times| times.exit),
            column(|times| times.closed),
            column(|times| times.exit_with_connection),
        );
    }
}

async fn round(path: &str, protocol: Protocol) -> Times {
    let program = Program::start(path);
    let start = milliseconds(program.started);
    let (signalled, ended, status) = program.terminate();
    assert!(status.success(), "{path}: {status}");
    let exit = milliseconds(ended - signalled);

    let program = Program::start(path);
    let mut client = Client::connect(protocol, program.addr).await.expect("it listens");
    client.ask("count").await;
    let closed = tokio::spawn(async move {
        client.closed().await;
        Instant::now()
    });
    let (signalled, ended, status) = spawn_blocking(|| program.terminate()).await.expect("no panic");
    assert!(status.success(), "{path}: {status}");
    let closed = closed.await.expect("no panic");
    Times {
        start,
        exit,
        closed: milliseconds(closed - signalled),
        exit_with_connection: milliseconds(ended - signalled),
    }
}

fn milliseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}

fn memory(runtime: &Runtime, rounds: usize, connections: u32) {
    println!(
        "\n### Memory and size, {rounds} rounds of {connections} connections: median [least..greatest]\n"
    );
    println!(
        "RSS and PSS of `/proc/PID/smaps_rollup`, in KiB: of the idle process, and how much more of PSS a connection that has\n\
         had one answer is, and on it a request in flight. The executable is built by `cargo bench`, without symbols."
    );
    if !Path::new("/proc/self/smaps_rollup").exists() {
        println!("\nSKIPPED: this system has no `/proc/PID/smaps_rollup`");
        return;
    }
    println!("\n| | RSS, idle | PSS, idle | a connection | a request in flight | executable |");
    println!("|---|---|---|---|---|---|");
    let mut all = PROGRAMS.map(|_| Vec::new());
    for _ in 0..rounds {
        for ((_, path, protocol), rows) in PROGRAMS.iter().zip(&mut all) {
            rows.push(runtime.block_on(memory_of(path, *protocol, connections)));
        }
    }
    for ((name, path, _), rows) in PROGRAMS.iter().zip(&all) {
        let [resident, proportional, connection, request] =
            [0, 1, 2, 3].map(|column| rows.iter().map(|row| row[column]).collect::<Spread>());
        let size =
            stripped_size(Path::new(path)).map_or_else(|| "no `strip`".to_owned(), |kib| kib.to_string());
        println!("| {name} | {resident:.0} | {proportional:.0} | {connection:.1} | {request:.1} | {size} |");
    }
}

async fn memory_of(path: &str, protocol: Protocol, connections: u32) -> [f64; 4] {
    let program = Program::start(path);
    let mut observer = Client::connect(protocol, program.addr).await.expect("it listens");
    observer.ask("count").await;
    let idle = program.memory();
    let mut clients = Vec::new();
    for _ in 0..connections {
        let mut client = Client::connect(protocol, program.addr).await.expect("it listens");
        client.ask("count").await;
        clients.push(client);
    }
    let connected = program.memory();
    let mut waiting = JoinSet::new();
    for mut client in clients {
        // Never answered: the program is killed.
        waiting.spawn(async move { client.ask(WAIT).await });
    }
    while observer.ask("count").await != connections.to_string() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let in_flight = program.memory();
    waiting.shutdown().await;
    let each = |more: f64| more / f64::from(connections);
    [
        idle.resident,
        idle.proportional,
        each(connected.proportional - idle.proportional),
        each(in_flight.proportional - connected.proportional),
    ]
}
