//! Where a cell of the matrix takes place: a server of one kind, over one kind of socket, and the way to it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use axum::serve::ListenerExt;
use rcgen::{CertifiedKey, KeyPair};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Identity, Server, ServerTlsConfig};

use super::super::kit::{Stop, soon};
use super::super::rpc::Calls;
use super::super::{over_tls, tls};
use super::site::{self, Rig};
use crate::connection::connections::Connections;
use crate::connection::into_listener::Listening;
use crate::{GrpcServer, HttpServer};

/// What a connection goes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Tcp,
    /// TLS of this crate.
    Tls,
    Unix,
    /// To a tonic server of the user's own.
    TcpToOwn,
    /// The same with the TLS of tonic.
    TlsToOwn,
    UnixToOwn,
}

impl Over {
    pub(super) const fn all(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::Http => &[Self::Tcp, Self::Tls, Self::Unix],
            Kind::Grpc => {
                &[Self::Tcp, Self::Tls, Self::Unix, Self::TcpToOwn, Self::TlsToOwn, Self::UnixToOwn]
            }
        }
    }
}

/// What a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Http,
    Grpc,
}

pub(super) trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// The client's end of a connection.
pub(super) type Wire = Box<dyn Io>;

/// A server and the way to it.
pub(super) struct Place {
    server: AnyServer,
    pub(super) way: Way,
    pub(super) rig: Rig,
}

enum AnyServer {
    Http(HttpServer),
    Grpc(GrpcServer),
}

/// The way to a server.
pub(super) enum Way {
    Tcp(SocketAddr),
    Tls(SocketAddr),
    Unix(SocketFile),
}

impl Place {
    pub(super) async fn open(kind: Kind, over: Over) -> Self {
        let rig = Rig::new();
        let (server, way) = match kind {
            Kind::Http => http(over, &rig).await,
            Kind::Grpc => grpc(over, &rig).await,
        };
        Self { server, way, rig }
    }

    pub(super) fn gate(&self) -> Arc<Connections> {
        Arc::clone(match &self.server {
            AnyServer::Http(server) => server.task.connections(),
            AnyServer::Grpc(server) => server.task.connections(),
        })
    }

    pub(super) fn stop(self) -> (Stop, Way, Rig) {
        let stop = match self.server {
            AnyServer::Http(server) => Stop::of(server),
            AnyServer::Grpc(server) => Stop::of(server),
        };
        (stop, self.way, self.rig)
    }
}

impl Way {
    /// A connection that is ready for bytes.
    pub(super) async fn connect(&self) -> Wire {
        match self {
            Self::Tls(addr) => {
                let stream = TcpStream::connect(addr).await.expect("a server that listens");
                let name = ServerName::try_from("localhost").expect("a name");
                let connect = connector().connect(name, stream);
                Box::new(soon("the handshake", connect).await.expect("a handshake"))
            }
            bare => bare.connect_bare().await,
        }
    }

    /// A connection without a byte.
    pub(super) async fn connect_bare(&self) -> Wire {
        match self {
            Self::Tcp(addr) | Self::Tls(addr) => {
                let stream = TcpStream::connect(addr).await.expect("a server that listens");
                stream.set_nodelay(true).expect("an open socket");
                Box::new(stream)
            }
            Self::Unix(file) => Box::new(UnixStream::connect(&file.0).await.expect("a server that listens")),
        }
    }
}

async fn http(over: Over, rig: &Rig) -> (AnyServer, Way) {
    let router = site::router(rig);
    if over == Over::Unix {
        let file = SocketFile::new();
        let listener = UnixListener::bind(&file.0).expect("a new path");
        return (AnyServer::Http(HttpServer::from_listener(listener, router)), Way::Unix(file));
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("a bound socket");
    if over == Over::Tcp {
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("an open socket"));
        return (AnyServer::Http(HttpServer::from_listener(listener, router)), Way::Tcp(addr));
    }
    let listener = crate::tls(listener, over_tls::config(certified()));
    let server = HttpServer::bind(listener, router).await.expect("it listens");
    (AnyServer::Http(server), Way::Tls(addr))
}

async fn grpc(over: Over, rig: &Rig) -> (AnyServer, Way) {
    let calls = Calls { entered: rig.entered.clone(), leave: rig.leave.clone(), ..Calls::new() };
    let (_, health) = tonic_health::server::health_reporter();
    let routes = Routes::new(calls).add_service(health);
    if matches!(over, Over::Unix | Over::UnixToOwn) {
        let file = SocketFile::new();
        let listener = UnixListener::bind(&file.0).expect("a new path");
        let server = if over == Over::Unix {
            GrpcServer::bind(Listening::Unix(listener), routes).await.expect("it listens")
        } else {
            GrpcServer::from_incoming(UnixListenerStream::new(listener), Server::builder(), routes)
        };
        return (AnyServer::Grpc(server), Way::Unix(file));
    }
    if over == Over::Tcp {
        let server = GrpcServer::bind("127.0.0.1:0", routes).await.expect("a free port");
        let addr = server.local_addr().tcp().unwrap();
        return (AnyServer::Grpc(server), Way::Tcp(addr));
    }
    if over == Over::Tls {
        let address = crate::tls("127.0.0.1:0", over_tls::config(certified()));
        let server = GrpcServer::bind(address, routes).await.expect("a free port");
        let addr = server.local_addr().tcp().unwrap();
        return (AnyServer::Grpc(server), Way::Tls(addr));
    }
    let incoming = TcpIncoming::bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let addr = incoming.local_addr().expect("a bound socket");
    let incoming = incoming.with_nodelay(Some(true));
    if over == Over::TcpToOwn {
        return (
            AnyServer::Grpc(GrpcServer::from_incoming(incoming, Server::builder(), routes)),
            Way::Tcp(addr),
        );
    }
    let (cert, key) = (certified().cert.pem(), certified().signing_key.serialize_pem());
    let tls = ServerTlsConfig::new().identity(Identity::from_pem(cert, key));
    let own = Server::builder().tls_config(tls).expect("a certificate and its key");
    (AnyServer::Grpc(GrpcServer::from_incoming(incoming, own, routes)), Way::Tls(addr))
}

/// One for all: to make one takes longer than a stop.
fn certified() -> &'static CertifiedKey<KeyPair> {
    static CERTIFIED: OnceLock<CertifiedKey<KeyPair>> = OnceLock::new();
    CERTIFIED.get_or_init(tls::certified)
}

fn connector() -> TlsConnector {
    tls::connector(certified())
}

/// The path of a Unix socket, removed in the end.
pub(super) struct SocketFile(PathBuf);

impl SocketFile {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("service-group-{}-{number}.sock", std::process::id()));
        let _ = std::fs::remove_file(&path);
        Self(path)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
