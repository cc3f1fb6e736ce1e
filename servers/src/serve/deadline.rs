//! The deadline of a call: how long its client waits for the start of the answer, as tonic's own server keeps it.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response};
use tonic::{Status, TimeoutExpired};

/// An answer with a deadline.
pub(super) type Limited = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

static GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// Returns how long the client waits, if it sent a valid `grpc-timeout`.
#[inline]
pub(super) fn from_headers(headers: &HeaderMap) -> Option<Duration> {
    headers.get(&GRPC_TIMEOUT).and_then(parse)
}

/// Returns the answer, or that of a call whose time is over.
pub(super) fn limit<F>(deadline: Duration, answering: F) -> Limited
where
    F: Future<Output = Result<Response<Body>, Infallible>> + Send + 'static,
{
    Box::pin(async move {
        tokio::time::timeout(deadline, answering)
            .await
            .unwrap_or_else(|_| Ok(Status::from_error(TimeoutExpired(()).into()).into_http()))
    })
}

/// Parses at most eight digits and a unit, as gRPC has it; tonic takes a plus sign as well.
///
/// <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests>
fn parse(value: &HeaderValue) -> Option<Duration> {
    let value = value.to_str().ok()?;
    let (amount, unit) = value.split_at(value.len().checked_sub(1)?);
    let amount: u64 = Some(amount).filter(|amount| amount.len() <= 8)?.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(amount * 60 * 60),
        "M" => Duration::from_secs(amount * 60),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::HeaderValue;

    use super::parse;

    #[test]
    fn units_are_those_of_grpc() {
        let parsed = |value: &'static str| parse(&HeaderValue::from_static(value));
        assert_eq!(parsed("2H"), Some(Duration::from_secs(7_200)));
        assert_eq!(parsed("3M"), Some(Duration::from_secs(180)));
        assert_eq!(parsed("4S"), Some(Duration::from_secs(4)));
        assert_eq!(parsed("5m"), Some(Duration::from_millis(5)));
        assert_eq!(parsed("6u"), Some(Duration::from_micros(6)));
        assert_eq!(parsed("7n"), Some(Duration::from_nanos(7)));
        assert_eq!(parsed("99999999H"), Some(Duration::from_secs(359_999_996_400)));
    }

    #[test]
    fn what_is_no_deadline_is_none() {
        for value in ["", "S", "5", "5s", "5 S", "-5S", "5.0S", "100000000S", "S5", "\u{e9}"] {
            assert_eq!(parse(&HeaderValue::from_str(value).unwrap()), None, "{value:?}");
        }
    }
}
