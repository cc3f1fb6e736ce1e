//! What the HTTP server of a cell answers. Every long answer ends when the rig's `leave` opens.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncReadExt;

use super::super::kit::Latch;

/// What a test holds of the handlers.
#[derive(Clone)]
pub(super) struct Rig {
    pub(super) entered: Latch,
    pub(super) leave: Latch,
    alive: Arc<AtomicUsize>,
}

/// Counts a handler, its stream or its socket, while it lives.
struct Alive(Arc<AtomicUsize>);

impl Rig {
    pub(super) fn new() -> Self {
        Self { entered: Latch::new(), leave: Latch::new(), alive: Arc::default() }
    }

    pub(super) fn alive(&self) -> usize {
        self.alive.load(Ordering::SeqCst)
    }

    fn enter(&self) -> Alive {
        self.alive.fetch_add(1, Ordering::SeqCst);
        self.entered.open();
        Alive(Arc::clone(&self.alive))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

pub(super) fn router(rig: &Rig) -> Router {
    let paths = ["/stuck", "/upload", "/silent", "/ticking", "/flood"];
    let router = Router::new().route("/", any(async || "hello"));
    let router = paths.into_iter().fold(router, |router, path| {
        let rig = rig.clone();
        router.route(path, any(async move |request: Request| answer(rig, path, request).await))
    });
    let (socket, held, tunnel) = (rig.clone(), rig.clone(), rig.clone());
    router
        .route(
            "/socket",
            any(async move |upgrade: WebSocketUpgrade| upgrade.on_upgrade(|ws| echo(socket, ws))),
        )
        .route("/held", any(async move |upgrade: WebSocketUpgrade| upgrade.on_upgrade(|ws| hold(held, ws))))
        .fallback(any(async move |request: Request| through(&tunnel, request)))
}

async fn answer(rig: Rig, path: &str, request: Request) -> Response {
    let alive = rig.enter();
    match path {
        "/stuck" => rig.leave.opened().await,
        "/upload" => drop(axum::body::to_bytes(request.into_body(), usize::MAX).await),
        "/ticking" => return streaming(rig, alive, ticks()),
        "/flood" => {
            return streaming(rig, alive, stream::repeat(Bytes::from(vec![b'x'; 1 << 16])));
        }
        _ => return streaming(rig, alive, stream::pending()),
    }
    "finally".into_response()
}

fn ticks() -> impl Stream<Item = Bytes> + Send {
    stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        Some((Bytes::from_static(b"tick"), ()))
    })
}

/// A first chunk, chunks until the test ends them, and a last chunk.
fn streaming(rig: Rig, alive: Alive, between: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let left = async move { rig.leave.opened().await };
    let first = stream::iter([Bytes::from_static(b"first")]).chain(between);
    let last = stream::once(async move {
        let _alive = &alive;
        Bytes::from_static(b"finally")
    });
    Body::from_stream(first.take_until(left.boxed()).chain(last).map(Ok::<_, Infallible>)).into_response()
}

async fn echo(rig: Rig, mut socket: WebSocket) {
    let _alive = rig.enter();
    while let Some(Ok(_)) = socket.recv().await {}
}

/// Holds a socket without polling it.
async fn hold(rig: Rig, socket: WebSocket) {
    let _alive = rig.enter();
    rig.leave.opened().await;
    drop(socket);
}

/// `CONNECT`: reads what comes until it ends.
fn through(rig: &Rig, mut request: Request) {
    let (rig, upgrade) = (rig.clone(), hyper::upgrade::on(&mut request));
    tokio::spawn(async move {
        let _alive = rig.enter();
        let Ok(tunnel) = upgrade.await else { return };
        let mut tunnel = TokioIo::new(tunnel);
        while tunnel.read(&mut [0; 64]).await.is_ok_and(|count| count > 0) {}
    });
}
