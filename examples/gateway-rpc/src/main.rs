//! An orders service: an HTTP gateway, a gRPC server and a store in one group. Its `README.md` describes it.

mod admin;
mod app;
mod gateway;
mod limits;
mod options;
mod proto;
mod rpc;
mod store;
mod telemetry;
mod totals;
mod upstream;

use std::io::{IsTerminal, Write, stderr, stdout};
use std::process::exit;

use clap::Parser;
use service_group::{Outcome, Runner, Style, progress};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::app::App;
use crate::options::{Command, Options};

fn main() -> Outcome {
    let options = Options::parse();
    let (plan, lame_duck, command) = (options.plan, options.lame_duck, options.command);
    let runner = App::runner(options).lame_duck(lame_duck).progress(true);
    if let Some(format) = plan {
        print(format.render(runner.plan()).trim_end());
        exit(0);
    }
    log();
    let outcome = run(runner, command);
    // With any other exit code, the library has already printed the report, without waiting for a terminal that does not
    // accept it. A print of `main` would wait.
    if let (true, Some(report)) = (outcome.is_success(), outcome.stop_report()) {
        let stdout = stdout();
        if stdout.is_terminal() {
            print(report.timeline(Style::of(&stdout)));
        } else {
            print(format_args!("{report:#}"));
        }
        print("Exiting");
    }
    outcome
}

#[tokio::main]
async fn run(runner: Runner<App>, command: Option<Command>) -> Outcome {
    match command {
        None => runner.run().await,
        Some(Command::Migrate) => runner.only([App::KEYS.migrations.id()]).run().await,
    }
}

/// Logs to stderr, above the live lines of the console. `RUST_LOG` sets the filter.
fn log() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    let log = tracing_subscriber::fmt().compact().with_target(false).with_env_filter(filter);
    log.with_writer(progress::writer).with_ansi(stderr().is_terminal()).init();
}

/// Prints a line and ignores errors: the reader may have closed the pipe, and `println!` would panic.
fn print(line: impl std::fmt::Display) {
    let _ = writeln!(stdout(), "{line}");
}
