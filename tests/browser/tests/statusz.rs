//! The status page in a real browser: what is seen while a group starts, runs and stops.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::thread::{JoinHandle, spawn};

use serde_json::json;
use service_group_browser_tests::{Browser, chromium};
use service_group_tests::{Process, Signal};

/// Notes from the very first what the title was, and whatever the policy forbids.
const NOTES: &str = "
    window.titles = [];
    window.violations = [];
    addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));
    new MutationObserver(() => {
        if (document.title && titles.at(-1) !== document.title) titles.push(document.title);
    }).observe(document, { childList: true, subtree: true, characterData: true });
    window.row = (service) => document.querySelector(`[data-service=${service}]`);
    window.state = (service) => row(service).querySelector('.state').textContent;
    window.node = (service) => [...document.querySelectorAll('g.node')].find((node) => node.querySelector('.name').textContent === service);
    window.lead = () => document.querySelector('.lead').textContent;";

fn main() {
    let Some(program) = chromium() else { return };
    let mut browser = Browser::open(&program);
    browser.send("Page.addScriptToEvaluateOnNewDocument", &json!({"source": NOTES}));
    follows_a_whole_life(&mut browser);
    println!("follows_a_whole_life ... ok");
    is_whole_without_a_script(&mut browser);
    println!("is_whole_without_a_script ... ok");
}

struct App {
    process: Process,
    admin: SocketAddr,
}

impl App {
    fn start(port: u16) -> Self {
        let mut process = Process::spawn(Command::new(env!("CARGO_BIN_EXE_gated")).arg(port.to_string()));
        let admin = process.wait_for("admin ").split_once(' ').expect("an address").1.parse();
        Self { process, admin: admin.expect("an address") }
    }

    fn open(&self, gate: &str) {
        let head = format!("POST /open/{gate} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n");
        let answer = request(self.admin, &head).join().expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }

    fn statusz(&self) -> String {
        format!("http://{}/statusz", self.admin)
    }
}

/// Sends a request; the answer is its whole text.
fn request(to: SocketAddr, head: &str) -> JoinHandle<String> {
    let mut stream = TcpStream::connect(to).expect("the server listens");
    stream.write_all(head.as_bytes()).expect("the server reads");
    spawn(move || {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_or_else(|error| error.to_string(), |_| answer)
    })
}

fn follows_a_whole_life(browser: &mut Browser) {
    let mut app = App::start(0);
    browser.load(&app.statusz());
    browser.wait_for("state('storage') === 'starting' && state('write_ahead_log') === 'starting'");
    browser.wait_for("state('index') === 'waiting' && lead().startsWith('1 of 3 services started. It waits for storage (write_ahead_log), for ')");
    app.open("log-starts");
    browser.wait_for("state('write_ahead_log') === 'running' && state('index') === 'starting'");
    app.open("index-starts");
    browser.wait_for("document.title === 'App: running' && lead() === 'All 3 services run.'");

    let gateway = app.process.wait_for("gateway ").split_once(' ').and_then(|line| line.1.parse().ok());
    let path = r#"/"&lt;b>"#.replace('>', "%3E");
    let order =
        request(gateway.expect("an address"), &format!("GET {path} HTTP/1.1\r\nhost: gateway\r\n\r\n"));
    browser.wait_for(&format!("row('gateway').textContent.includes({})", json!(format!("GET {path}, "))));

    app.process.signal(Signal::TERM);
    browser.wait_for(
        "document.title === 'App: lame duck' && lead().startsWith('Stops on SIGTERM. It goes on ')",
    );
    browser.wait_for("state('gateway') === 'stopping' && lead().includes('It waits for gateway, ')");
    browser
        .wait_for("node('gateway').matches('.stopping') && node('gateway').textContent.endsWith(' s left')");
    browser.wait_for("node('storage').matches('.running') && node('index').matches('.running')");
    browser.wait_for("row('storage').textContent.includes('until gateway has ended')");
    let left = "row('gateway').querySelector('progress').value";
    let first = browser.evaluate(left).as_f64().expect("a number");
    browser.wait_for(&format!("{left} >= {first} + 1"));
    app.open("answer");
    assert!(order.join().expect("an answer").starts_with("HTTP/1.1 200 "));
    browser.wait_for("state('gateway') === 'stopped' && state('index') === 'stopping'");
    app.open("index-stops");
    browser.wait_for("state('index') === 'stopped' && state('write_ahead_log') === 'stopping'");
    app.open("log-stops");

    let end = app.process.end();
    assert_eq!(end.code(), 0, "an open page delays nothing, and is not a cut request: {}", end.text());
    browser.wait_for("state('admin') === 'stopping' && state('storage') === 'stopped'");
    browser.wait_for("!contact.hidden && contact.textContent.startsWith('No contact since ')");
    let titles = ["App: starting", "App: running", "App: lame duck", "App: stopping"];
    assert_eq!(browser.evaluate("titles"), json!(titles));

    // The next run on the same port: the page finds it by itself.
    let app = App::start(app.admin.port());
    browser.wait_for("contact.hidden && document.title === 'App: starting'");
    assert_eq!(browser.evaluate("violations"), json!([]));
    let own = app.statusz();
    assert!(browser.requested().iter().all(|url| *url == own), "{:?}", browser.requested());
}

fn is_whole_without_a_script(browser: &mut Browser) {
    let app = App::start(0);
    app.open("log-starts");
    browser.send("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    browser.load(&app.statusz());
    let text = browser.evaluate("document.body.innerText");
    let text = text.as_str().expect("a text");
    for part in ["App: starting", "1 of 3 services started.", "write_ahead_log", "load it again"] {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
}
