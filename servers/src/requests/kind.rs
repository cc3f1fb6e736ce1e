//! Whether a request is in flight until its answer has left, or ends with the drain.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{CONNECTION, HeaderValue};
use axum::http::{Request, Response};

use super::body::TrackedBody;
use super::conn::ConnShared;
use super::cut_answer::CutAnswer;
use super::guard::RequestGuard;
use super::name::RequestName;
use super::observer;
use super::until_drain::UntilDrain;

/// Whether a request is in flight.
#[derive(Debug)]
pub(crate) enum RequestKind {
    /// It is in flight until its answer has left.
    Counted(RequestGuard),
    /// It ends when the drain begins, and is not counted.
    Observer(Arc<ConnShared>),
}

impl RequestKind {
    /// Enters a request into those in flight of its connection, under this name, unless it is an observer.
    #[inline]
    pub(crate) fn of<B>(request: &Request<B>, conn: Arc<ConnShared>, name: RequestName<'_>) -> Self {
        if observer::is_observer(name.target()) {
            Self::Observer(conn)
        } else {
            Self::Counted(RequestGuard::begin(conn, request, name))
        }
    }

    /// The connection of the request.
    #[inline]
    pub(crate) fn conn(&self) -> &ConnShared {
        match self {
            Self::Counted(guard) => guard.conn(),
            Self::Observer(conn) => conn,
        }
    }

    /// Counts the request as cut, though its connection goes on.
    #[cfg(feature = "grpc")]
    pub(crate) fn count_cut(&self) {
        if let Self::Counted(guard) = self {
            guard.count_cut();
        }
    }

    /// Makes the request of an observer end with the drain. `wrap` makes a `B` of the body that ends so.
    #[inline]
    pub(crate) fn prepare<B: Default>(
        &self,
        request: &mut Request<B>,
        wrap: impl FnOnce(UntilDrain<B>) -> B,
    ) {
        if let Self::Observer(conn) = self {
            observer::end_request(request, &conn.state().draining, wrap);
        }
    }

    /// Returns the answer with a body that keeps the request in flight until all of it has left.
    #[inline]
    pub(crate) fn answer(self, mut response: Response<Body>) -> Response<TrackedBody<Body>> {
        match self {
            Self::Observer(conn) => {
                let body = std::mem::take(response.body_mut());
                *response.body_mut() = observer::end_response(body, &conn.state().draining);
                TrackedBody::wrap(response, None)
            }
            Self::Counted(guard) => answer(guard, response),
        }
    }
}

/// Returns the answer with a body that keeps its request in flight until all of it has left.
#[inline]
pub(crate) fn answer<B: http_body::Body>(
    guard: RequestGuard,
    mut response: Response<B>,
) -> Response<TrackedBody<B>> {
    if guard.becomes_connection(response.status()) {
        guard.upgrade();
        return TrackedBody::wrap(response, None);
    }
    if guard.is_draining() && response.extensions_mut().remove::<CutAnswer>().is_some() {
        guard.count_cut();
    }
    if guard.turns_away() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    TrackedBody::wrap(response, Some(guard))
}
