//! The program as it runs, with real signals.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use service_group_tests::{End, Process, Signal};

/// A running program that is ready.
struct Program {
    process: Process,
    public: SocketAddr,
    admin: SocketAddr,
}

impl Program {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_actix-beside-axum"));
        let mut process = Process::spawn(command.args(["127.0.0.1:0", "127.0.0.1:0"]));
        let public = address(&process.wait_for("public: "));
        let admin = address(&process.wait_for("admin: "));
        Self { process, public, admin }
    }

    /// Sends SIGTERM, and waits until the public server has closed its listener.
    fn begin_stop(&self) {
        self.process.signal(Signal::TERM);
        while TcpStream::connect(self.public).is_ok() {
            std::thread::yield_now();
        }
    }
}

fn address(line: &str) -> SocketAddr {
    let address = line.split('/').nth(2).expect("a URL");
    address.parse().expect("an address")
}

/// Sends the head of a request, and waits until actix asks for the body.
fn begin_request(address: SocketAddr) -> TcpStream {
    let mut client = TcpStream::connect(address).expect("it listens");
    let head = "POST /words HTTP/1.1\r\nhost: test\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n";
    client.write_all(head.as_bytes()).expect("an open connection");
    let mut answer = [0; 25];
    client.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    client
}

fn rest(mut client: TcpStream) -> String {
    let mut answer = String::new();
    // A connection that was cut may end with an error.
    let _ = client.read_to_string(&mut answer);
    answer
}

fn get(address: SocketAddr, path: &str) -> String {
    let mut client = TcpStream::connect(address).expect("it listens");
    let head = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
    client.write_all(head.as_bytes()).expect("an open connection");
    rest(client)
}

/// The line of the report for a service.
fn line<'a>(end: &'a End, service: &str) -> &'a str {
    let line = end.said.iter().find(|line| line.trim_start().starts_with(service));
    line.unwrap_or_else(|| panic!("no `{service}` in:\n{}", end.text()))
}

#[test]
fn a_request_in_flight_is_answered_while_the_other_server_shows_the_stop() {
    let program = Program::start();
    assert!(get(program.admin, "/readyz").starts_with("HTTP/1.1 200"));
    let idle = TcpStream::connect(program.public).expect("it listens");
    let mut client = begin_request(program.public);

    program.begin_stop();
    assert!(get(program.admin, "/readyz").starts_with("HTTP/1.1 503"));
    client.write_all(b"two words").expect("an open connection");
    let answer = rest(client);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("2 words\n"), "{answer}");

    let end = program.process.end();
    drop(idle);
    assert_eq!(end.code(), 0, "{}", end.text());
    assert!(line(&end, "public ").contains("graceful"), "{}", end.text());
    assert!(line(&end, "admin ").contains("graceful, after `public`"), "{}", end.text());
}

#[test]
fn a_request_that_hangs_is_cut_in_the_window() {
    let program = Program::start();
    let hanging = begin_request(program.public);
    program.begin_stop();
    let end = program.process.end();
    assert_eq!(rest(hanging), "");
    assert_eq!(end.code(), 3, "{}", end.text());
    assert!(line(&end, "public ").contains("forced"), "{}", end.text());
    assert!(line(&end, "admin ").contains("after `public`"), "{}", end.text());
}

#[test]
fn an_address_in_use_is_an_error_of_the_start() {
    let program = Program::start();
    let mut command = Command::new(env!("CARGO_BIN_EXE_actix-beside-axum"));
    let end = Process::spawn(command.args([program.public.to_string(), "127.0.0.1:0".into()])).end();
    assert_eq!(end.code(), 1, "{}", end.text());
    assert!(end.text().contains("`public` did not start"), "{}", end.text());
}
