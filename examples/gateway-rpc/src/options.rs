//! The options of the command line and of the environment, and the forms in which the plan is printed.

use std::io::stdout;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use service_group::{Plan, Style};

/// Accepts orders over HTTP and gRPC, and stores them in a file.
#[derive(Debug, Clone, clap::Parser)]
#[command(version)]
pub(crate) struct Options {
    /// Address of the HTTP gateway; port 0 selects a free port.
    #[arg(long, value_name = "ADDR", env = "ORDERS_HTTP", default_value = "127.0.0.1:8080")]
    pub(crate) http: SocketAddr,

    /// Address of the gRPC server; port 0 selects a free port.
    #[arg(long, value_name = "ADDR", env = "ORDERS_RPC", default_value = "127.0.0.1:50051")]
    pub(crate) rpc: SocketAddr,

    /// Address of the admin server, which shows the state of all services; for operators only.
    #[arg(long, value_name = "ADDR", env = "ORDERS_ADMIN", default_value = "127.0.0.1:9090")]
    pub(crate) admin: SocketAddr,

    /// Folder of the store; created if it does not exist.
    #[arg(long, value_name = "DIR", env = "ORDERS_DATA", default_value = "orders-data", global = true)]
    pub(crate) data: PathBuf,

    /// File with the limits of an order, as in `{"largest_quantity": 100}`; read again on SIGHUP.
    #[arg(long, value_name = "FILE", env = "ORDERS_LIMITS")]
    pub(crate) limits: Option<PathBuf>,

    /// How long to keep serving after a stop was requested, while load balancers remove this instance: `2s`, `500ms`.
    #[arg(long, value_name = "DUR", env = "ORDERS_LAME_DUCK", default_value = "0s")]
    #[arg(value_parser = humantime::parse_duration)]
    pub(crate) lame_duck: Duration,

    /// Milliseconds that `CreateOrder` and `GetOrder` take, to try out how requests drain.
    #[arg(long, value_name = "N", env = "ORDERS_WORK_MS", default_value_t = 0)]
    pub(crate) work_ms: u64,

    /// Make the check of the store fail, to try out readiness.
    #[arg(long)]
    pub(crate) fail_check: bool,

    /// Print the plan of start and stop with its budget, and exit.
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, default_missing_value = "text")]
    pub(crate) plan: Option<PlanFormat>,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What the process does in place of serving.
#[derive(Debug, Clone, Copy, clap::Subcommand)]
pub(crate) enum Command {
    /// Bring the store to the format of this program, and end. It binds no port.
    Migrate,
}

/// A form in which the plan is printed.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum PlanFormat {
    /// A chart for the terminal.
    Text,
    /// A graph in Mermaid, which GitHub draws.
    Mermaid,
    /// A graph in DOT, for Graphviz.
    Dot,
    /// The stop on an axis of time, as SVG.
    Svg,
    /// The dependencies between the services, as SVG.
    Graph,
    /// The whole plan, for programs.
    Json,
    /// The settings of a pod, for Kubernetes.
    Kubernetes,
    /// The settings of a unit, for systemd.
    Systemd,
}

impl PlanFormat {
    /// Returns the plan in this form.
    pub(crate) fn render(self, plan: &Plan) -> String {
        match self {
            Self::Text => plan.chart(Style::of(&stdout())).to_string(),
            Self::Mermaid => plan.to_mermaid(),
            Self::Dot => plan.to_dot(),
            Self::Svg => plan.to_svg(),
            Self::Graph => plan.to_graph_svg(),
            Self::Kubernetes => plan.kubernetes().container("gateway-rpc").to_string(),
            Self::Systemd => plan.systemd().to_string(),
            Self::Json => serde_json::to_string_pretty(plan).expect("a plan contains only names and numbers"),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser, error::ErrorKind};

    use super::Options;

    #[test]
    fn the_command_line_is_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn a_malformed_address_or_duration_is_refused_with_exit_code_2() {
        for wrong in
            [["--http", "nonsense"], ["--rpc", "127.0.0.1"], ["--admin", "9090"], ["--lame-duck", "2"]]
        {
            let error = Options::try_parse_from(["gateway-rpc", wrong[0], wrong[1]]).unwrap_err();
            assert_eq!((error.kind(), error.exit_code()), (ErrorKind::ValueValidation, 2), "{error}");
        }
    }
}
