//! Servers on a Unix socket that they bind by its path.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::unix::net::UnixListener as StdUnixListener;
use std::path::PathBuf;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use service_group::Drained;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::kit::{Stop, soon};
use crate::HttpServer;

fn free_path(test: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("service-group-path-{test}-{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

fn router() -> Router {
    Router::new().route("/", get("hello"))
}

/// The text of the error with which the path cannot be bound.
async fn refused(path: &PathBuf) -> String {
    let error = HttpServer::bind(path, router()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse, "{error}");
    let text = error.to_string();
    let start = format!("cannot listen on {}: address already in use", path.display());
    assert!(text.starts_with(&start), "{text}");
    text
}

#[tokio::test]
async fn a_path_is_bound_and_is_free_again_after_the_stop() {
    let path = free_path("free");
    for _ in 0..2 {
        let server = HttpServer::bind(path.as_path(), router()).await.unwrap();
        assert_eq!(server.local_addr().unix_path(), Some(path.as_path()));
        let mut client = UnixStream::connect(&path).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut read = String::new();
        soon("the answer", client.read_to_string(&mut read)).await.unwrap();
        assert!(read.ends_with("hello"), "{read}");
        assert_eq!(Stop::of(server).over().await, Drained::default());
        assert!(!path.exists(), "the file is left");
    }
}

#[tokio::test]
async fn a_path_of_another_listener_is_named() {
    let path = free_path("taken");
    let first = HttpServer::bind(&path, router()).await.unwrap();
    let text = refused(&path).await;
    assert!(text.ends_with("; another process listens there: stop it, or use another path"), "{text}");
    drop(first);
}

#[tokio::test]
async fn a_socket_that_an_earlier_run_has_left_is_named() {
    let path = free_path("left");
    // The listener of std leaves its file, as a killed process does.
    drop(StdUnixListener::bind(&path).unwrap());
    let text = refused(&path).await;
    assert!(
        text.contains("; nothing listens there: an earlier run was killed and has left the file; remove it"),
        "{text}"
    );
    std::fs::remove_file(&path).unwrap();
    drop(HttpServer::bind(&path, router()).await.unwrap());
}

#[tokio::test]
async fn a_file_that_is_not_a_socket_is_named_and_kept() {
    let path = free_path("file");
    std::fs::write(&path, "orders").unwrap();
    let text = refused(&path).await;
    assert!(text.ends_with("; the path is a file that is not a socket: use another path"), "{text}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "orders");
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn a_path_without_a_folder_is_named() {
    let path = free_path("folder").join("app.sock");
    let error = HttpServer::bind(&path, router()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(
        error.to_string().starts_with(&format!("cannot listen on {}: no such file", path.display())),
        "{error}"
    );
}

/// A successor that has replaced the file before this server stops keeps its own.
#[tokio::test]
async fn the_file_of_a_successor_is_not_removed() {
    let path = free_path("successor");
    let server = HttpServer::bind(&path, router()).await.unwrap();
    let own = path.with_extension("new");
    let _ = std::fs::remove_file(&own);
    let successor = StdUnixListener::bind(&own).unwrap();
    std::fs::rename(&own, &path).unwrap();
    Stop::of(server).over().await;
    assert!(path.exists(), "the successor is cut off");
    drop(successor);
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn handlers_that_need_the_address_of_a_peer_are_refused() {
    let path = free_path("peer");
    let routes = Router::new()
        .route("/", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }));
    let error = HttpServer::bind(&path, routes.into_make_service_with_connect_info::<SocketAddr>())
        .await
        .unwrap_err();
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    assert!(!path.exists());
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn a_grpc_server_binds_a_path_too() {
    use tonic::service::Routes;

    use crate::GrpcServer;

    let path = free_path("grpc");
    let server = GrpcServer::bind(&path, Routes::default()).await.unwrap();
    assert_eq!(server.local_addr().unix_path(), Some(path.as_path()));
    Stop::of(server).over().await;
    assert!(!path.exists(), "the file is left");
}
