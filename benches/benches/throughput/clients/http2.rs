//! A client of HTTP/2 that costs next to nothing, so that the server is measured: its requests are encoded once, and of the
//! answers it reads only where they end.

use std::net::SocketAddr;
use std::rc::Rc;

use service_group_benches::UNARY_PATH;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Protocol, connect};

/// The preface, no settings, and a window for the whole connection that never ends.
const HELLO: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x04\x08\0\0\0\0\0\x7f\0\0\0";

const SETTINGS_ACK: &[u8] = b"\0\0\0\x04\x01\0\0\0\0";

/// One message, not compressed, of seven bytes: field 1, a string of five.
const MESSAGE: &[u8] = b"\0\0\0\0\x07\x0a\x05hello";

/// The length of a frame's head.
const HEAD: usize = 9;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const WINDOW_UPDATE: u8 = 8;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

/// An open connection.
pub(crate) struct Http2 {
    stream: TcpStream,
    request: Rc<Request>,
    /// Requests at a time.
    streams: usize,
    /// The number of the next stream.
    next: u32,
    read: Vec<u8>,
    /// How much data has come, and how much of it an answer has.
    data: usize,
    length: usize,
}

/// What is written for each request, except the number of its stream.
struct Request {
    /// The fields, which the server has in its table by now.
    fields: Vec<u8>,
    body: &'static [u8],
}

impl Http2 {
    pub(super) async fn connect(addr: SocketAddr, protocol: Protocol, streams: usize) -> Self {
        let mut stream = connect(addr).await;
        let request = Rc::new(if protocol == Protocol::Grpc { Request::call() } else { Request::get() });
        stream.write_all(HELLO).await.expect("an open connection");
        let mut client = Self { stream, request, streams, next: 1, read: Vec::new(), data: 0, length: 0 };
        let first = Request { fields: client.request.first(), body: client.request.body };
        client.write(&first, 1).await;
        client.answers(1).await;
        client.length = client.data;
        assert!(client.length > 0, "an answer has data");
        client
    }

    /// Asks so many times, as many at a time as the connection shall have, and the next ones when all are answered: so
    /// each server has as much to read and to write at a time as the other.
    pub(super) async fn ask(&mut self, times: usize) {
        self.data = 0;
        let mut left = times;
        while left > 0 {
            let asked = self.streams.min(left);
            let request = Rc::clone(&self.request);
            self.write(&request, asked).await;
            self.answers(asked).await;
            left -= asked;
        }
        assert_eq!(self.data, times * self.length, "all answers are like the first");
    }

    async fn write(&mut self, request: &Request, times: usize) {
        let mut bytes = Vec::with_capacity(times * 64);
        for _ in 0..times {
            let end = if request.body.is_empty() { END_STREAM } else { 0 };
            frame(&mut bytes, HEADERS, END_HEADERS | end, self.next, &request.fields);
            if !request.body.is_empty() {
                frame(&mut bytes, DATA, END_STREAM, self.next, request.body);
            }
            self.next += 2;
        }
        self.stream.write_all(&bytes).await.expect("an open connection");
    }

    /// Reads until so many answers have ended.
    async fn answers(&mut self, asked: usize) {
        let mut ended = 0;
        while ended < asked {
            let count = self.stream.read_buf(&mut self.read).await.expect("an open connection");
            assert!(count > 0, "the server does not end");
            ended += self.frames().await;
        }
    }

    /// Parses the whole frames that were read, and returns how many answers end in them.
    async fn frames(&mut self) -> usize {
        let (mut ended, mut place) = (0, 0);
        while let Some(head) = self.read.get(place..place + HEAD) {
            let (length, kind, flags) =
                (u32::from_be_bytes([0, head[0], head[1], head[2]]), head[3], head[4]);
            let next = place + HEAD + length as usize;
            if next > self.read.len() {
                break;
            }
            if kind == DATA {
                self.data += length as usize;
            }
            match kind {
                DATA | HEADERS => ended += usize::from(flags & END_STREAM != 0),
                SETTINGS if flags & ACK == 0 => {
                    self.stream.write_all(SETTINGS_ACK).await.expect("an open connection");
                }
                SETTINGS => {}
                kind => assert_eq!(kind, WINDOW_UPDATE, "neither a reset nor a goodbye"),
            }
            place = next;
        }
        self.read.drain(..place);
        ended
    }
}

impl Request {
    /// `:method`, `:path` and `:scheme` are in the static table, `:authority` is the first in that of the connection.
    fn get() -> Self {
        Self { fields: vec![0x82, 0x84, 0x86, indexed(62)], body: b"" }
    }

    /// `:method` and `:scheme` are in the static table; the others have come one after the other.
    fn call() -> Self {
        Self { fields: vec![0x83, 0x86, indexed(65), indexed(64), indexed(63), indexed(62)], body: MESSAGE }
    }

    /// The fields of the first request, which the server puts into its table.
    fn first(&self) -> Vec<u8> {
        let mut fields = vec![self.fields[0]];
        if self.body.is_empty() {
            fields.extend([0x84, 0x86]);
            named(&mut fields, 1, "bench");
        } else {
            fields.push(0x86);
            named(&mut fields, 1, "bench");
            named(&mut fields, 4, UNARY_PATH);
            named(&mut fields, 31, "application/grpc");
            fields.extend([0x40, 2]);
            fields.extend(b"te");
            value(&mut fields, "trailers");
        }
        fields
    }
}

/// A field that is in a table; that of the connection begins at 62, with the newest.
fn indexed(place: u8) -> u8 {
    0x80 | place
}

/// A field that is to be put into the table, with the name of one in the static table.
fn named(fields: &mut Vec<u8>, name: u8, text: &str) {
    fields.push(0x40 | name);
    value(fields, text);
}

fn value(fields: &mut Vec<u8>, text: &str) {
    fields.push(u8::try_from(text.len()).expect("a short text"));
    fields.extend(text.as_bytes());
}

fn frame(bytes: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len()).expect("a short frame").to_be_bytes();
    bytes.extend_from_slice(&length[1..]);
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend_from_slice(payload);
}
