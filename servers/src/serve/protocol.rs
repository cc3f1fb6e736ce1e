//! What a server speaks: HTTP, or gRPC with its names and deadlines.

#[cfg(feature = "grpc")]
use std::time::Duration;

use axum::http::Request;

#[cfg(feature = "grpc")]
use super::deadline;
use crate::requests::name::RequestName;

/// What a server speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Protocol {
    #[cfg(feature = "http")]
    Http,
    #[cfg(feature = "grpc")]
    Grpc,
}

impl Protocol {
    /// Returns how long the client of a request waits.
    #[cfg(feature = "grpc")]
    #[inline]
    pub(super) fn deadline<B>(self, request: &Request<B>) -> Option<Duration> {
        match self {
            #[cfg(feature = "http")]
            Self::Http => None,
            Self::Grpc => deadline::from_headers(request.headers()),
        }
    }

    /// Returns the name of a request for the report.
    #[inline]
    pub(super) fn name<B>(self, request: &Request<B>) -> RequestName<'_> {
        match self {
            #[cfg(feature = "http")]
            Self::Http => RequestName::http(request),
            #[cfg(feature = "grpc")]
            Self::Grpc => RequestName::grpc(request),
        }
    }
}
