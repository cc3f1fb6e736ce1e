//! Tests of the live lines on a terminal during a stop that a request delays.

use std::fs::DirEntry;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use service_group_tests::Terminal;

use crate::app::{address, data_folder};
use crate::client::{self, Begun, Client, new_order};

/// The program on a terminal, with an order in flight that takes ten minutes.
struct ProgramOnTerminal {
    terminal: Terminal,
    order: Begun,
    admin: SocketAddr,
}

impl ProgramOnTerminal {
    /// Returns `None` where no terminal is available.
    fn start(data: &Path) -> Option<Self> {
        let terminal = Terminal::open()?;
        let (program, data) = (env!("CARGO_BIN_EXE_gateway-rpc"), data.display());
        let ports = "--http 127.0.0.1:0 --rpc 127.0.0.1:0 --admin 127.0.0.1:0";
        terminal.enter(&format!(
            "RUST_LOG=info {program} {ports} --data '{data}' --work-ms 600000; echo exit code $?"
        ));
        let screen = terminal.wait_for("`App` is ready: 9 services in ");
        let listening = |server: &str| {
            let text = format!("{server} listening on ");
            address(screen.lines().find(|line| line.contains(&text)).expect("the server listens"))
        };
        let mut order = Client::connect(listening("gateway")).unwrap().begin_post(&new_order("tea", 2));
        order.send_body();
        let shown = Self { terminal, order, admin: listening("admin") };
        shown.wait_for(|status| {
            let services = status["services"].as_array().expect("services");
            services.iter().any(|service| service["name"] == "gateway" && service["stats"]["requests"] == 1)
        });
        Some(shown)
    }

    /// Waits until the condition is true of the status.
    fn wait_for(&self, is_so: impl Fn(&Value) -> bool) {
        let until = Instant::now() + Duration::from_mins(1);
        loop {
            let answer = client::get(self.admin, "/statusz").json();
            if is_so(&answer["status"]) {
                return;
            }
            assert!(Instant::now() < until, "{answer:#}");
        }
    }

    /// Waits until the next signal counts as another one: signals that follow too soon are ignored.
    fn wait_for_the_next_signal(&self) {
        self.wait_for(|status| status["stop"]["elapsed_seconds"].as_f64() > Some(0.3));
    }
}

/// During the stop, the live lines are below the log and name the effect of the next Ctrl-C. They are erased at the
/// end.
#[test]
fn the_terminal_shows_the_service_that_delays_the_stop() {
    let data = data_folder();
    let Some(shown) = ProgramOnTerminal::start(data.path()) else { return };
    let terminal = &shown.terminal;
    terminal.key("C-c");
    terminal.wait_until("lines of the stop", shows_the_delaying_service);
    shown.wait_for_the_next_signal();
    terminal.key("C-c");
    let screen = terminal.wait_for("exit code 3");
    assert!(!screen.contains("Ctrl-C again") && !screen.contains("waits for"), "{screen}");
    assert!(screen.contains("`App` stopped in ") && screen.contains("1 cut: POST /orders, "), "{screen}");
    // Each log line starts at the start of a line, so no live line was mixed into it.
    assert!(
        screen.lines().filter(|line| line.contains(" INFO ")).all(|line| line.starts_with("20")),
        "{screen}"
    );
    shown.order.answer().expect_err("it was cut");
}

/// Returns whether the service that is stopping is above those that wait, and all of them are below the log.
fn shows_the_delaying_service(screen: &str) -> bool {
    let lines: Vec<_> = screen.lines().collect();
    let Some(head) = lines.iter().position(|line| line.starts_with("`App` stopping on SIGINT  ")) else {
        return false;
    };
    let (log, lines) = lines.split_at(head);
    let [head, gateway, upstream, rpc, rest @ ..] = lines else { return false };
    head.ends_with(" of 25 s  0 of 9 stopped  Ctrl-C again to force")
        && gateway.starts_with("  gateway     ")
        && gateway.contains(" left, 1 in flight, the oldest ")
        && gateway.ends_with(": POST /orders")
        && [upstream.trim(), rpc.trim()]
            == ["upstream    waits for gateway", "rpc         waits for upstream"]
        && log.iter().any(|line| line.contains("INFO stopping service=\"gateway\""))
        && !rest.iter().any(|line| line.contains(" INFO "))
        && !screen.contains("^C")
}

/// After Ctrl-S the terminal accepts no output. Neither the stop nor the exit of the process waits for it.
#[test]
fn a_terminal_that_accepts_no_output_does_not_delay_the_stop() {
    let data = data_folder();
    let Some(shown) = ProgramOnTerminal::start(data.path()) else { return };
    let process = find_process(data.path()).expect("the program runs");
    shown.terminal.key("C-c");
    shown.terminal.wait_for(" left, 1 in flight, the oldest ");
    shown.terminal.key("C-s");
    shown.wait_for_the_next_signal();
    // Not Ctrl-C, because it would make the terminal accept output again.
    let killed = Command::new("kill").args(["-TERM", &process]).status().expect("there is a `kill`");
    assert!(killed.success());
    let ProgramOnTerminal { terminal, order, .. } = shown;
    order.answer().expect_err("it was cut");
    let cut = Instant::now();
    terminal.wait_until("end", |_| find_process(data.path()).is_none());
    let (took, budget) = (cut.elapsed(), Duration::from_secs(25));
    assert!(took < budget, "the terminal delayed the exit: it took {took:?}");
    terminal.key("C-q");
    terminal.wait_for("exit code 3");
}

/// The id of the process that uses this data folder.
fn find_process(data: &Path) -> Option<String> {
    let folder = data.as_os_str().as_encoded_bytes();
    let is_it = |process: &DirEntry| {
        let command = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        command.starts_with(env!("CARGO_BIN_EXE_gateway-rpc").as_bytes())
            && command.windows(folder.len()).any(|part| part == folder)
    };
    let process = std::fs::read_dir("/proc").into_iter().flatten().flatten().find(is_it)?;
    process.file_name().into_string().ok()
}
