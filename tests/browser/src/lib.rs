//! A headless Chromium, where there is one, driven over the protocol of its developer tools.
//!
//! The protocol goes over two pipes, so that it takes neither a port nor a WebSocket.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use service_group_tests::find_chosen_program;
use tempfile::TempDir;

/// Far beyond what a browser takes on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A browser with one open tab.
#[derive(Debug)]
pub struct Browser {
    child: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    session: String,
    sent: u64,
    /// All that was asked for over the network.
    requested: Vec<String>,
    _profile: TempDir,
}

/// Returns the browser of this machine: `$CHROMIUM`, or the first on the path.
///
/// # Panics
///
/// If there is none and `CI` is `true`.
#[must_use]
pub fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    find_chosen_program("CHROMIUM", &names)
}

impl Browser {
    /// Opens a browser with an empty tab.
    ///
    /// # Panics
    ///
    /// When it does not do that.
    #[must_use]
    pub fn open(program: &PathBuf) -> Self {
        let profile = tempfile::tempdir().expect("a folder for the profile");
        // The protocol is read from descriptor 3 and written to 4. As root there is no sandbox.
        let mut command = Command::new("sh");
        command.args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#]).arg(program).args([
            "--headless=new",
            "--remote-debugging-pipe",
            "--no-sandbox",
            "--no-first-run",
            "--disable-gpu",
            "--disable-background-networking",
            "--hide-scrollbars",
        ]);
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell");
        let commands = child.stdin.take().expect("is piped");
        let (send, messages) = channel();
        let answers = child.stdout.take().expect("is piped");
        thread::spawn(move || read(answers, &send));
        let mut browser = Self {
            child,
            commands,
            messages,
            session: String::new(),
            sent: 0,
            requested: Vec::new(),
            _profile: profile,
        };
        let target = browser.send("Target.createTarget", &json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.send("Target.attachToTarget", &attach);
        attached["sessionId"].as_str().expect("a session").clone_into(&mut browser.session);
        for domain in ["Page.enable", "Network.enable", "Runtime.enable"] {
            browser.send(domain, &json!({}));
        }
        browser
    }

    /// Sends a command, and returns its result.
    ///
    /// # Panics
    ///
    /// When the browser refuses it, or does not answer.
    pub fn send(&mut self, method: &str, params: &Value) -> Value {
        self.sent += 1;
        let mut command = json!({"id": self.sent, "method": method, "params": params});
        if !self.session.is_empty() {
            command["sessionId"] = json!(self.session);
        }
        self.commands.write_all(format!("{command}\0").as_bytes()).expect("the browser listens");
        loop {
            let mut message = self.messages.recv_timeout(PATIENCE).expect("the browser answers");
            if let Some(url) = message["params"]["request"]["url"].as_str() {
                self.requested.push(url.to_owned());
            }
            if message["id"] == self.sent {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].take();
            }
        }
    }

    /// Returns the value of an expression in the page.
    ///
    /// # Panics
    ///
    /// If it throws.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        self.try_evaluate(expression).unwrap_or_else(|thrown| panic!("{expression}: {thrown:#}"))
    }

    /// Returns the value of an expression in the page, or what it throws.
    fn try_evaluate(&mut self, expression: &str) -> Result<Value, Value> {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut result = self.send("Runtime.evaluate", &params);
        match result["exceptionDetails"].take() {
            Value::Null => Ok(result["result"]["value"].take()),
            thrown => Err(thrown),
        }
    }

    /// Waits until an expression in the page is true. One that throws is not true yet: what it refers to may not be there.
    ///
    /// # Panics
    ///
    /// If it does not become true within a minute; shows the text of the page then.
    pub fn wait_for(&mut self, expression: &str) {
        let begun = Instant::now();
        loop {
            let value = self.try_evaluate(expression);
            if value.as_ref().is_ok_and(|value| *value == true) {
                return;
            }
            if begun.elapsed() > PATIENCE {
                let text = self.evaluate("document.documentElement.innerText");
                panic!("never: {expression}, last {value:?}\n{}", text.as_str().unwrap_or_default());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Loads a page.
    pub fn load(&mut self, url: &str) {
        self.send("Page.navigate", &json!({"url": url}));
        // The page before it may still be there.
        self.wait_for(&format!("location.href === {} && document.readyState === 'complete'", json!(url)));
    }

    /// All addresses that were asked for so far.
    #[must_use]
    pub fn requested(&self) -> &[String] {
        &self.requested
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Without its pipe it ends, and all its processes with it.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn read(answers: ChildStdout, send: &Sender<Value>) {
    let mut answers = BufReader::new(answers);
    let mut message = Vec::new();
    while matches!(answers.read_until(0, &mut message), Ok(1..)) {
        message.pop();
        let Ok(value) = serde_json::from_slice(&message) else { return };
        if send.send(value).is_err() {
            return;
        }
        message.clear();
    }
}
