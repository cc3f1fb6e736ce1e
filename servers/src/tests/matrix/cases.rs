//! The cases: what clients do, and what becomes of it.

use super::clients::{Does, EMPTY, Ends};
use super::place::Kind;

/// One behaviour of clients.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    pub(super) name: &'static str,
    /// What axum's and tonic's own graceful shutdown did, waited for 75 s.
    pub(super) plain: &'static str,
    pub(super) kind: Kind,
    pub(super) does: Does,
    pub(super) ends: Ends,
    /// What the report calls the request, if there is one.
    pub(super) what: Option<&'static str>,
    /// Whether the handler is one that no library can end.
    pub(super) left: bool,
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const PREFACE_AND_SETTINGS: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
const STALLED: &[u8] = b"POST /upload HTTP/1.1\r\nhost: test\r\ncontent-length: 8\r\n\r\nabc";
const UNREAD: &[u8] = b"POST /stuck HTTP/1.1\r\nhost: test\r\ncontent-length: 900000\r\n\r\nabc";
const PIPELINED: &[u8] = b"GET /stuck HTTP/1.1\r\nhost: test\r\n\r\nGET / HTTP/1.1\r\nhost: test\r\n\r\n";
const SILENT_AND_PIPELINED: &[u8] =
    b"GET /silent HTTP/1.1\r\nhost: test\r\n\r\nGET / HTTP/1.1\r\nhost: test\r\n\r\n";
const SOCKET: &[u8] = b"GET /socket HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const HELD: &[u8] = b"GET /held HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const TUNNEL: &[u8] = b"CONNECT test:80 HTTP/1.1\r\nhost: test:80\r\n\r\n";

const HANGS: &str = "hangs";
const ENDS: &str = "ends";

const fn case(name: &'static str, plain: &'static str, kind: Kind, does: Does, ends: Ends) -> Case {
    Case { name, plain, kind, does, ends, what: None, left: false }
}

/// Carries no request.
const fn quiet(name: &'static str, plain: &'static str, kind: Kind, does: Does) -> Case {
    case(name, plain, kind, does, Ends::Nothing)
}

/// A request over HTTP/1.
const fn http1(name: &'static str, plain: &'static str, does: Does, ends: Ends, what: &'static str) -> Case {
    Case { what: Some(what), ..case(name, plain, Kind::Http, does, ends) }
}

/// A request over HTTP/2 that ends when its handler is let go.
const fn http2(name: &'static str, path: &'static str, what: &'static str) -> Case {
    Case { what: Some(what), ..case(name, HANGS, Kind::Http, Does::Asks(path, b"", None), Ends::Leave) }
}

/// A call that ends when its handler is let go.
const fn grpc(name: &'static str, path: &'static str) -> Case {
    Case { what: Some(path), ..case(name, HANGS, Kind::Grpc, Does::Asks(path, EMPTY, None), Ends::Leave) }
}

const fn does(does: Does, case: Case) -> Case {
    Case { does, ..case }
}

pub(super) const CASES: &[Case] = &[
    quiet("HTTP: a connection, nothing sent", ENDS, Kind::Http, Does::Writes(b"")),
    quiet("HTTP: one byte", ENDS, Kind::Http, Does::Writes(b"P")),
    quiet("HTTP: a handshake that does not begin", "-", Kind::Http, Does::Connects),
    quiet("HTTP/1: idle keep-alive", ENDS, Kind::Http, Does::AsksThenWrites(b"")),
    quiet("HTTP/1: half a header", HANGS, Kind::Http, Does::Writes(b"GET / HTTP/1.1\r\nhost: te")),
    quiet("HTTP/1: half a header after a request", ENDS, Kind::Http, Does::AsksThenWrites(b"GET / HT")),
    http1("HTTP/1: a stalled upload", HANGS, Does::Writes(STALLED), Ends::Rest(b"defgh"), "POST /upload"),
    http1(
        "HTTP/1: a handler that waits",
        HANGS,
        Does::Writes(b"GET /stuck HTTP/1.1\r\nhost: test\r\n\r\n"),
        Ends::Leave,
        "GET /stuck",
    ),
    http1(
        "HTTP/1: a handler that waits, its body unread",
        HANGS,
        Does::Writes(UNREAD),
        Ends::Leave,
        "POST /stuck",
    ),
    http1(
        "HTTP/1: a handler that waits, a request pipelined",
        HANGS,
        Does::Writes(PIPELINED),
        Ends::Leave,
        "GET /stuck",
    ),
    http1(
        "HTTP/1: a stream that ticks",
        HANGS,
        Does::WritesAndReads(b"GET /ticking HTTP/1.1\r\nhost: test\r\n\r\n", "tick"),
        Ends::Leave,
        "GET /ticking",
    ),
    http1(
        "HTTP/1: a silent stream",
        HANGS,
        Does::WritesAndReads(b"GET /silent HTTP/1.1\r\nhost: test\r\n\r\n", "first"),
        Ends::Leave,
        "GET /silent",
    ),
    http1(
        "HTTP/1: a silent stream, a request pipelined",
        HANGS,
        Does::WritesAndReads(SILENT_AND_PIPELINED, "first"),
        Ends::Leave,
        "GET /silent",
    ),
    http1(
        "HTTP/1: a reader that does not read",
        HANGS,
        Does::WritesAndReads(b"GET /flood HTTP/1.1\r\nhost: test\r\n\r\n", "first"),
        Ends::Leave,
        "GET /flood",
    ),
    http1(
        "WebSocket, its handler receives",
        "leaks",
        Does::WritesAndReads(SOCKET, "\r\n\r\n"),
        Ends::HangUp,
        "GET /socket",
    ),
    Case {
        left: true,
        ..http1(
            "WebSocket, its handler hangs",
            "leaks",
            Does::WritesAndReads(HELD, "\r\n\r\n"),
            Ends::Closes,
            "GET /held",
        )
    },
    http1(
        "a tunnel by `CONNECT`",
        "-",
        Does::WritesAndReads(TUNNEL, "\r\n\r\n"),
        Ends::HangUp,
        "CONNECT test:80",
    ),
    quiet("HTTP/2: idle", ENDS, Kind::Http, Does::StopRequest("/")),
    quiet("HTTP/2: half a preface", ENDS, Kind::Http, Does::Writes(b"PRI * HT")),
    quiet("HTTP/2: a preface, no settings", HANGS, Kind::Http, Does::Writes(PREFACE)),
    quiet("HTTP/2: a peer that never answers", HANGS, Kind::Http, Does::Writes(PREFACE_AND_SETTINGS)),
    http2("HTTP/2: a handler that waits", "/stuck", "POST /stuck"),
    does(
        Does::Asks("/upload", b"abc", Some(b"defgh")),
        http2("HTTP/2: a stalled upload", "/upload", "POST /upload"),
    ),
    http2("HTTP/2: a stream that ticks", "/ticking", "POST /ticking"),
    http2("HTTP/2: a silent stream", "/silent", "POST /silent"),
    does(
        Does::AsksAndDoesNotRead("/flood"),
        http2("HTTP/2: a reader that does not read", "/flood", "POST /flood"),
    ),
    quiet("gRPC: a connection, nothing sent", HANGS, Kind::Grpc, Does::Writes(b"")),
    quiet("gRPC: a handshake that does not begin", ENDS, Kind::Grpc, Does::Connects),
    quiet("gRPC: half a preface", "-", Kind::Grpc, Does::Writes(b"PRI * HT")),
    quiet("gRPC: a preface, no settings", HANGS, Kind::Grpc, Does::Writes(PREFACE)),
    quiet("gRPC: a peer that never answers", HANGS, Kind::Grpc, Does::Writes(PREFACE_AND_SETTINGS)),
    quiet("gRPC: idle", ENDS, Kind::Grpc, Does::StopRequest("/test.Calls/Peer")),
    quiet(
        "gRPC: a watch of the health service",
        HANGS,
        Kind::Grpc,
        Does::Asks("/grpc.health.v1.Health/Watch", EMPTY, Some(b"")),
    ),
    grpc("gRPC: a call that waits", "/test.Calls/Slow"),
    does(
        Does::Asks("/test.Calls/Upload", b"\0\0\0\0\x07", Some(b"\x0a\x05hello")),
        grpc("gRPC: a message that stalls", "/test.Calls/Upload"),
    ),
    grpc("gRPC: a stream that ticks", "/test.Calls/Ticking"),
    grpc("gRPC: a silent stream", "/test.Calls/Silent"),
    does(
        Does::AsksAndDoesNotRead("/test.Calls/Flood"),
        grpc("gRPC: a reader that does not read", "/test.Calls/Flood"),
    ),
    does(
        Does::Asks("/test.Calls/Silent", EMPTY, Some(b"")),
        grpc("gRPC: both sides left open", "/test.Calls/Silent"),
    ),
];
