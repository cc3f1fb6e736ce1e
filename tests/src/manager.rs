//! What systemd is to a process: a datagram socket that receives its messages, and a parent that hands over sockets.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// No test waits longer.
const PATIENCE: Duration = Duration::from_mins(1);

/// A service manager that receives the messages of a process.
#[derive(Debug)]
pub struct Manager {
    socket: UnixDatagram,
    name: String,
    heard: Vec<String>,
}

impl Manager {
    /// Listens under an abstract name, which leaves no file.
    ///
    /// # Panics
    ///
    /// If no such socket can be bound.
    #[must_use]
    pub fn listening() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("service-group-manager-{}-{count}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).expect("a short name is valid");
        let socket = UnixDatagram::bind_addr(&address).expect("the name is free");
        Self { socket, name: format!("@{name}"), heard: Vec::new() }
    }

    /// Has the command send its messages here.
    pub fn of<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("NOTIFY_SOCKET", &self.name)
    }

    /// Waits for a message that contains this text, and returns it.
    ///
    /// # Panics
    ///
    /// When nothing comes for a minute.
    pub fn wait_for(&mut self, text: &str) -> String {
        loop {
            let message = self.next(Some(PATIENCE));
            let message = message.unwrap_or_else(|| panic!("no `{text}` came in: {:#?}", self.heard));
            if message.contains(text) {
                return message;
            }
        }
    }

    /// All messages up to now, those that were waited for among them.
    pub fn heard(&mut self) -> &[String] {
        while self.next(None).is_some() {}
        &self.heard
    }

    /// The first lines of all messages so far that are more than a status.
    pub fn states(&mut self) -> Vec<&str> {
        let first = |message: &'_ String| !message.starts_with("STATUS=");
        self.heard()
            .iter()
            .filter(|message| first(message))
            .filter_map(|message| message.lines().next())
            .collect()
    }

    fn next(&mut self, patience: Option<Duration>) -> Option<String> {
        let is_set = self.socket.set_nonblocking(patience.is_none());
        is_set.and_then(|()| self.socket.set_read_timeout(patience)).expect("the socket is ours");
        let mut buffer = [0; 4_096];
        let length = self.socket.recv(&mut buffer).ok()?;
        let message = String::from_utf8_lossy(&buffer[..length]).into_owned();
        self.heard.push(message.clone());
        Some(message)
    }
}

/// The program, with its standard input handed over as a listening socket of that name: what systemd sets, the process
/// has to be the one that it is meant for.
#[must_use]
pub fn handed_over(program: &str, name: &str) -> Command {
    let script = r#"exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@""#;
    let mut command = Command::new("sh");
    command.args(["-c", script, program]).env("LISTEN_FDNAMES", name);
    command
}
