//! Tests of the notifications to systemd and of the sockets that systemd hands over.
#![cfg(target_os = "linux")]

use std::net::{TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;

use service_group_tests::{Manager, Process, Signal, handed_over};

use crate::app::{App, assert_clean, data_folder, with_settings};
use crate::client::{self, Client, new_order};

/// A command that runs the program with an inherited socket of this name.
pub(crate) fn with_socket(data: &Path, name: &str) -> Command {
    with_settings(handed_over(env!("CARGO_BIN_EXE_gateway-rpc"), name), data)
}

/// A listening socket on a free port.
pub(crate) fn socket() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

/// A copy of the socket, to hand over to a process.
pub(crate) fn end_of(socket: &TcpListener) -> OwnedFd {
    socket.try_clone().unwrap().into()
}

/// `READY=1` is sent when the port answers. During the stop, `STATUS=` names the request in flight until it is
/// answered.
#[test]
fn systemd_is_notified_of_the_ready_port_and_of_the_request_that_a_stop_waits_for() {
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
fn the_rpc_server_also_takes_over_a_socket() {
    let (data, socket) = (data_folder(), socket());
    let app =
        App::wait_until_ready(Process::spawn_with(&mut with_socket(data.path(), "rpc"), end_of(&socket)));
    assert_eq!(app.rpc, socket.local_addr().unwrap());
    // The gateway calls the rpc server at that address.
    assert_eq!(client::order(app.http, "tea", 2).status, 201);
    assert_clean(&app.stop(Signal::TERM));
}

#[test]
fn a_socket_that_does_not_listen_is_refused() {
    let (data, udp) = (data_folder(), UdpSocket::bind("127.0.0.1:0").unwrap());
    let end = Process::spawn_with(&mut with_socket(data.path(), "http"), OwnedFd::from(udp)).end();
    assert_eq!(end.code(), 1, "{}", end.text());
    let expected = "`gateway` did not start: the socket `http` is a datagram socket, and one that listens \
                (`ListenStream=`) was expected";
    assert!(end.on_stderr.iter().any(|line| line == expected), "{}", end.text());
}

/// A child process inherits the `LISTEN_` variables of a parent that was handed sockets. They are not meant for the
/// child.
#[test]
fn sockets_for_another_process_are_not_taken_over() {
    let data = data_folder();
    let command = &mut crate::app::command(data.path());
    let app = App::spawn(command.env("LISTEN_FDS", "1").env("LISTEN_PID", "1").env("LISTEN_FDNAMES", "http"));
    assert_eq!(client::get(app.http, "/readyz").status, 200);
    let end = app.stop(Signal::TERM);
    assert_eq!(end.code(), 0, "{}", end.text());
    assert!(end.text().contains("no socket is taken over: LISTEN_FDS is for process 1, and this is "));
}
