//! The same graph under fx, samber/do, dskit, go-zero's `ServiceGroup`, and in a group.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use cpu_time::ProcessTime;
use service_group_benches::{Random, Shape, Spread, full_or_small, sleep_each, timed_stop, two_workers};
use tokio::runtime::Runtime;

use crate::go_program;

const STOP: Duration = Duration::from_millis(10);

/// The peers, in the order in which they answer.
const PEERS: [(&str, &str); 4] = [
    ("fx", "fx 1.24"),
    ("do", "samber/do 2.0"),
    ("dskit", "dskit of 2026-07"),
    ("go-zero", "go-zero 1.10.3, `ServiceGroup`"),
];

/// One start and stop under one of them.
#[derive(Clone, Copy)]
struct Round {
    stop: Duration,
    processor: Duration,
    violations: usize,
}

pub(crate) fn measure(with_go: bool) {
    let services = full_or_small(300, 10);
    println!("\n### One graph of {services} services with 2 edges each: median [least..greatest]\n");
    println!(
        "Stops of 10 ms each, over the same sleeps one after another along the slowest path; violations of the order of all\n\
         edges in all rounds. Then stops that do nothing: processor time of a start and stop, and time of a stop, a service."
    );
    let program = with_go.then(|| go_program("graph", "go.mod")).flatten();
    let shape = Shape::random(services, &mut Random::new(7));
    let runtime = two_workers();
    // dskit alone takes six seconds for a start.
    let slow = rounds(&runtime, &shape, STOP, full_or_small(3, 1), program.as_deref());
    let idle = rounds(&runtime, &shape, Duration::ZERO, full_or_small(7, 1), program.as_deref());
    let levels = shape.slowest_path(&vec![STOP; services]).len();
    let alone = runtime.block_on(sleep_each(vec![STOP; levels]));
    println!(
        "\n| | stop / sleeps alone | violations, of edges | µs a service, start and stop | µs a service, stop |"
    );
    println!("|---|---|---|---|---|");
    let edges = (shape.size() - services) * slow[0].len();
    let names = PEERS.map(|(_, name)| name).into_iter().take(slow.len() - 1);
    let units = f64::from(u32::try_from(services).expect("no more than that"));
    for ((name, slow), idle) in names.chain(["service-group"]).zip(&slow).zip(&idle) {
        let ratio: Spread = slow.iter().map(|round| round.stop.as_secs_f64() / alone.as_secs_f64()).collect();
        let violations: usize = slow.iter().map(|round| round.violations).sum();
        let each = |time: fn(&Round) -> Duration| -> Spread {
            idle.iter().map(|round| time(round).as_secs_f64() * 1e6 / units).collect()
        };
        let (processor, stop) = (each(|round| round.processor), each(|round| round.stop));
        println!("| {name} | {ratio:.3} | {violations} of {edges} | {processor:.1} | {stop:.1} |");
    }
}

/// Lets all take turns; ours is the last.
fn rounds(
    runtime: &Runtime,
    shape: &Shape,
    took: Duration,
    rounds: usize,
    program: Option<&Path>,
) -> Vec<Vec<Round>> {
    let mut go = program.map(|program| Go::start(program, shape, took));
    let mut all = vec![Vec::new(); go.as_ref().map_or(0, |_| PEERS.len()) + 1];
    // The first round of all warms up.
    for round in 0..=rounds {
        let mut turn = go.as_mut().map(Go::round).unwrap_or_default();
        turn.push(ours(runtime, shape, took));
        if round > 0 {
            all.iter_mut().zip(turn).for_each(|(all, round)| all.push(round));
        }
    }
    all
}

fn ours(runtime: &Runtime, shape: &Shape, took: Duration) -> Round {
    let processor = ProcessTime::now();
    let (stop, order) = runtime.block_on(timed_stop(shape, took));
    Round { stop, processor: processor.elapsed(), violations: order.violations(shape) }
}

/// The program in Go, which runs a round for each line.
struct Go {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Go {
    fn start(program: &Path, shape: &Shape, took: Duration) -> Self {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program was just built");
        let (input, output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let mut go = Self { child, input, output: BufReader::new(output) };
        let needs: Vec<_> = (0..shape.services()).map(|service| shape.needs(service)).collect();
        go.send(&format!(r#"{{"needs": {needs:?}, "ms": {}}}"#, took.as_millis()));
        go
    }

    fn send(&mut self, line: &str) {
        writeln!(self.input, "{line}").expect("it reads");
    }

    fn round(&mut self) -> Vec<Round> {
        self.send("round");
        PEERS.map(|(peer, _)| self.read(peer)).to_vec()
    }

    fn read(&mut self, peer: &str) -> Round {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it answers");
        let words: Vec<_> = line.split_whitespace().collect();
        let [name, stop, processor, violations] = words[..] else { panic!("not an answer: {line}") };
        assert_eq!(name, peer);
        let nanoseconds = |text: &str| Duration::from_nanos(text.parse().expect("a number"));
        Round {
            stop: nanoseconds(stop),
            processor: nanoseconds(processor),
            violations: violations.parse().expect("a number"),
        }
    }
}

impl Drop for Go {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
