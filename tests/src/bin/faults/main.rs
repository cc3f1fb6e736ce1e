//! Runs the program that fails on purpose with each fault, many times, and writes the outcomes as a table.
//!
//! `cargo build --release -p service-group-tests --bins`, and then
//! `cargo run --release -p service-group-tests --bin faults -- --runs 3000 --write docs/faults.md`. Ends with exit code 1
//! where a process hangs, ends with a wrong exit code, does not name the service at fault, or stops out of order.

mod rows;
mod table;
mod trial;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rows::{ROWS, Row};
use service_group_tests::{Windows, faulty};
use trial::Seen;

/// A process waits most of the time: more of them run at once than there are processors.
const AT_ONCE: usize = 8;

/// How many runs there are, and the file of the table. Without a file the table goes to stdout.
struct Settings {
    runs: usize,
    file: Option<String>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [run, fault, flavor] = &arguments[..]
        && run == "run"
    {
        return Ok(faulty(fault, flavor, Windows::Short));
    }
    let Settings { runs, file } = settings(&arguments)?;
    for program in ["foreign", "reloads"] {
        if !std::env::current_exe()?.with_file_name(program).exists() {
            Err(format!(
                "`{program}` is not built: run `cargo build --release -p service-group-tests --bins` first"
            ))?;
        }
    }
    // A hang is reported as a hang, without its panic.
    std::panic::set_hook(Box::new(|_| {}));
    let each = runs.div_ceil(ROWS.iter().map(|row| row.weight).sum());
    let seen = try_all(each);
    let table = table::write(&seen);
    match file {
        Some(file) => std::fs::write(file, table)?,
        None => println!("{table}"),
    }
    let (lost, random) = table::lost(&seen);
    if lost > 1 && lost * 200 > random {
        eprintln!("{lost} of {random} signals were lost");
        return Ok(ExitCode::FAILURE);
    }
    Ok(verdict(&seen))
}

fn settings(arguments: &[String]) -> Result<Settings, Box<dyn Error>> {
    let mut settings = Settings { runs: 1, file: None };
    for pair in arguments.chunks(2) {
        match pair {
            [key, runs] if key == "--runs" => settings.runs = runs.parse()?,
            [key, file] if key == "--write" => settings.file = Some(file.clone()),
            _ => Err(format!("found `{}`; expected `--runs NUMBER` or `--write FILE`", pair.join(" ")))?,
        }
    }
    Ok(settings)
}

/// Runs each row so often, and returns the outcomes row by row.
fn try_all(each: usize) -> Vec<(&'static Row, Vec<Seen>)> {
    let trials: Vec<_> =
        (0..each).flat_map(|_| 0..ROWS.len()).flat_map(|row| vec![row; ROWS[row].weight]).collect();
    let next = AtomicUsize::new(0);
    let seen = Mutex::new(ROWS.iter().map(|row| (row, Vec::new())).collect::<Vec<_>>());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(&row) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let number = next.load(Ordering::Relaxed) as u64;
                    let one = trial::run(&ROWS[row], number);
                    seen.lock().expect("no trial panics")[row].1.push(one);
                }
            });
        }
    });
    seen.into_inner().expect("no trial panics")
}

/// Prints the first wrong outcome of each row.
fn verdict(seen: &[(&Row, Vec<Seen>)]) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for (row, seen) in seen {
        let wrong: Vec<_> = seen.iter().filter_map(|seen| seen.wrong.as_ref()).collect();
        if let Some(first) = wrong.first() {
            eprintln!(
                "{} ({}, {:?}): {} of {} wrong: {first}\n",
                row.fault,
                row.flavor.name(),
                row.act,
                wrong.len(),
                seen.len()
            );
            code = ExitCode::FAILURE;
        }
    }
    code
}
