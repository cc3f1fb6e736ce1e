//! What an editor makes of the main example, asked of rust-analyzer as an editor would ask:
//! `cargo run -p service-group-tests --bin editor`. It is not a test, because it needs rust-analyzer and rust-src and takes
//! half a minute. It fails where a name does not lead to its field.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// A question at a place: the text around it, the part of that text that is asked about, and what the answer has.
type Case = (&'static str, &'static str, &'static str);

const DEFINITIONS: [Case; 6] = [
    ("after(totals)", "totals", "totals: Task,"),
    ("totals::keep(store.clone()", "store", "store: Store,"),
    ("(options, rpc.channel()", "rpc", "rpc: GrpcServer,"),
    ("rpc::start(options, store, telemetry, group)", "group", "group: GroupHandle,"),
    ("stop = store.close()", "store", "store: Store,"),
    ("Store::open(&options.data)", "Store", "pub(crate) struct Store {"),
];
const HOVERS: [Case; 3] = [
    ("totals::keep(store.clone()", "store", "store: &Store"),
    ("(options, rpc.channel()", "rpc", "rpc: &GrpcServer"),
    ("stop = store.close()", "close", "async fn close(self)"),
];
/// Here the part is typed in front of itself. Where what follows cannot be parsed, nothing is offered: see `macros/src/expand/editor.rs`.
const COMPLETIONS: [Case; 2] =
    [("stop = store.close()", "store.", "close"), ("gateway::start(options, rpc", "rpc.", "channel")];

fn main() {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace is there");
    let mut editor = Editor::open(&root, "examples/gateway-rpc/src/app.rs");
    for case in DEFINITIONS {
        let found = editor.at("definition", case);
        let lines: Vec<String> = found.as_array().into_iter().flatten().map(line_of).collect();
        expect("the definition", case, &lines, lines.len() == 1 && lines[0] == case.2);
    }
    for case in HOVERS {
        let found = editor.at("hover", case)["contents"]["value"].to_string();
        expect("the hover", case, &found, found.contains(case.2));
    }
    let diagnostics = editor.ask("textDocument/diagnostic", &json!({ "textDocument": editor.document() }));
    expect("no diagnostics", ("", "", ""), &diagnostics, diagnostics["items"] == json!([]));
    for case in COMPLETIONS {
        let found = editor.complete(case);
        expect("the completion", case, &found, found.iter().any(|label| label == case.2));
    }
}

fn expect(what: &str, (around, asked, answer): Case, found: &impl std::fmt::Debug, holds: bool) {
    assert!(holds, "{what} of `{asked}` in `{around}`: expected `{answer}`, found {found:?}");
    println!("{what} of `{asked}` in `{around}`: {answer}");
}

/// The line that a location is at.
fn line_of(location: &Value) -> String {
    let path = location["uri"].as_str().and_then(|uri| uri.strip_prefix("file://")).unwrap_or_default();
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let line = location["range"]["start"]["line"].as_u64().and_then(|line| usize::try_from(line).ok());
    line.and_then(|line| text.lines().nth(line)).unwrap_or_default().trim().to_owned()
}

/// A session with one open file.
struct Editor {
    server: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    file: PathBuf,
    text: String,
    asked: u64,
}

impl Editor {
    /// Opens a file, and waits until the workspace is loaded.
    fn open(root: &Path, file: &str) -> Self {
        let mut server = Command::new("rust-analyzer")
            .current_dir(root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("rust-analyzer is installed: `rustup component add rust-analyzer rust-src`");
        let to = server.stdin.take().expect("it is piped");
        let from = BufReader::new(server.stdout.take().expect("it is piped"));
        let file = root.join(file);
        let text = std::fs::read_to_string(&file).expect("the example is there");
        let mut editor = Self { server, to, from, file, text, asked: 0 };
        let initialize = json!({
            "rootUri": format!("file://{}", root.display()),
            "capabilities": {
                "experimental": { "serverStatusNotification": true },
                "textDocument": { "hover": { "contentFormat": ["plaintext"] } },
            },
            "initializationOptions": { "checkOnSave": false, "cachePriming": { "enable": false } },
        });
        editor.ask("initialize", &initialize);
        editor.send(&json!({ "method": "initialized", "params": {} }));
        let document =
            json!({ "uri": editor.uri(), "languageId": "rust", "version": 0, "text": editor.text });
        editor.send(&json!({ "method": "textDocument/didOpen", "params": { "textDocument": document } }));
        while editor.read()["params"]["quiescent"] != json!(true) {}
        editor
    }

    fn uri(&self) -> String {
        format!("file://{}", self.file.display())
    }

    fn document(&self) -> Value {
        json!({ "uri": self.uri() })
    }

    fn at(&mut self, question: &str, (around, asked, _): Case) -> Value {
        let start =
            self.text.find(around).expect("the example has that") + around.find(asked).unwrap_or_default();
        let position = position(&self.text, start);
        let document = self.document();
        let params = json!({ "textDocument": document, "position": position });
        self.ask(&format!("textDocument/{question}"), &params)
    }

    /// What is offered when that is typed in front of a name.
    fn complete(&mut self, (around, typed, _): Case) -> Vec<String> {
        let start = self.text.find(around).expect("the example has that")
            + around.find(typed.trim_end_matches('.')).unwrap_or_default();
        let (text, cursor) =
            (format!("{}{typed}{}", &self.text[..start], &self.text[start..]), start + typed.len());
        let mut document = self.document();
        document["version"] = json!(1);
        let change = json!({ "textDocument": document, "contentChanges": [{ "text": text }] });
        self.send(&json!({ "method": "textDocument/didChange", "params": change }));
        let params = json!({ "textDocument": self.document(), "position": position(&text, cursor) });
        let offered = self.ask("textDocument/completion", &params);
        let labels =
            offered["items"].as_array().into_iter().flatten().filter_map(|item| item["label"].as_str());
        labels.map(str::to_owned).collect()
    }

    /// Asks, and asks again while the server is not ready.
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        loop {
            self.asked += 1;
            self.send(&json!({ "id": self.asked, "method": method, "params": params }));
            let answer = loop {
                let message = self.read();
                if message["id"] == json!(self.asked) && message.get("method").is_none() {
                    break message;
                }
            };
            if answer.get("error").is_none() {
                return answer["result"].clone();
            }
        }
    }

    fn send(&mut self, message: &Value) {
        let mut message = message.clone();
        message["jsonrpc"] = json!("2.0");
        let text = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("rust-analyzer listens");
        self.to.flush().expect("rust-analyzer listens");
    }

    /// The next message; what the server asks has no answer here.
    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(
                self.from.read_line(&mut line).expect("rust-analyzer speaks") > 0,
                "rust-analyzer has gone"
            );
            match line.trim().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().expect("a length"),
                Some(_) => {}
                None => break,
            }
        }
        let mut text = vec![0; length];
        self.from.read_exact(&mut text).expect("rust-analyzer speaks");
        let message: Value = serde_json::from_slice(&text).expect("rust-analyzer speaks JSON");
        if let (Some(id), Some(_)) = (message.get("id"), message.get("method")) {
            self.send(&json!({ "id": id, "result": null }));
        }
        message
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let ended = self.server.kill().and_then(|()| self.server.wait());
        drop(ended);
    }
}

/// Line and column, as the protocol counts.
fn position(text: &str, at: usize) -> Value {
    let before = &text[..at];
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default().encode_utf16().count();
    json!({ "line": line, "character": column })
}
