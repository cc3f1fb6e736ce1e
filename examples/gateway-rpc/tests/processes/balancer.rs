//! An `HAProxy` in front of instances: it sends them requests while `/readyz` is 200.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use service_group_tests::{Process, find_program};
use tempfile::TempDir;

use crate::client::PATIENCE;

/// The probes of the instances: two that fail take an instance out, one that succeeds brings it back.
pub(crate) const PROBES: &str =
    "option httpchk GET /readyz\n    default-server check inter 50ms fall 2 rise 1";

/// A running `HAProxy`.
#[derive(Debug)]
pub(crate) struct Balancer {
    /// Where clients connect to.
    pub(crate) addr: SocketAddr,
    socket: PathBuf,
    _process: Process,
    _folder: TempDir,
}

impl Balancer {
    /// Starts one in front of these instances, with these settings of its backend. `None` where `HAProxy` is not
    /// installed.
    pub(crate) fn start(instances: &[SocketAddr], settings: &str) -> Option<Self> {
        let program = find_program(&["haproxy"])?;
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("admin.sock");
        let servers = instances.iter().enumerate();
        let servers = servers.map(|(index, addr)| format!("    server {} {addr}\n", name(index)));
        let servers: String = servers.collect();
        let config = format!(
            "global\n    stats socket {socket} level admin\n\
             defaults\n    mode http\n    timeout connect 5s\n    timeout client 60s\n    timeout server 60s\n    \
             timeout check 10s\n\
             frontend clients\n    bind fd@3\n    default_backend instances\n\
             backend instances\n    {settings}\n{servers}",
            socket = socket.display()
        );
        let file = folder.path().join("haproxy.cfg");
        std::fs::write(&file, config).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let process = spawn_on(listener, Command::new(program).arg("-db").arg("-f").arg(file));
        let balancer = Self { addr, socket, _process: process, _folder: folder };
        wait_until(|| balancer.command("show info").is_some());
        Some(balancer)
    }

    /// Puts an instance at another address in the place of this one, as after the restart of a pod, and waits until its
    /// probe has succeeded.
    pub(crate) fn replace(&self, index: usize, addr: SocketAddr) {
        let name = name(index);
        let (ip, port) = (addr.ip(), addr.port());
        let said = self.command(&format!("set server instances/{name} addr {ip} port {port}"));
        assert!(said.as_deref().is_some_and(|said| said.contains("changed from")), "{said:?}");
        wait_until(|| self.is_up(index));
    }

    /// Returns whether its probes find this instance ready.
    pub(crate) fn is_up(&self, index: usize) -> bool {
        let servers = self.command("show servers state instances").unwrap_or_default();
        // The columns are: backend, its name, server, its name, address, operational state.
        let mut states = servers.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        states.any(|state| state.get(3).is_some_and(|of| *of == name(index)) && state.get(5) == Some(&"2"))
    }

    /// Sends a command to its administration socket and returns the answer. `None` while the socket does not answer.
    fn command(&self, command: &str) -> Option<String> {
        let mut stream = UnixStream::connect(&self.socket).ok()?;
        stream.write_all(format!("{command}\n").as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }
}

/// Spawns the command with a socket that listens already, as file descriptor 3: its port is free, and no client comes too
/// early.
fn spawn_on(listener: TcpListener, command: &Command) -> Process {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", r#"exec "$0" "$@" 3<&0 </dev/null"#])
        .arg(command.get_program())
        .args(command.get_args());
    Process::spawn_with(&mut shell, Stdio::from(OwnedFd::from(listener)))
}

fn name(index: usize) -> String {
    format!("s{index}")
}

pub(crate) fn wait_until(mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < PATIENCE, "the condition does not hold within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(1));
    }
}
