//! What `HAProxy` and nginx do with a request that a server refuses, cuts, or answers with 503.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use service_group_tests::{Process, find_program};
use tempfile::TempDir;

use crate::balancer::{Balancer, wait_until};
use crate::client::{Client, new_order};

/// What one of two servers does with each request. The other one answers 200.
#[derive(Debug, Clone, Copy)]
enum Does {
    /// Closes the connection once the whole request has arrived, as the force does.
    Cuts,
    /// Answers 503 with `Connection: close`, as `AnswersBeforeCut` does.
    Answers503,
}

/// A server, which counts the requests that it has received.
struct Server {
    addr: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Starts one that answers 200, or does this. Its thread lives as long as the process.
    fn start(does: Option<Does>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (addr, requests) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let counter = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let counter = Arc::clone(&counter);
                thread::spawn(move || serve(stream, does, &counter));
            }
        });
        Self { addr, requests }
    }
}

/// Serves one request of a connection.
fn serve(stream: TcpStream, does: Option<Does>, requests: &AtomicUsize) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if let Some((_, value)) = line.to_ascii_lowercase().split_once("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    requests.fetch_add(1, Relaxed);
    let status = match does {
        Some(Does::Cuts) => return Ok(()),
        Some(Does::Answers503) => "503 Service Unavailable",
        None => "200 OK",
    };
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    reader.get_mut().write_all(head.as_bytes())
}

/// An nginx in front of these servers, with these settings of its location. Its port was free a moment ago.
fn nginx(servers: [SocketAddr; 2], settings: &str) -> Option<(Process, SocketAddr, TempDir)> {
    let program = find_program(&["nginx"])?;
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    // With `max_fails=0` it tries a server again for the next request.
    let servers = servers.map(|server| format!("server {server} max_fails=0;"));
    let paths =
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|name| format!("{name}_temp_path {name};"));
    let config = format!(
        "daemon off; master_process off; error_log stderr; pid nginx.pid; events {{}}\n\
         http {{ access_log off; {} upstream instances {{ {} }}\n\
         server {{ listen {addr}; location / {{ proxy_pass http://instances; {settings} }} }} }}",
        paths.concat(),
        servers.concat()
    );
    let file = folder.path().join("nginx.conf");
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new(program);
    command.args(["-e", "stderr", "-p"]).arg(folder.path()).arg("-c").arg(file);
    drop(listener);
    let process = Process::spawn(&mut command);
    wait_until(|| TcpStream::connect(addr).is_ok());
    Some((process, addr, folder))
}

/// Sends requests until one has reached the first server, and returns what its client received.
fn received(addr: SocketAddr, method: &str, first: &Server) -> String {
    for _ in 0..20 {
        let before = first.requests.load(Relaxed);
        let mut client = Client::connect(addr).unwrap();
        let answer = if method == "GET" { client.get("/") } else { client.post(&new_order("tea", 1)) };
        if first.requests.load(Relaxed) > before {
            return answer.map_or("broken".to_owned(), |answer| answer.status.to_string());
        }
    }
    "not sent".to_owned()
}

/// The page with the table of what clients receive: for each balancer and its settings, a cut GET, a cut POST, and 503 to both.
const PAGE: &str = include_str!("../../../../docs/guide/04-in-production.md");

/// Checks the rows of a balancer. `start` starts it in front of two servers, with the settings of a row; the second value that
/// it returns ends the balancer when dropped. `None` where it is not installed.
fn check_rows<T>(balancer: &str, start: impl Fn([SocketAddr; 2], &str) -> Option<(SocketAddr, T)>) {
    let rows: Vec<_> = PAGE.lines().filter(|line| line.starts_with(&format!("| {balancer} |"))).collect();
    assert!(rows.len() >= 3, "the page has {} rows of {balancer}", rows.len());
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let settings = cells[1].trim_matches('`').replace("`, `", "\n    ");
        let requests =
            [Does::Cuts, Does::Answers503].into_iter().flat_map(|does| ["GET", "POST"].map(|of| (does, of)));
        for ((does, method), expected) in requests.zip(&cells[2..]) {
            let (first, second) = (Server::start(Some(does)), Server::start(None));
            let Some((addr, _running)) = start([first.addr, second.addr], &settings) else { return };
            let received = received(addr, method, &first);
            assert_eq!(received, expected.trim_matches('*'), "{balancer}, {settings}: {does:?}, {method}");
        }
    }
}

#[test]
fn haproxy_does_what_the_guide_says() {
    check_rows("HAProxy", |servers, settings| {
        let balancer = Balancer::start(&servers, settings)?;
        Some((balancer.addr, balancer))
    });
}

#[test]
fn nginx_does_what_the_guide_says() {
    check_rows("nginx", |servers, settings| {
        nginx(servers, settings).map(|(process, addr, folder)| (addr, (process, folder)))
    });
}
