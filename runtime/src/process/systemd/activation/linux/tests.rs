//! What is given out, and what is said of the rest. How it comes from the environment is for whole processes.

use std::io::Read;
use std::net::{TcpStream, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixStream};

use super::*;

fn handed(sockets: Vec<(&str, OwnedFd)>) -> Handed {
    let found = |(name, fd): (&str, OwnedFd)| (Some(name.to_owned()).filter(|name| !name.is_empty()), fd);
    Handed { sockets: adopt(sockets.into_iter().map(found).collect()).unwrap(), refused: None }
}

fn named(name: &str) -> Which {
    Which::Name(name.to_owned())
}

fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

/// What is said when it is asked for.
fn refusal(handed: &mut Handed, which: &Which) -> String {
    match handed.take(which, None) {
        Ok(Some(listener)) => panic!("{which} was given out: {listener:?}"),
        Ok(None) => handed.missing(which).to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn each_is_given_out_once_by_name_or_place() {
    let (http, rpc) = (listener(), listener());
    let addresses = [http.local_addr().unwrap(), rpc.local_addr().unwrap()];
    let mut handed = handed(vec![("http", http.into()), ("rpc", rpc.into())]);
    let Some(InheritedListener::Tcp(rpc)) = handed.take(&named("rpc"), None).unwrap() else { panic!("TCP") };
    let Some(InheritedListener::Tcp(http)) = handed.take(&Which::Index(0), Some(Kind::Tcp)).unwrap() else {
        panic!("TCP")
    };
    assert_eq!([http.local_addr().unwrap(), rpc.local_addr().unwrap()], addresses);
    let again = "the socket `http` has been given out already; each is taken by one server";
    assert_eq!(refusal(&mut handed, &named("http")), again);
}

#[test]
fn several_of_one_name_are_given_out_one_by_one() {
    let listeners = [listener(), listener()];
    let addresses = listeners.each_ref().map(|listener| listener.local_addr().unwrap());
    let mut handed = handed(listeners.map(|listener| ("http", listener.into())).into());
    for address in addresses {
        let Some(InheritedListener::Tcp(taken)) = handed.take(&named("http"), None).unwrap() else {
            panic!("TCP")
        };
        assert_eq!(taken.local_addr().unwrap(), address);
    }
    assert!(refusal(&mut handed, &named("http")).contains("given out already"));
}

#[test]
fn one_that_is_missing_is_told_with_what_there_is_and_what_to_do() {
    let mut none = handed(vec![]);
    let expected = "the socket `http` was not handed over: LISTEN_FDS is not set; start it through its socket unit, \
                    or fall back with `.or(address)`";
    assert_eq!(refusal(&mut none, &named("http")), expected);

    let mut one = handed(vec![("rpc", listener().into())]);
    let expected = "the socket `http` was not handed over: LISTEN_FDS has 1, `rpc`; give it `FileDescriptorName=http` \
                    in its socket unit";
    assert_eq!(refusal(&mut one, &named("http")), expected);

    let mut two = handed(vec![("rpc", listener().into()), ("", listener().into())]);
    let expected = "socket number 2 was not handed over: LISTEN_FDS has 2: `rpc`, one without a name; the last one is \
                    number 1, counted from 0";
    assert_eq!(refusal(&mut two, &Which::Index(2)), expected);
}

#[test]
fn what_does_not_listen_for_streams_is_told_and_stays() {
    let listener = listener();
    let connection = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let file = std::fs::File::open("/dev/null").unwrap();
    let others: [(OwnedFd, &str); 4] = [
        (connection.into(), "a connection, as `Accept=yes` in a socket unit gives it"),
        (udp.into(), "a datagram socket"),
        (UnixDatagram::unbound().unwrap().into(), "a datagram socket"),
        (file.into(), "no socket"),
    ];
    for (fd, found) in others {
        let mut handed = handed(vec![("http", fd)]);
        let expected =
            format!("the socket `http` is {found}, and one that listens (`ListenStream=`) was expected");
        assert_eq!(refusal(&mut handed, &named("http")), expected);
        assert_eq!(refusal(&mut handed, &named("http")), expected);
    }
}

#[test]
fn a_socket_of_the_other_kind_is_refused_where_one_was_asked_for() {
    let folder = std::env::temp_dir().join(format!("service-group-handed-{}", std::process::id()));
    let unix = UnixListener::bind(&folder).unwrap();
    std::fs::remove_file(&folder).unwrap();
    let mut handed = handed(vec![("http", unix.into())]);
    let error = handed.take(&named("http"), Some(Kind::Tcp)).unwrap_err();
    assert_eq!(error.to_string(), "the socket `http` is a Unix socket, and a TCP socket was expected");
    assert!(matches!(handed.take(&named("http"), Some(Kind::Unix)), Ok(Some(InheritedListener::Unix(_)))));
}

/// Where the environment is wrong, the descriptor belongs to other code, for example to the runtime.
#[test]
fn what_does_not_listen_is_never_closed() {
    let (mut other, fd) = UnixStream::pair().unwrap();
    other.set_nonblocking(true).unwrap();
    drop(handed(vec![("http", fd.into())]));
    assert_eq!(other.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock, "its end is open");
}
