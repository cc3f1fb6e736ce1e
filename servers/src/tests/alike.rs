//! A server of `bind` is served in a loop of ours, and one of `serve` in that of tonic: no client can tell them apart.

use std::fmt::Write as _;
use std::net::SocketAddr;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Request, Version};
use tokio::net::TcpStream;
use tonic::service::Routes;

use super::kit::{Raw, Stop, finished, soon};
use super::layers::{PING, PREFACE_AND_SETTINGS, SETTINGS, frame};
use super::rpc::{Calls, both};
use crate::GrpcServer;

const NO_MESSAGE: &[u8] = &[0; 5];

/// The same routes behind both.
struct Both {
    _servers: [GrpcServer; 2],
    addrs: [SocketAddr; 2],
}

impl Both {
    async fn listen() -> Self {
        let [(bound, one), (served, other)] = both(|| Routes::new(Calls::new())).await;
        Self { _servers: [bound, served], addrs: [one, other] }
    }

    /// What both answer.
    async fn answer(&self, what: &str, request: impl Fn() -> Request<()>, body: &'static [u8]) -> String {
        let [mut ours, mut theirs] = [String::new(), String::new()];
        for (addr, answer) in self.addrs.into_iter().zip([&mut ours, &mut theirs]) {
            *answer = soon(what, asked(addr, request(), body)).await;
        }
        assert_eq!(ours, theirs, "{what}");
        ours
    }
}

async fn connected(addr: SocketAddr) -> h2::client::SendRequest<Bytes> {
    let stream = TcpStream::connect(addr).await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    client.ready().await.unwrap()
}

/// All that a client sees of an answer, but for the time of day.
async fn asked(addr: SocketAddr, request: Request<()>, body: &'static [u8]) -> String {
    let mut client = connected(addr).await;
    let (answer, mut sending) = client.send_request(request, false).unwrap();
    // A server that has answered already does not want it.
    let _ = sending.send_data(Bytes::from_static(body), true);
    let mut seen = String::new();
    match answer.await {
        Err(error) => write!(seen, "{error}").unwrap(),
        Ok(answer) => {
            let (head, mut body) = answer.into_parts();
            write!(seen, "{} {}", head.status, told(&head.headers)).unwrap();
            while let Some(data) = body.data().await {
                write!(seen, " {data:?}").unwrap();
            }
            let trailers =
                body.trailers().await.map(|trailers| trailers.as_ref().map(told).unwrap_or_default());
            write!(seen, " {}", trailers.unwrap_or_else(|error| error.to_string())).unwrap();
        }
    }
    seen
}

fn told(headers: &HeaderMap) -> String {
    let told =
        headers.iter().filter(|(name, _)| *name != "date").map(|(name, value)| format!("{name}: {value:?}"));
    let mut told: Vec<_> = told.collect();
    told.sort_unstable();
    told.join(", ")
}

fn call(method: &str) -> Request<()> {
    let mut request =
        Request::post(format!("http://test/{method}")).version(Version::HTTP_2).body(()).unwrap();
    request.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
    request.headers_mut().insert("te", "trailers".parse().unwrap());
    request
}

fn within(method: &str, deadline: &[u8]) -> Request<()> {
    let mut request = call(method);
    request.headers_mut().insert("grpc-timeout", deadline.try_into().unwrap());
    request
}

#[tokio::test]
async fn calls_are_answered_alike() {
    let both = Both::listen().await;
    let answer = both.answer("a call", || call("test.Calls/Upload"), NO_MESSAGE).await;
    assert!(answer.contains("finally") && answer.contains("grpc-status: \"0\""), "{answer}");
    let answer = both.answer("a service that is not there", || call("no.Such/Call"), NO_MESSAGE).await;
    assert!(answer.contains("grpc-status: \"12\""), "{answer}");
    both.answer("no service", || call(""), NO_MESSAGE).await;
    both.answer("half a message", || call("test.Calls/Upload"), &[0, 0, 0, 0, 9, 1]).await;
    both.answer("no message", || call("test.Calls/Upload"), &[]).await;
    let compressed = || {
        let mut request = call("test.Calls/Upload");
        request.headers_mut().insert("grpc-encoding", "gzip".parse().unwrap());
        request
    };
    both.answer("an encoding that is not there", compressed, &[1, 0, 0, 0, 0]).await;
    let other = |method: Method| {
        move || {
            let mut request = call("test.Calls/Upload");
            *request.method_mut() = method.clone();
            request
        }
    };
    both.answer("a GET", other(Method::GET), NO_MESSAGE).await;
    both.answer("an OPTIONS", other(Method::OPTIONS), NO_MESSAGE).await;
    let tunnel = || Request::connect("test:80").version(Version::HTTP_2).body(()).unwrap();
    both.answer("a tunnel", tunnel, &[]).await;
    let websocket = || {
        let mut request = other(Method::CONNECT)();
        request.extensions_mut().insert(h2::ext::Protocol::from_static("websocket"));
        request
    };
    both.answer("a websocket", websocket, &[]).await;
    let long = || {
        let mut request = call("test.Calls/Upload");
        request.headers_mut().insert("x-long", "x".repeat(1 << 15).parse().unwrap());
        request
    };
    both.answer("a head that is too long", long, NO_MESSAGE).await;
}

#[tokio::test]
async fn deadlines_hold_alike() {
    let both = Both::listen().await;
    for deadline in ["1m", "1000u", "1000000n", "0S", "+1m"] {
        let answer =
            both.answer(deadline, || within("test.Calls/Stuck", deadline.as_bytes()), NO_MESSAGE).await;
        assert!(answer.contains("grpc-status: \"1\""), "{answer}");
    }
    // Long ones, and those that nobody understands.
    for deadline in
        ["1H", "1M", "99999999H", "123456789n", "", "n", "1", "1x", "-1n", "1.0n", " 1n", "1\u{e9}"]
    {
        let within = || within("test.Calls/Late", deadline.as_bytes());
        let answer = both.answer(deadline, within, NO_MESSAGE).await;
        assert!(answer.contains("finally"), "{deadline}: {answer}");
    }
}

/// A deadline is kept until the answer begins.
#[tokio::test]
async fn a_stream_that_has_begun_has_no_deadline() {
    let both = Both::listen().await;
    for addr in both.addrs {
        let mut client = connected(addr).await;
        let (answer, _sending) = client.send_request(within("test.Calls/Ticking", b"20m"), false).unwrap();
        let mut body = soon("the answer", answer).await.unwrap().into_body();
        let begun = std::time::Instant::now();
        while begun.elapsed().as_millis() < 40 {
            let data = soon("a tick", body.data()).await.expect("it goes on").unwrap();
            body.flow_control().release_capacity(data.len()).unwrap();
        }
    }
}

#[tokio::test]
async fn connections_are_served_alike() {
    let both = Both::listen().await;
    let [mut settings, mut other] = [Vec::new(), Vec::new()];
    for (addr, seen) in both.addrs.into_iter().zip([&mut settings, &mut other]) {
        let mut client = Raw::connect(addr).await;
        client.write(PREFACE_AND_SETTINGS).await;
        // Up to the acknowledgement.
        while seen
            .last()
            .is_none_or(|(kind, carried): &(u8, Vec<u8>)| *kind != SETTINGS || !carried.is_empty())
        {
            seen.push(frame(&mut client).await.expect("it is open"));
        }
    }
    assert_eq!(settings, other);
    let [mut bytes, mut other] = [Vec::new(), Vec::new()];
    for (addr, seen) in both.addrs.into_iter().zip([&mut bytes, &mut other]) {
        let mut client = Raw::connect(addr).await;
        client.write("GET / HTTP/1.1\r\nhost: test\r\n\r\n").await;
        *seen = client.read_to_end().await;
    }
    assert_eq!(bytes, other, "HTTP/1");
}

/// hyper would end a connection after 1,024 of them, and h2 takes no other note of 50 streams that it has reset.
#[tokio::test]
async fn who_writes_to_a_call_that_is_answered_keeps_its_connection() {
    const CALLS: u32 = 1_200;
    let both = Both::listen().await;
    for addr in both.addrs {
        let mut client = Raw::connect(addr).await;
        client.write(PREFACE_AND_SETTINGS).await;
        let streams = || (0..CALLS).map(|call| 2 * call + 1);
        client.write(streams().flat_map(no_such_call).collect::<Vec<_>>()).await;
        let mut resets = 0;
        while resets < CALLS {
            resets += u32::from(frame(&mut client).await.expect("an answer").0 == RESET);
        }
        let late = streams().flat_map(|stream| sent(DATA, 0, stream, NO_MESSAGE));
        client.write(late.chain(sent(PING, 0, 0, b"too late")).collect::<Vec<_>>()).await;
        loop {
            match frame(&mut client).await {
                Some((PING, _)) => break,
                Some((RESET, _)) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;

fn sent(kind: u8, flags: u8, stream: u32, carried: &[u8]) -> Vec<u8> {
    let length = u32::try_from(carried.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), carried].concat()
}

/// The head of a call that a client has not finished.
fn no_such_call(stream: u32) -> Vec<u8> {
    // By the static table of HPACK: `POST` and `http`; the rest is spelled out.
    let head = [&b"\x83\x86\x04\x0d/no.Such/Call\x01\x04test"[..], b"\x0f\x10\x10application/grpc"].concat();
    sent(HEADERS, 4, stream, &head)
}

/// Its client has an answer, in a loop of ours. tonic's timeout is around what we see: such a call is not counted there.
#[tokio::test(start_paused = true)]
async fn a_call_whose_deadline_passes_in_the_drain_is_finished() {
    let calls = Calls::new();
    let server = GrpcServer::bind("127.0.0.1:0", Routes::new(calls.clone())).await.unwrap();
    let addr = server.local_addr().tcp().unwrap();
    let stuck = tokio::spawn(asked(addr, within("test.Calls/Stuck", b"10S"), NO_MESSAGE));
    soon("the handler", calls.entered.opened()).await;
    assert_eq!(Stop::of(server).over().await, finished(1));
    assert!(stuck.await.unwrap().contains("grpc-status: \"1\""));
    soon("the handler's end", calls.gone.opened()).await;
}
