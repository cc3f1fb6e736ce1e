//! `GrpcServer::bind` serves in a loop of this crate, and `GrpcServer::from_incoming` in that of tonic.

use axum::http::{Method, Request, Version};
use tonic::service::Routes;

use super::super::http2::{DATA, HEADERS, PING, PREFACE_AND_SETTINGS, RESET, frame, read_frame};
use super::super::kit::{Raw, Stop, finished, soon};
use super::super::rpc::{Calls, both};
use super::{Both, answer_of, connected};
use crate::GrpcServer;

const NO_MESSAGE: &[u8] = &[0; 5];

async fn listen() -> Both<[GrpcServer; 2]> {
    let [(bound, one), (served, other)] = both(|| Routes::new(Calls::new())).await;
    Both { _servers: [bound, served], addrs: [one, other] }
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
    let both = listen().await;
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
    let both = listen().await;
    for deadline in ["1m", "1000u", "1000000n", "0S", "+1m"] {
        let answer =
            both.answer(deadline, || within("test.Calls/Stuck", deadline.as_bytes()), NO_MESSAGE).await;
        assert!(answer.contains("grpc-status: \"1\""), "{answer}");
    }
    // Long deadlines, and invalid ones.
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
    let both = listen().await;
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
    let both = listen().await;
    both.assert_same_settings().await;
    both.answer_bytes("HTTP/1", b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").await;
}

/// hyper would end a connection after 1,024 of them, and h2 takes no other note of 50 streams that it has reset.
#[tokio::test]
async fn who_writes_to_a_call_that_is_answered_keeps_its_connection() {
    const CALLS: u32 = 1_200;
    let both = listen().await;
    for addr in both.addrs {
        let mut client = Raw::connect(addr).await;
        client.write(PREFACE_AND_SETTINGS).await;
        let streams = || (0..CALLS).map(|call| 2 * call + 1);
        client.write(streams().flat_map(no_such_call).collect::<Vec<_>>()).await;
        let mut resets = 0;
        while resets < CALLS {
            resets += u32::from(read_frame(&mut client).await.expect("an answer").0 == RESET);
        }
        let late = streams().flat_map(|stream| frame(DATA, 0, stream, NO_MESSAGE));
        client.write(late.chain(frame(PING, 0, 0, b"too late")).collect::<Vec<_>>()).await;
        loop {
            match read_frame(&mut client).await {
                Some((PING, _)) => break,
                Some((RESET, _)) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

/// The head of a call that a client has not finished.
fn no_such_call(stream: u32) -> Vec<u8> {
    // By the static table of HPACK: `POST` and `http`; the rest is spelled out.
    let head = [&b"\x83\x86\x04\x0d/no.Such/Call\x01\x04test"[..], b"\x0f\x10\x10application/grpc"].concat();
    frame(HEADERS, 4, stream, &head)
}

/// Its client has an answer, in a loop of ours. tonic's timeout is around what we see: such a call is not counted there.
#[tokio::test(start_paused = true)]
async fn a_call_whose_deadline_passes_in_the_drain_is_finished() {
    let calls = Calls::new();
    let server = GrpcServer::bind("127.0.0.1:0", Routes::new(calls.clone())).await.unwrap();
    let addr = server.local_addr().tcp().unwrap();
    let stuck = tokio::spawn(answer_of(addr, within("test.Calls/Stuck", b"10S"), NO_MESSAGE));
    soon("the handler", calls.entered.opened()).await;
    assert_eq!(Stop::of(server).over().await, finished(1));
    assert!(stuck.await.unwrap().contains("grpc-status: \"1\""));
    soon("the handler's end", calls.gone.opened()).await;
}
