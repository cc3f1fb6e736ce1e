//! What systemd is told, and the socket that it hands over.
#![cfg(target_os = "linux")]

use std::net::{TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;

use service_group_tests::{Manager, Process, Signal, handed_over};

use crate::app::{App, assert_clean, data_folder, with_settings};
use crate::client::{self, Client, new_order};

/// The program with this socket of that name.
pub(crate) fn with_socket(data: &Path, name: &str) -> Command {
    with_settings(handed_over(env!("CARGO_BIN_EXE_gateway-rpc"), name), data)
}

pub(crate) fn socket() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

pub(crate) fn end_of(socket: &TcpListener) -> OwnedFd {
    socket.try_clone().unwrap().into()
}

/// A12: ready is told when the port answers. In the stop the request under way is told, until it is answered.
#[test]
fn ready_is_told_when_the_port_answers_and_whom_the_stop_waits_for() {
    let (data, socket, mut manager) = (data_folder(), socket(), Manager::listening());
    let http = socket.local_addr().unwrap();
    let process = Process::spawn_with(manager.of(&mut with_socket(data.path(), "http")), end_of(&socket));
    manager.wait_for("READY=1");
    assert_eq!(client::get(http, "/readyz").status, 200);

    let mut order = Client::connect(http).unwrap().begin_post(&new_order("tea", 2));
    process.signal(Signal::TERM);
    manager.wait_for("STOPPING=1");
    let message = manager.wait_for("`gateway` (1 request in flight); ");
    assert!(message.starts_with("STATUS=stopping on SIGTERM: waiting for `gateway` "), "{message}");
    order.send_body();
    assert_eq!(order.answer().unwrap().status, 201);
    assert_clean(&process.end());
    assert_eq!(manager.states(), ["READY=1", "STOPPING=1"]);
    assert!(manager.heard().last().unwrap().starts_with("STATUS=`App` stopped in "));
}

#[test]
fn the_rpc_server_takes_a_socket_too() {
    let (data, socket) = (data_folder(), socket());
    let app = App::ready(Process::spawn_with(&mut with_socket(data.path(), "rpc"), end_of(&socket)));
    assert_eq!(app.rpc, socket.local_addr().unwrap());
    // The gateway calls it there.
    assert_eq!(client::order(app.http, "tea", 2).status, 201);
    assert_clean(&app.stop(Signal::TERM));
}

#[test]
fn a_socket_that_does_not_listen_is_refused() {
    let (data, udp) = (data_folder(), UdpSocket::bind("127.0.0.1:0").unwrap());
    let end = Process::spawn_with(&mut with_socket(data.path(), "http"), OwnedFd::from(udp)).end();
    assert_eq!(end.code(), 1, "{}", end.text());
    let told = "`gateway` did not start: the socket `http` is a datagram socket, and one that listens \
                (`ListenStream=`) was expected";
    assert!(end.on_stderr.iter().any(|line| line == told), "{}", end.text());
}

/// A child of a process that was handed sockets sees its variables: they are not meant for it.
#[test]
fn sockets_for_another_process_are_left_alone() {
    let data = data_folder();
    let command = &mut crate::app::command(data.path());
    let app = App::spawn(command.env("LISTEN_FDS", "1").env("LISTEN_PID", "1").env("LISTEN_FDNAMES", "http"));
    assert_eq!(client::get(app.http, "/readyz").status, 200);
    let end = app.stop(Signal::TERM);
    assert_eq!(end.code(), 0, "{}", end.text());
    assert!(end.text().contains("no socket is taken over: LISTEN_FDS is for process 1, and this is "));
}
