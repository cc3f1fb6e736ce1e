//! Frames of HTTP/2, written and read byte by byte.

use tokio::io::AsyncReadExt;

use super::kit::{Raw, soon};

pub(super) const PREFACE_AND_SETTINGS: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RESET: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;

/// Reads the next frame: its kind and its payload. Returns `None` at the end of the connection.
pub(super) async fn read_frame(client: &mut Raw) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 9];
    soon("a frame or the end", client.0.read_exact(&mut head)).await.ok()?;
    let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
    soon("a whole frame", client.0.read_exact(&mut payload)).await.ok()?;
    Some((head[3], payload))
}

/// The bytes of a frame.
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}
