//! The wiring by hand: an `Option` for each service, a timeout around each start and stop, a roll-back, and two signals.

use std::fmt::Write;

use super::{arguments, concat};

const BY_HAND: &str = r#"use std::time::Duration;

use service_group::BoxError;
use services::*;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

const START_WITHIN: Duration = Duration::from_secs(30);
const STOP_WITHIN: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut app = App::start(&Config::default()).await?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    app.stop().await;
    Ok(())
}

fn started<T>(name: &str, result: Result<Result<T, BoxError>, Elapsed>) -> Result<T, BoxError> {
    match result {
        Ok(Ok(service)) => Ok(service),
        Ok(Err(error)) => Err(format!("`{name}` did not start: {error}").into()),
        Err(_) => Err(format!("`{name}` took too long to start").into()),
    }
}

fn stopped(name: &str, result: Result<Result<(), BoxError>, Elapsed>) {
    match result {
        Ok(Ok(())) => {}
        Ok(Err(error)) => eprintln!("`{name}` failed to stop: {error}"),
        Err(_) => eprintln!("`{name}` took too long to stop"),
    }
}

impl App {
    async fn start(config: &Config) -> Result<Self, BoxError> {
        let mut app = Self::default();
        match app.start_all(config).await {
            Ok(()) => Ok(app),
            Err(error) => {
                app.stop().await;
                Err(error)
            }
        }
    }
}
"#;

/// The struct of what has started, and the two functions over it.
pub(super) fn by_hand(uses: &[Vec<usize>], wiring: impl Fn(&[Vec<usize>]) -> String) -> String {
    let fields = concat((0..uses.len()).map(|index| format!("    s{index}: Option<S{index}>,\n")));
    format!("{BY_HAND}\n#[derive(Default)]\nstruct App {{\n{fields}}}\n\nimpl App {{\n{}}}\n", wiring(uses))
}

pub(super) fn functions(uses: &[Vec<usize>]) -> String {
    let (mut each, mut starts, mut stops) = (String::new(), String::new(), String::new());
    for (index, uses) in uses.iter().enumerate() {
        let (start, stop) = (start_one(index, uses), stop_one(index));
        let _ = writeln!(
            each,
            "    async fn start_s{index}(&mut self, config: &Config) -> Result<(), BoxError> {{\n\
             {start}        Ok(())\n    }}\n    async fn stop_s{index}(&mut self) {{\n{stop}    }}"
        );
        let _ = writeln!(starts, "        self.start_s{index}(config).await?;");
        stops.insert_str(0, &format!("        self.stop_s{index}().await;\n"));
    }
    each + &whole(&starts, &stops)
}

pub(super) fn one_function(uses: &[Vec<usize>]) -> String {
    let starts: String = uses.iter().enumerate().map(|(index, uses)| start_one(index, uses)).collect();
    let stops: String = (0..uses.len()).rev().map(stop_one).collect();
    whole(&starts, &stops)
}

fn whole(starts: &str, stops: &str) -> String {
    format!(
        "    async fn start_all(&mut self, config: &Config) -> Result<(), BoxError> {{\n{starts}        Ok(())\n    }}\n\
         \x20   async fn stop(&mut self) {{\n{stops}    }}\n"
    )
}

fn start_one(index: usize, uses: &[usize]) -> String {
    let mut text = String::new();
    for used in uses {
        let _ =
            writeln!(text, "        let s{used} = self.s{used}.as_ref().ok_or(\"`s{used}` is not there\")?;");
    }
    let _ = writeln!(
        text,
        "        let opened = timeout(START_WITHIN, S{index}::open(config{})).await;\n        \
         self.s{index} = Some(started(\"s{index}\", opened)?);",
        arguments(uses, "")
    );
    text
}

fn stop_one(index: usize) -> String {
    format!(
        "        if let Some(service) = self.s{index}.take() {{\n            \
         stopped(\"s{index}\", timeout(STOP_WITHIN, service.close()).await);\n        }}\n"
    )
}
