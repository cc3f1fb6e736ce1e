//! The service of a connection whose requests are answered by axum's routes.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::Service;

use super::http_service::Routes;
use super::protocol::Protocol;
use super::response_future::ResponseFuture;
use crate::requests::body::TrackedBody;
use crate::requests::conn::ConnShared;
use crate::requests::kind::RequestKind;

/// Answers the requests of one connection.
pub(crate) struct ConnService<R> {
    routes: R,
    protocol: Protocol,
    conn: Arc<ConnShared>,
}

impl<R> ConnService<R> {
    /// Returns what makes the service, once the connection is entered.
    pub(crate) fn maker(routes: R, protocol: Protocol) -> impl FnOnce(Arc<ConnShared>) -> Self {
        move |conn| Self { routes, protocol, conn }
    }
}

impl<R: Routes> Service<Request<Incoming>> for ConnService<R> {
    type Response = Response<TrackedBody<Body>>;
    type Error = Infallible;
    type Future = ResponseFuture<R>;

    #[inline]
    fn call(&self, request: Request<Incoming>) -> ResponseFuture<R> {
        let kind = RequestKind::of(&request, Arc::clone(&self.conn), self.protocol.name(&request));
        ResponseFuture::new(self.routes.clone(), self.protocol, request, kind)
    }
}
