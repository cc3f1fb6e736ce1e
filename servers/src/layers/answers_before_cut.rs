//! The layer that answers a call before its server would cut it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tokio_util::sync::WaitForCancellationFutureOwned;
use tower_layer::Layer;
use tower_service::Service;

use crate::draining::Draining;
use crate::requests::cut_answer::{CutAnswer, OuterCall};
use crate::requests::unavailable;

/// A layer that answers a call whose answer has not begun shortly before the server is forced to cut it. For a route, a
/// router or a tonic server.
///
/// 100 ms before the force (in a window of less than about 200 ms: in the middle of it), the handler is dropped, and its
/// client gets an answer instead of a broken connection: 503 with `Connection: close`, or the gRPC status `UNAVAILABLE`
/// (14) where the content type of the request is one of gRPC. A call that comes after that is answered so at once, and its
/// handler is not called. Answers that have begun go on until the force. A second signal leaves no time for an answer.
///
/// Such a call counts as cut: the report contains its name and age, and the exit code is 3. Neither answer means that the
/// call was not executed: its handler may have done a part of its work, or all of it.
///
/// It is not the default, since the best choice depends on the client: docs/servers.md has a table. Outside of a server of
/// this crate the layer does nothing.
///
/// In a tonic server of your own, by [`GrpcServer::bind_with`](crate::GrpcServer::bind_with), it belongs inside of layers
/// that let calls wait: `Server::builder().layer(limits).layer(AnswersBeforeCut::new())`.
///
/// ```
/// # #[cfg(feature = "http")] {
/// use axum::{Router, routing::get};
/// use service_group_servers::AnswersBeforeCut;
///
/// let router: Router = Router::new()
///     .route("/report", get(async || "a report that takes its time"))
///     .layer(AnswersBeforeCut::new());
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct AnswersBeforeCut {}

impl AnswersBeforeCut {
    /// Returns the layer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<S> Layer<S> for AnswersBeforeCut {
    type Service = AnswersBeforeCutService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AnswersBeforeCutService { inner }
    }
}

/// The service that [`AnswersBeforeCut`] makes of another one.
#[derive(Debug, Clone)]
pub struct AnswersBeforeCutService<S> {
    inner: S,
}

impl<S, Q, B> Service<Request<Q>> for AnswersBeforeCutService<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
    B: Default,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = AnswerBeforeCut<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Q>) -> Self::Future {
        let grpc = grpc_type(request.headers());
        let server = ServerOfCall::of(&mut request);
        let is_late = server.draining().is_some_and(Draining::is_before_force);
        let call = (!is_late).then(|| self.inner.call(request));
        AnswerBeforeCut { call, before_force: None, server, grpc }
    }
}

/// Returns the content type of a gRPC request.
fn grpc_type(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(CONTENT_TYPE).filter(|it| it.as_bytes().starts_with(b"application/grpc")).cloned()
}

/// How the layer finds the drain of its server.
#[derive(Debug)]
enum ServerOfCall {
    /// The layer is inside of the tracking.
    Known(Draining),
    /// The layer is outside of the tracking, or there is no server of this crate.
    Later(OuterCall),
}

impl ServerOfCall {
    fn of<Q>(request: &mut Request<Q>) -> Self {
        if let Some(draining) = request.extensions().get::<Draining>() {
            return Self::Known(draining.clone());
        }
        let call = OuterCall::default();
        request.extensions_mut().insert(call.clone());
        Self::Later(call)
    }

    fn draining(&self) -> Option<&Draining> {
        match self {
            Self::Known(draining) => Some(draining),
            Self::Later(call) => call.draining(),
        }
    }
}

pin_project! {
    /// The answer of [`AnswersBeforeCutService`].
    pub struct AnswerBeforeCut<F> {
        // None once it is dropped, or if it came too late.
        #[pin]
        call: Option<F>,
        // Made when the call is first found to wait.
        #[pin]
        before_force: Option<WaitForCancellationFutureOwned>,
        server: ServerOfCall,
        grpc: Option<HeaderValue>,
    }
}

impl<F> fmt::Debug for AnswerBeforeCut<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerBeforeCut").field("server", &self.server).finish_non_exhaustive()
    }
}

impl<F, B, E> Future for AnswerBeforeCut<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = Result<Response<B>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some(call) = this.call.as_mut().as_pin_mut() {
            if let Poll::Ready(answer) = call.poll(cx) {
                return Poll::Ready(answer);
            }
            if this.before_force.is_none() {
                let Some(draining) = this.server.draining() else { return Poll::Pending };
                this.before_force.set(Some(draining.before_force()));
            }
            ready!(this.before_force.as_pin_mut().expect("set above").poll(cx));
        }
        let mut answer = match this.grpc.take() {
            Some(content_type) => grpc_answer(content_type),
            None => http_answer(),
        };
        match this.server {
            ServerOfCall::Known(_) => drop(answer.extensions_mut().insert(CutAnswer)),
            ServerOfCall::Later(call) => call.set_cut(),
        }
        // The handler goes before its client can have the answer.
        this.call.set(None);
        Poll::Ready(Ok(answer))
    }
}

/// The tracking adds `Connection: close` over HTTP/1, as to each answer in the drain.
fn http_answer<B: Default>() -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response
}

fn grpc_answer<B: Default>(content_type: HeaderValue) -> Response<B> {
    let mut response = Response::new(B::default());
    *response.headers_mut() = unavailable::trailers();
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
