//! The service of a connection whose requests are answered by a tower service of the user's own, over hyper's bodies.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::Service;
use pin_project_lite::pin_project;
use tower_service::Service as Tower;

use super::response_future::insert_extensions;
use crate::requests::body::TrackedBody;
use crate::requests::conn::ConnShared;
use crate::requests::guard::RequestGuard;
use crate::requests::kind;
use crate::requests::name::RequestName;

/// Answers the requests of one connection.
pub(crate) struct RawService<S> {
    service: S,
    conn: Arc<ConnShared>,
}

impl<S> RawService<S> {
    /// Returns what makes the service, once the connection is entered.
    pub(crate) fn maker(service: S) -> impl FnOnce(Arc<ConnShared>) -> Self {
        move |conn| Self { service, conn }
    }
}

impl<S, B> Service<Request<Incoming>> for RawService<S>
where
    S: Tower<Request<Incoming>, Response = Response<B>> + Clone,
    B: http_body::Body,
{
    type Response = Response<TrackedBody<B>>;
    type Error = S::Error;
    type Future = RawResponse<S>;

    fn call(&self, mut request: Request<Incoming>) -> RawResponse<S> {
        let guard = RequestGuard::begin(Arc::clone(&self.conn), &request, RequestName::http(&request));
        insert_extensions(request.extensions_mut(), self.conn.extensions());
        let state = RawState::Pending { call: Some((self.service.clone(), request)) };
        RawResponse { state, guard: Some(guard) }
    }
}

pin_project! {
    /// The response to a request.
    pub(crate) struct RawResponse<S: Tower<Request<Incoming>>> {
        #[pin]
        state: RawState<S, S::Future>,
        // None once the response is returned.
        guard: Option<RequestGuard>,
    }
}

pin_project! {
    #[project = RawStateProjection]
    enum RawState<S, F> {
        // Not called yet: the service may not be ready.
        Pending { call: Option<(S, Request<Incoming>)> },
        Called { #[pin] future: F },
    }
}

impl<S, B> Future for RawResponse<S>
where
    S: Tower<Request<Incoming>, Response = Response<B>>,
    B: http_body::Body,
{
    type Output = Result<Response<TrackedBody<B>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let future = match this.state.as_mut().project() {
                RawStateProjection::Pending { call } => {
                    if let Some((service, _)) = call {
                        ready!(service.poll_ready(cx))?;
                    }
                    let (mut service, request) = call.take().expect("not polled after a panic");
                    service.call(request)
                }
                RawStateProjection::Called { future } => {
                    let response = ready!(future.poll(cx))?;
                    let guard = this.guard.take().expect("not polled after it was ready");
                    return Poll::Ready(Ok(kind::answer(guard, response)));
                }
            };
            this.state.set(RawState::Called { future });
        }
    }
}
