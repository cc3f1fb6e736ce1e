//! The extensions that all requests of a connection start with.

#[cfg(feature = "tls")]
use std::any::Any;

use axum::http::Extensions;

#[cfg(feature = "tls")]
use crate::connection::tls::TlsStream;
use crate::draining::Draining;

/// Space in the map for one entry that axum adds.
#[derive(Clone)]
struct ReservedEntry<const PLACE: usize>;

/// Returns what the handlers of a connection find in the extensions of their requests.
///
/// The map has room for what axum adds: a map that grows with each request moves all its entries. The room is worth 1.5 %
/// of the requests over HTTP/2, and 2.5 % of the instructions of a request over HTTP/1 (callgrind).
pub(super) fn of_connection(draining: Draining) -> Extensions {
    let mut extensions = Extensions::new();
    extensions.insert(draining);
    extensions.insert(ReservedEntry::<0>);
    extensions.insert(ReservedEntry::<1>);
    extensions.insert(ReservedEntry::<2>);
    extensions.remove::<ReservedEntry<0>>();
    extensions.remove::<ReservedEntry<1>>();
    extensions.remove::<ReservedEntry<2>>();
    extensions
}

/// Inserts what a handshake agrees on, if the connection has TLS of this crate.
#[cfg(feature = "tls")]
pub(crate) fn insert_tls_info(extensions: &mut Extensions, io: &dyn Any) {
    if let Some(stream) = io.downcast_ref::<TlsStream>() {
        extensions.insert(stream.info().clone());
    }
}
