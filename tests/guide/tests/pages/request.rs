//! The requests of a session.

use std::io::{Error, Read, Write};
use std::net::TcpStream;
use std::thread::yield_now;
use std::time::{Duration, Instant};

/// Sends a request, as `curl [-i] [-X METHOD] URL` does, as soon as the server listens. Returns the lines of the answer.
pub(crate) fn request(command: &str, host: &str, patience: Duration) -> Result<Vec<String>, Error> {
    let words: Vec<_> = command.split_whitespace().collect();
    let url = words.last().copied().unwrap_or_default();
    let (address, path) = url.split_once('/').unwrap_or((url, ""));
    let method = words.iter().position(|word| *word == "-X").map_or("GET", |at| words[at + 1]);
    let mut stream = connect(&address.replace("localhost", host).replace("127.0.0.1", host), patience)?;
    let head = format!(
        "{method} /{path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.lines().take(usize::from(words.contains(&"-i")));
    Ok(status.chain(body.lines()).map(str::to_owned).collect())
}

fn connect(address: &str, patience: Duration) -> Result<TcpStream, Error> {
    let until = Instant::now() + patience;
    loop {
        match TcpStream::connect(address) {
            Err(_) if Instant::now() < until => yield_now(),
            result => return result,
        }
    }
}
