//! Sources of throw-away crates: an application of so many services, as a group and as one would write it by hand.
//!
//! The services' own types are a crate apart, so that what is compiled in the end is the wiring and nothing else. Start
//! order, start and stop timeouts, and the roll-back of a start that failed are the same in all of them; the two by
//! hand start and stop one service after another, which is less than a group does.

use std::fmt::Write;

use crate::{Random, Shape};

/// The code that wires the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wiring {
    /// A group.
    Group,
    /// By hand, with a function for the start and one for the stop of each service.
    Functions,
    /// By hand, all starts in one function and all stops in another.
    OneFunction,
}

impl Wiring {
    /// The name of the crate.
    #[must_use]
    pub fn crate_name(self, services: usize) -> String {
        let kind = match self {
            Self::Group => "group",
            Self::Functions => "functions",
            Self::OneFunction => "one-function",
        };
        format!("{kind}-{services}")
    }

    /// `main.rs` of the crate.
    #[must_use]
    pub fn source(self, services: usize) -> String {
        let uses = uses(services);
        match self {
            Self::Group => group(&uses),
            Self::Functions => by_hand(&uses, functions),
            Self::OneFunction => by_hand(&uses, one_function),
        }
    }
}

/// Two or three earlier services for each, as far as there are any; always the same.
fn uses(services: usize) -> Vec<Vec<usize>> {
    let mut random = Random::new(1);
    let shape = Shape::random(services, &mut random);
    let with_a_third = |index: usize| {
        let mut uses = shape.needs(index).to_vec();
        let third = random.below(index.max(1));
        if index % 2 == 1 && index > 2 && !uses.contains(&third) {
            uses.push(third);
        }
        uses
    };
    (0..services).map(with_a_third).collect()
}

/// Every third service is a `Service` of its own; the others have their stop in the group.
const fn is_service(index: usize) -> bool {
    index.is_multiple_of(3)
}

fn concat(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().concat()
}

/// `s1, s4`, each after a prefix.
fn arguments(uses: &[usize], prefix: &str) -> String {
    concat(uses.iter().map(|used| format!(", {prefix}s{used}")))
}

/// The crate of the services' types.
#[must_use]
pub fn services(services: usize) -> String {
    let mut text = "#![allow(missing_docs)]\n\
        use service_group::{BoxError, Service, StopContext};\n\
        #[derive(Debug, Default)]\npub struct Config { pub names: String }\n"
        .to_owned();
    for (index, uses) in uses(services).iter().enumerate() {
        let parameters = concat(uses.iter().map(|used| format!(", s{used}: &S{used}")));
        let names = concat(uses.iter().map(|used| format!(" + s{used}.name.len()")));
        let _ = writeln!(
            text,
            "#[derive(Debug)]\npub struct S{index} {{ name: String, size: usize }}\n\
             impl S{index} {{\n\
                 pub async fn open(config: &Config{parameters}) -> Result<Self, BoxError> {{\n\
                     Ok(Self {{ name: format!(\"{{}}-{index}\", config.names), size: config.names.len(){names} }})\n\
                 }}\n\
                 pub async fn close(self) -> Result<(), BoxError> {{\n\
                     if self.size == usize::MAX {{ Err(self.name.into()) }} else {{ Ok(()) }}\n\
                 }}\n\
             }}"
        );
        if is_service(index) {
            let _ = writeln!(
                text,
                "impl Service for S{index} {{\n\
                     async fn stop(self, _: StopContext) -> Result<(), BoxError> {{ self.close().await }}\n\
                 }}"
            );
        }
    }
    text
}

fn group(uses: &[Vec<usize>]) -> String {
    let mut text = "use service_group::{Outcome, service_group};\nuse services::*;\n\n\
        #[service_group(stop_within = \"1h\")]\nstruct App {\n    config: Config,\n"
        .to_owned();
    for (index, uses) in uses.iter().enumerate() {
        let stop = if is_service(index) { String::new() } else { format!(", stop = s{index}.close().await") };
        let _ = writeln!(
            text,
            "    #[service(start = S{index}::open(config{}).await?{stop})]\n    s{index}: S{index},",
            arguments(uses, "")
        );
    }
    text.push_str(
        "}\n\n#[tokio::main]\nasync fn main() -> Outcome {\n    App::run(Config::default()).await\n}\n",
    );
    text
}

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
fn by_hand(uses: &[Vec<usize>], wiring: impl Fn(&[Vec<usize>]) -> String) -> String {
    let fields = concat((0..uses.len()).map(|index| format!("    s{index}: Option<S{index}>,\n")));
    format!("{BY_HAND}\n#[derive(Default)]\nstruct App {{\n{fields}}}\n\nimpl App {{\n{}}}\n", wiring(uses))
}

fn functions(uses: &[Vec<usize>]) -> String {
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

fn one_function(uses: &[Vec<usize>]) -> String {
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
