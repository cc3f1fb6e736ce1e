//! A running gateway with its gRPC server: go-zero's, or `gateway-rpc`.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use nix::sys::signal::Signal;
use service_group_benches::{Client, Protocol, send};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

/// A start that does not serve after this long counts as one that died.
const START_WITHIN: Duration = Duration::from_secs(20);

/// A stop that takes longer is killed.
const STOP_WITHIN: Duration = Duration::from_secs(40);

/// One of the programs that are compared.
#[derive(Debug, Clone)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    pub(crate) is_ours: bool,
}

/// A running program, in a folder of its own.
pub(crate) struct App {
    kind: Kind,
    child: Child,
    folder: PathBuf,
    http: SocketAddr,
}

/// How a stop went.
#[derive(Debug, Clone)]
pub(crate) struct Stopped {
    pub(crate) took: Duration,
    pub(crate) how: String,
}

impl App {
    /// Starts it. Returns `None` if it ends before it serves.
    pub(crate) async fn start(kind: &Kind, work: Duration) -> Option<Self> {
        let [http, rpc] = [free_port(), free_port()];
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("story-{}", http.port()));
        fs::create_dir_all(&folder).expect("the folder can be made");
        let output = File::create(folder.join("output")).expect("the folder was just made");
        let mut command = Command::new(&kind.program);
        if kind.is_ours {
            command.args(["--http", &http.to_string(), "--rpc", &rpc.to_string(), "--admin", "127.0.0.1:0"]);
            command.arg("--data").arg(folder.join("data"));
            command.args(["--work-ms", &work.as_millis().to_string()]);
        } else {
            let file = folder.join("configuration.yaml");
            fs::write(&file, configuration(http, rpc)).expect("the folder was just made");
            command.arg("-f").arg(file).args(["-work", &format!("{}ms", work.as_millis())]);
        }
        let errors = output.try_clone().expect("a file");
        let child = command.stdout(output).stderr(errors).spawn().expect("the program runs");
        let mut app = Self { kind: kind.clone(), child, folder, http };
        app.serves().await.then_some(app)
    }

    async fn serves(&mut self) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < START_WITHIN && self.child.try_wait().expect("a child").is_none() {
            if let Ok(mut client) = self.connect().await
                && let Ok((status, _)) = client.send(self.request()).await
                && status.is_success()
            {
                return true;
            }
            sleep(Duration::from_millis(20)).await;
        }
        false
    }

    pub(crate) async fn connect(&self) -> std::io::Result<Client> {
        connect(self.http).await
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.http
    }

    /// A request that the gateway answers by a call of the gRPC server.
    pub(crate) fn request(&self) -> Request<Full<Bytes>> {
        let (path, body) =
            if self.kind.is_ours { ("/orders", r#"{"item":"tea","quantity":2}"#) } else { ("/check", "{}") };
        Request::post(path)
            .header("host", self.http.to_string())
            .header("content-type", "application/json")
            .body(Full::from(body))
            .expect("a request")
    }

    /// Sends a signal and waits for the end of the process.
    pub(crate) async fn stop(mut self, signal: Signal) -> Stopped {
        let begun = Instant::now();
        send(&self.child, signal);
        let ended = spawn_blocking(move || {
            let status = loop {
                match self.child.try_wait().expect("a child") {
                    Some(status) => break Some(status),
                    None if begun.elapsed() > STOP_WITHIN => break None,
                    None => std::thread::sleep(Duration::from_micros(200)),
                }
            };
            (begun.elapsed(), status, self)
        });
        let (took, status, app) = ended.await.expect("no panic");
        let output = fs::read_to_string(app.folder.join("output")).unwrap_or_default();
        let mut how = status.map_or_else(|| "hung".to_owned(), outcome);
        if !output.contains("Exiting") {
            how.push_str(", no \"Exiting\"");
        }
        Stopped { took, how }
    }
}

pub(crate) async fn connect(addr: SocketAddr) -> std::io::Result<Client> {
    Client::connect(Protocol::Http, addr).await
}

fn outcome(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit {code}"),
        (_, Some(signal)) => {
            let signal = Signal::try_from(signal).map_or("a signal", Signal::as_str);
            format!("killed by {signal}")
        }
        _ => status.to_string(),
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A port that was free a moment ago.
fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound socket")
}

fn configuration(http: SocketAddr, rpc: SocketAddr) -> String {
    format!(
        "Rpc:
  Name: rpc
  ListenOn: {rpc}
  Timeout: 30000
  Health: false
  Log: {{Level: error, Stat: false}}
Gateway:
  Name: gateway
  Host: 127.0.0.1
  Port: {}
  Timeout: 30000
  Log: {{Level: error, Stat: false}}
  Upstreams:
    - Name: rpc
      Grpc:
        Endpoints: [{rpc}]
        Timeout: 30000
      Mappings:
        - Method: post
          Path: /check
          RpcPath: grpc.health.v1.Health/Check
",
        http.port()
    )
}
