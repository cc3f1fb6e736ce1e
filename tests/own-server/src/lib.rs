//! A server over plain hyper, written outside of the crates of this workspace: with the public API of the core alone.
//!
//! It has what a server in a group needs: during the lame duck its answers carry `Connection: close`, its live numbers are
//! in the status of the group, it stops in its window, and the report contains the name and age of each request that it
//! cut. Its tests prove that nothing hidden is necessary for that.

mod requests;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, OnceLock};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use service_group::{
    BoxError, Detail, DrainSignal, Drained, ServerStats, Service, ServiceContext, ServiceExit, StatsSource,
    StopContext,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::requests::Requests;

/// A server over plain hyper that can be a service of a group.
#[derive(Debug)]
pub struct PlainServer {
    local_addr: SocketAddr,
    shared: Arc<Shared>,
}

/// What the tasks of the server share.
#[derive(Debug, Default)]
struct Shared {
    requests: Requests,
    /// The lame duck of the group.
    lame_duck: OnceLock<DrainSignal>,
    /// Ends the accepting, and connections as soon as they carry no request.
    drain: CancellationToken,
    /// Ends everything.
    cut: CancellationToken,
    /// The accepting task, and one task for each connection.
    tasks: TaskTracker,
}

impl PlainServer {
    /// Listens on an address, and answers with what the handler returns for a path.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on.
    pub async fn bind<H, F>(addr: SocketAddr, handler: H) -> io::Result<Self>
    where
        H: Fn(String) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = String> + Send + 'static,
    {
        let listener = TcpListener::bind(addr).await?;
        let (local_addr, shared) = (listener.local_addr()?, Arc::new(Shared::default()));
        shared.tasks.spawn(accept(listener, handler, Arc::clone(&shared)));
        Ok(Self { local_addr, shared })
    }

    /// Returns the address that the server listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }
}

async fn accept<H, F>(listener: TcpListener, handler: H, shared: Arc<Shared>)
where
    H: Fn(String) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = String> + Send + 'static,
{
    loop {
        let accepted = tokio::select! {
            biased;
            () = shared.drain.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        // An error is that of one connection, or of a process without file descriptors, which may have some again.
        let Ok((stream, _)) = accepted else {
            tokio::task::yield_now().await;
            continue;
        };
        shared.tasks.spawn(connection(stream, handler.clone(), Arc::clone(&shared)));
    }
}

async fn connection<H, F>(stream: TcpStream, handler: H, shared: Arc<Shared>)
where
    H: Fn(String) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = String> + Send + 'static,
{
    let _counted = shared.requests.connection();
    let service = service_fn(|request| answer(request, &handler, &shared));
    let mut serving = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        biased;
        () = shared.cut.cancelled() => return,
        // An error is that of the client.
        _ = serving.as_mut() => return,
        () = shared.drain.cancelled() => serving.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        biased;
        () = shared.cut.cancelled() => {}
        _ = serving => {}
    }
}

async fn answer<H, F>(
    request: Request<Incoming>,
    handler: &H,
    shared: &Shared,
) -> Result<Response<Full<Bytes>>, Infallible>
where
    H: Fn(String) -> F + Sync,
    F: Future<Output = String>,
{
    let path = request.uri().path().to_owned();
    let in_flight = shared.requests.begin(format!("{} {path}", request.method()));
    let body = handler(path).await;
    in_flight.finish(shared.drain.is_cancelled());
    let mut response = Response::new(Full::from(body));
    if shared.lame_duck.get().is_some_and(DrainSignal::has_begun) {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

impl StatsSource for Shared {
    fn stats(&self) -> ServerStats {
        self.requests.stats()
    }
}

impl Shared {
    fn drained(&self) -> Option<Detail> {
        let drained = self.requests.drained();
        (drained != Drained::default()).then(|| drained.into())
    }
}

impl Service for PlainServer {
    fn joined(&self, context: &ServiceContext) {
        // A server is in one group: the first one counts.
        let _ = self.shared.lame_duck.set(context.draining());
        context.show_stats(Arc::clone(&self.shared) as Arc<dyn StatsSource>);
    }

    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        // Nothing but a stop ends the accepting.
        std::future::pending()
    }

    async fn stop(self, context: StopContext) -> Result<(), BoxError> {
        let shared = Arc::clone(&self.shared);
        let of_report = Arc::clone(&shared);
        context.detail_from(move || of_report.drained());
        shared.drain.cancel();
        shared.tasks.close();
        tokio::select! {
            biased;
            () = context.forced() => {}
            () = shared.tasks.wait() => return Ok(()),
        }
        shared.requests.cut_all();
        shared.cut.cancel();
        shared.tasks.wait().await;
        Ok(())
    }
}

/// Dropped without a stop, the server leaves no task.
impl Drop for PlainServer {
    fn drop(&mut self) {
        if !self.shared.drain.is_cancelled() {
            self.shared.drain.cancel();
            self.shared.cut.cancel();
        }
    }
}
