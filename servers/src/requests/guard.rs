//! What keeps a request in flight: its handler, its body, and data on its way each have a guard.

use std::sync::Arc;

use axum::http::{Method, Request, StatusCode, Version};

use super::conn::ConnShared;
use super::in_flight::Key;
use super::name::RequestName;
use super::request_state::AnswerState;

/// Keeps a request in flight while it exists.
#[derive(Debug)]
pub(crate) struct RequestGuard {
    conn: Arc<ConnShared>,
    key: Key,
    /// How the answer ends if it ends with this guard; none if another guard knows.
    answer: Option<AnswerState>,
    pub(super) http2: bool,
    /// The request asks for a tunnel.
    connect: bool,
}

impl RequestGuard {
    /// Enters a request into those in flight of its connection, under this name.
    #[inline]
    pub(crate) fn begin<B>(conn: Arc<ConnShared>, request: &Request<B>, name: RequestName<'_>) -> Self {
        let (http2, connect) = (request.version() == Version::HTTP_2, request.method() == Method::CONNECT);
        let key = conn.begin(http2, name);
        Self { conn, key, answer: Some(AnswerState::Unanswered), http2, connect }
    }

    #[inline]
    pub(super) fn conn(&self) -> &ConnShared {
        &self.conn
    }

    /// Returns whether with this answer the request becomes the connection.
    #[inline]
    pub(crate) fn becomes_connection(&self, status: StatusCode) -> bool {
        status == StatusCode::SWITCHING_PROTOCOLS || (self.connect && status.is_success())
    }

    /// Returns whether the answer asks its client to close the connection: HTTP/2 has the GOAWAY for that.
    #[inline]
    pub(super) fn turns_away(&self) -> bool {
        !self.http2 && self.conn.state().turns_away()
    }

    #[inline]
    pub(super) fn is_draining(&self) -> bool {
        self.conn.state().is_draining()
    }

    /// Counts the request as cut, though its connection goes on.
    pub(super) fn count_cut(&self) {
        self.conn.count_cut(self.key);
    }

    /// Records whether all of the answer has been handed over.
    #[inline]
    pub(crate) fn set_answered(&mut self, answered: bool) {
        self.answer = Some(if answered { AnswerState::Answered } else { AnswerState::Unanswered });
    }

    /// The body of the answer has handed over all of it. Only a drain counts what is finished.
    #[inline]
    pub(super) fn end(&mut self) {
        self.set_answered(true);
        if self.is_draining() {
            self.conn.end(self.key);
        }
    }

    /// The request has become the connection, and ends with it.
    pub(crate) fn upgrade(mut self) {
        self.answer = Some(AnswerState::Upgraded);
    }

    /// Returns a guard for a part of the answer: the request does not end before that part.
    #[inline]
    pub(crate) fn share(&self) -> Self {
        self.conn.share(self.key);
        Self { conn: Arc::clone(&self.conn), answer: None, ..*self }
    }
}

impl Drop for RequestGuard {
    #[inline]
    fn drop(&mut self) {
        let is_panicking = self.answer.is_some() && std::thread::panicking();
        let answer = if is_panicking { Some(AnswerState::Panicked) } else { self.answer };
        self.conn.release(self.key, answer);
    }
}
