//! Sources of throw-away crates: an application of so many services, as a group and as one would write it by hand.
//!
//! The services' own types are a crate apart, so that what is compiled in the end is the wiring and nothing else. Start
//! order, start and stop timeouts, and the roll-back of a start that failed are the same in all of them; the two by
//! hand start and stop one service after another, which is less than a group does.

mod by_hand;

use std::fmt::Write;

use by_hand::{by_hand, functions, one_function};

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
    /// Subsystems of tokio-graceful-shutdown, which stop all at once and have no timeouts of their own.
    Subsystems,
}

impl Wiring {
    /// The name of the crate.
    #[must_use]
    pub fn crate_name(self, services: usize) -> String {
        let kind = match self {
            Self::Group => "group",
            Self::Functions => "functions",
            Self::OneFunction => "one-function",
            Self::Subsystems => "subsystems",
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
            Self::Subsystems => subsystems(&uses),
        }
    }

    /// What a small edit of that file changes, there and back: a timeout.
    #[must_use]
    pub const fn edit(self) -> [&'static str; 2] {
        match self {
            Self::Group => ["stop_within = \"1h\"", "stop_within = \"2h\""],
            Self::Functions | Self::OneFunction | Self::Subsystems => ["from_secs(30)", "from_secs(31)"],
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

fn subsystems(uses: &[Vec<usize>]) -> String {
    let (mut starts, mut stops) = (String::new(), String::new());
    for (index, uses) in uses.iter().enumerate() {
        let _ =
            writeln!(starts, "    let s{index} = S{index}::open(&config{}).await?;", arguments(uses, "&"));
        let _ = writeln!(
            stops,
            "        subsystem.start(SubsystemBuilder::new(\"s{index}\", \
             async move |subsystem: &mut SubsystemHandle| {{\n            \
             subsystem.on_shutdown_requested().await;\n            s{index}.close().await\n        }}));"
        );
    }
    format!(
        "use std::time::Duration;\n\nuse service_group::BoxError;\nuse services::*;\n\
         use tokio_graceful_shutdown::{{SubsystemBuilder, SubsystemHandle, Toplevel}};\n\n\
         #[tokio::main]\nasync fn main() -> Result<(), BoxError> {{\n    let config = Config::default();\n{starts}    \
         let toplevel = Toplevel::new(async move |subsystem: &mut SubsystemHandle| {{\n{stops}    }});\n    \
         toplevel.catch_signals().handle_shutdown_requests(Duration::from_secs(30)).await.map_err(Into::into)\n}}\n"
    )
}
