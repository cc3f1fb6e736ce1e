//! An HTTP/1.1 client that works on one raw connection, and a reader of server-sent events.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The limit of every wait. No response takes nearly as long, even on a loaded machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A connection, kept alive until the server closes it.
#[derive(Debug)]
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

/// A complete response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: Vec<String>,
    pub(crate) body: String,
}

impl Client {
    /// # Errors
    ///
    /// When the connection is refused.
    pub(crate) fn connect(to: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(to)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// # Errors
    ///
    /// When the connection ends before the answer does.
    pub(crate) fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send(&head("GET", path, &[]))?;
        self.answer()
    }

    /// # Errors
    ///
    /// When the connection ends before the answer does.
    pub(crate) fn post(&mut self, body: &str) -> io::Result<Answer> {
        self.send_post(body)?;
        self.answer()
    }

    /// # Errors
    ///
    /// When the connection has ended.
    pub(crate) fn send_post(&mut self, body: &str) -> io::Result<()> {
        self.send(&format!("{}{body}", head("POST", "/orders", &json_fields(body))))
    }

    /// Sends the head of a `POST /orders`, and waits until its handler asks for the body.
    pub(crate) fn begin_post(mut self, body: &str) -> Begun {
        let length = json_fields(body);
        let expect = ["expect: 100-continue".to_owned()];
        self.send(&head("POST", "/orders", &[&length[..], &expect].concat())).unwrap();
        assert_eq!(self.answer().unwrap().status, 100);
        Begun { client: self, body: body.to_owned() }
    }

    /// Waits for data or the end of the connection. Returns whether the connection ended without data.
    pub(crate) fn is_closed(&mut self) -> bool {
        // A reset also ends the connection.
        self.stream.fill_buf().map_or(true, <[u8]>::is_empty)
    }

    fn send(&mut self, request: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(request.as_bytes())
    }

    /// # Errors
    ///
    /// When the connection ends before the answer does.
    pub(crate) fn answer(&mut self) -> io::Result<Answer> {
        let (status, head) = self.head()?;
        let mut answer = Answer { status, head, body: String::new() };
        if status != 100 {
            let length = answer.header("content-length").expect("the response has a `content-length`");
            let mut body = vec![0; length.parse().unwrap()];
            self.stream.read_exact(&mut body)?;
            answer.body = String::from_utf8(body).unwrap();
        }
        Ok(answer)
    }

    fn head(&mut self) -> io::Result<(u16, Vec<String>)> {
        let status = self.line()?;
        let status = status.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let mut head = Vec::new();
        loop {
            match self.line()? {
                line if line.is_empty() => return Ok((status.expect("a status line"), head)),
                line => head.push(line),
            }
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        match line.strip_suffix("\r\n").or(line.strip_suffix('\n')) {
            Some(line) => Ok(line.to_owned()),
            None => Err(ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.iter().filter_map(|field| field.split_once(": "));
        fields.find(|field| field.0.eq_ignore_ascii_case(name)).map(|field| field.1)
    }

    /// Returns whether the server asks to close the connection.
    pub(crate) fn closes(&self) -> bool {
        self.header("connection") == Some("close")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("the body is not JSON: {self:?}"))
    }
}

/// A request whose handler waits for the body.
#[derive(Debug)]
pub(crate) struct Begun {
    client: Client,
    body: String,
}

impl Begun {
    pub(crate) fn send_body(&mut self) {
        self.client.send(&self.body).unwrap();
    }

    /// # Errors
    ///
    /// When the connection ends before the answer does.
    pub(crate) fn answer(mut self) -> io::Result<Answer> {
        self.client.answer()
    }
}

/// A stream of server-sent events that is held open.
#[derive(Debug)]
pub(crate) struct Events {
    client: Client,
}

impl Events {
    /// Opens `GET /orders/events`: the orders created from now on, or after `last_seen`.
    pub(crate) fn open(http: SocketAddr, last_seen: Option<u64>) -> Self {
        let last_seen = last_seen.map(|id| format!("last-event-id: {id}"));
        Self::connect(http, "/orders/events", last_seen.as_slice())
    }

    /// Opens `GET /statusz` as a stream of events, as its page does.
    pub(crate) fn of_status(admin: SocketAddr) -> Self {
        Self::connect(admin, "/statusz", &["accept: text/event-stream".to_owned()])
    }

    fn connect(server: SocketAddr, path: &str, fields: &[String]) -> Self {
        let mut client = Client::connect(server).unwrap();
        client.send(&head("GET", path, fields)).unwrap();
        let (status, head) = client.head().unwrap();
        assert_eq!(status, 200, "{head:?}");
        assert!(head.iter().any(|field| field == "content-type: text/event-stream"), "{head:?}");
        Self { client }
    }

    /// Waits for the next event and returns its data.
    pub(crate) fn next(&mut self) -> Value {
        let begun = Instant::now();
        loop {
            // Comments keep an idle stream alive, so that the read timeout alone would never end this loop.
            assert!(begun.elapsed() < PATIENCE, "there was no event within {PATIENCE:?}");
            let line = self.client.line().unwrap();
            if let Some(data) = line.strip_prefix("data: ") {
                return serde_json::from_str(data).unwrap();
            }
        }
    }

    /// Reads the rest of the stream and returns it. Asserts that the server ended the stream with the last chunk, not
    /// by closing the connection.
    pub(crate) fn assert_ends(mut self) -> String {
        let mut rest = String::new();
        self.client.stream.read_to_string(&mut rest).unwrap();
        assert!(rest.ends_with("0\r\n\r\n"), "the stream was cut: {rest:?}");
        rest
    }
}

/// Sends a GET request on a new connection. Panics if there is no response.
pub(crate) fn get(http: SocketAddr, path: &str) -> Answer {
    Client::connect(http).and_then(|mut client| client.get(path)).unwrap()
}

/// Sends an order on a new connection. Panics if there is no response.
pub(crate) fn order(http: SocketAddr, item: &str, quantity: u32) -> Answer {
    Client::connect(http).and_then(|mut client| client.post(&new_order(item, quantity))).unwrap()
}

/// The body of an order.
pub(crate) fn new_order(item: &str, quantity: u32) -> String {
    json!({ "item": item, "quantity": quantity }).to_string()
}

fn json_fields(body: &str) -> [String; 2] {
    ["content-type: application/json".to_owned(), format!("content-length: {}", body.len())]
}

fn head(method: &str, path: &str, fields: &[String]) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: orders\r\n");
    for field in fields {
        head.extend([field, "\r\n"]);
    }
    head + "\r\n"
}
