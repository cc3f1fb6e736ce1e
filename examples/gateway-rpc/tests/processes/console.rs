//! A28: which service is stuck? The terminal tells, while it happens.

use std::fs::DirEntry;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use service_group_tests::Terminal;

use crate::app::{address, data_folder};
use crate::client::{self, Begun, Client, new_order};

/// The program on a terminal, with an order in its hands that takes long.
struct Shown {
    terminal: Terminal,
    order: Begun,
    admin: SocketAddr,
}

impl Shown {
    /// None where there is no terminal.
    fn start(data: &Path) -> Option<Self> {
        let terminal = Terminal::open()?;
        let (program, data) = (env!("CARGO_BIN_EXE_gateway-rpc"), data.display());
        let ports = "--http 127.0.0.1:0 --rpc 127.0.0.1:0 --admin 127.0.0.1:0";
        terminal.enter(&format!(
            "RUST_LOG=info {program} {ports} --data '{data}' --work-ms 600000; echo exit code $?"
        ));
        let screen = terminal.wait_for("`App` is ready: 6 services in ");
        let listening = |who: &str| {
            let text = format!("{who} listening on ");
            address(screen.lines().find(|line| line.contains(&text)).expect("it listens"))
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

    /// Waits until its status is as it should be.
    fn wait_for(&self, is_so: impl Fn(&Value) -> bool) {
        let until = Instant::now() + Duration::from_mins(1);
        loop {
            let told = client::get(self.admin, "/statusz").json();
            if is_so(&told["status"]) {
                return;
            }
            assert!(Instant::now() < until, "{told:#}");
        }
    }

    /// A while after the first signal, in which a second one comes to count as one.
    fn wait_for_the_next_signal(&self) {
        self.wait_for(|status| status["stop"]["elapsed_seconds"].as_f64() > Some(0.3));
    }
}

/// Live lines while it stops, below the log and never in it; what Ctrl-C does next; nothing left of them in the end.
#[test]
fn the_terminal_names_the_service_that_holds_up_the_stop() {
    let data = data_folder();
    let Some(shown) = Shown::start(data.path()) else { return };
    let terminal = &shown.terminal;
    terminal.key("C-c");
    terminal.wait_until("lines of the stop", names_who_holds_it_up);
    shown.wait_for_the_next_signal();
    terminal.key("C-c");
    let screen = terminal.wait_for("exit code 3");
    assert!(!screen.contains("Ctrl-C again") && !screen.contains("waits for"), "{screen}");
    assert!(screen.contains("`App` stopped in ") && screen.contains("1 cut: POST /orders, "), "{screen}");
    // Log lines are whole, and each begins its own line.
    assert!(
        screen.lines().filter(|line| line.contains(" INFO ")).all(|line| line.starts_with("20")),
        "{screen}"
    );
    shown.order.answer().expect_err("it was cut");
}

/// Who is under way is above those that wait, and all of it below the log.
fn names_who_holds_it_up(screen: &str) -> bool {
    let lines: Vec<_> = screen.lines().collect();
    let Some(head) = lines.iter().position(|line| line.starts_with("`App` stopping on SIGINT  ")) else {
        return false;
    };
    let (log, lines) = lines.split_at(head);
    let [head, gateway, rpc, totals, rest @ ..] = lines else { return false };
    head.ends_with(" of 25 s  0 of 6 stopped  Ctrl-C again to force")
        && gateway.starts_with("  gateway    ")
        && gateway.contains(" left, 1 in flight, the oldest ")
        && gateway.ends_with(": POST /orders")
        && [rpc.trim(), totals.trim()] == ["rpc        waits for gateway", "totals     waits for rpc"]
        && log.iter().any(|line| line.contains("INFO stopping service=\"gateway\""))
        && !rest.iter().any(|line| line.contains(" INFO "))
        && !screen.contains("^C")
}

/// Ctrl-S: the terminal takes nothing any more, and neither the stop nor the end of the process waits for it.
#[test]
fn a_terminal_that_takes_nothing_holds_up_nothing() {
    let data = data_folder();
    let Some(shown) = Shown::start(data.path()) else { return };
    let process = process_of(data.path()).expect("it runs");
    shown.terminal.key("C-c");
    shown.terminal.wait_for(" left, 1 in flight, the oldest ");
    shown.terminal.key("C-s");
    shown.wait_for_the_next_signal();
    // Ctrl-C would let the terminal go on.
    let killed = Command::new("kill").args(["-TERM", &process]).status().expect("there is a `kill`");
    assert!(killed.success());
    let Shown { terminal, order, .. } = shown;
    order.answer().expect_err("it was cut");
    let cut = Instant::now();
    terminal.wait_until("end", |_| process_of(data.path()).is_none());
    let (took, budget) = (cut.elapsed(), Duration::from_secs(25));
    assert!(took < budget, "the terminal held it up for {took:?}");
    terminal.key("C-q");
    terminal.wait_for("exit code 3");
}

/// The id of the process that keeps its data in this folder.
fn process_of(data: &Path) -> Option<String> {
    let folder = data.as_os_str().as_encoded_bytes();
    let is_it = |process: &DirEntry| {
        let command = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        command.starts_with(env!("CARGO_BIN_EXE_gateway-rpc").as_bytes())
            && command.windows(folder.len()).any(|part| part == folder)
    };
    let process = std::fs::read_dir("/proc").into_iter().flatten().flatten().find(is_it)?;
    process.file_name().into_string().ok()
}
