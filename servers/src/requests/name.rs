//! The name of a request in the report: without its query, which may hold secrets, and of limited length.

use std::fmt;

use axum::http::{Method, Request, Uri};

/// The number of bytes of a path that the report shows.
const LONGEST: usize = 256;

/// The name of a request that has just arrived.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestName<'r> {
    /// None for a gRPC call, whose method is always the same.
    method: Option<&'r Method>,
    /// The path, or the authority of a `CONNECT`, which has no path.
    target: &'r str,
}

/// The name of a request in flight: `GET /orders/7`, or `/orders.v1.Orders/Get` for a gRPC call.
#[derive(Debug, Default)]
pub(super) struct KeptName {
    method: Option<Method>,
    target: String,
}

impl<'r> RequestName<'r> {
    #[cfg(feature = "http")]
    #[inline]
    pub(crate) fn http<B>(request: &'r Request<B>) -> Self {
        Self { method: Some(request.method()), target: target(request.uri()) }
    }

    #[cfg(feature = "grpc")]
    #[inline]
    pub(crate) fn grpc<B>(request: &'r Request<B>) -> Self {
        Self { method: None, target: target(request.uri()) }
    }

    #[inline]
    pub(super) fn target(self) -> &'r str {
        self.target
    }
}

#[inline]
fn target(uri: &Uri) -> &str {
    let path = uri.path();
    if path.is_empty() { uri.authority().map_or("", |authority| authority.as_str()) } else { path }
}

impl KeptName {
    /// Takes the place of the name before, whose memory it uses.
    #[inline]
    pub(super) fn set(&mut self, RequestName { method, target }: RequestName<'_>) {
        self.method = method.cloned();
        self.target.clear();
        if target.len() <= LONGEST {
            self.target.push_str(target);
        } else {
            let end = (0..=LONGEST).rev().find(|end| target.is_char_boundary(*end));
            self.target.push_str(&target[..end.unwrap_or_default()]);
            self.target.push('…');
        }
    }
}

impl fmt::Display for KeptName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(method) = &self.method {
            write!(f, "{method} ")?;
        }
        f.write_str(&self.target)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::{KeptName, RequestName, target};

    fn shown(uri: &str) -> String {
        let (uri, mut kept) = (uri.parse().expect("a target"), KeptName::default());
        kept.set(RequestName { method: None, target: target(&uri) });
        kept.to_string()
    }

    #[test]
    fn a_method_is_not_kept_for_the_next_request() {
        let mut kept = KeptName::default();
        kept.set(RequestName { method: Some(&Method::GET), target: "/orders/7" });
        assert_eq!(kept.to_string(), "GET /orders/7");
        kept.set(RequestName { method: None, target: "/Get" });
        assert_eq!(kept.to_string(), "/Get");
    }

    #[test]
    fn no_query_is_shown() {
        assert_eq!(shown("/orders/7?token=secret"), "/orders/7");
    }

    #[test]
    fn a_tunnel_is_named_by_its_target() {
        assert_eq!(shown("test:80"), "test:80");
    }

    #[test]
    fn a_long_path_is_cut_between_two_characters() {
        let path = format!("/{}", "\u{e9}".repeat(200));
        let shown = shown(&path);
        assert_eq!(shown, format!("{}…", &path[..255]));
    }
}
