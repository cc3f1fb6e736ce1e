//! actix-web as the public server, beside an axum port with probes and the status page.

mod public;

use std::net::{Ipv4Addr, SocketAddr};

use service_group::{GroupHandle, Outcome, Task, service_group};
use service_group_servers::{HttpServer, health, statusz};

/// Two servers of two frameworks.
#[service_group]
struct App {
    ports: Ports,

    #[group]
    group: GroupHandle,

    // `first`: it shows the start and the stop of all that follows.
    #[service(
        start = HttpServer::bind(ports.admin, statusz::routes(group).merge(health::routes(group))).await?,
        first
    )]
    admin: HttpServer,

    // The value of the task is the address that it listens on.
    #[service(start = public::serve(ports.public)?, stop_within = "4s")]
    public: Task<SocketAddr>,
}

/// Where the servers listen.
#[derive(Debug, Clone, Copy)]
struct Ports {
    public: SocketAddr,
    admin: SocketAddr,
}

impl Ports {
    /// Takes the public address and the admin address from the command line.
    fn from_arguments() -> Result<Self, std::net::AddrParseError> {
        let mut arguments = std::env::args().skip(1);
        let mut next = |port| match arguments.next() {
            Some(address) => address.parse(),
            None => Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
        };
        Ok(Self { public: next(8080)?, admin: next(9090)? })
    }
}

#[tokio::main]
async fn main() -> Outcome {
    let ports = Ports::from_arguments().unwrap_or_else(|error| {
        eprintln!("usage: actix-beside-axum [<public address> [<admin address>]]: {error}");
        std::process::exit(2);
    });
    let listening = |app: &App| {
        println!("public: http://{}/words", *app.public);
        println!("admin: http://{}/statusz", app.admin.local_addr());
    };
    let outcome = App::runner(ports).on_ready(listening).run().await;
    // With any other exit code the run has printed the report.
    if let (true, Some(report)) = (outcome.is_success(), outcome.stop_report()) {
        println!("{report:#}");
    }
    outcome
}
