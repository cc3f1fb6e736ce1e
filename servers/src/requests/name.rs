//! The name of a request in the report: without its query, which may hold secrets, and of limited length.

use axum::http::{Request, Uri};

/// The number of bytes of a path that the report shows.
const LONGEST: usize = 256;

/// Writes the name of an HTTP request: `GET /orders/7`.
#[cfg(feature = "http")]
#[inline]
pub(crate) fn http<B>(request: &Request<B>, name: &mut String) {
    name.push_str(request.method().as_str());
    name.push(' ');
    push_target(name, request.uri());
}

/// Writes the name of a gRPC call: `/orders.v1.Orders/Get`. The method is always the same.
#[cfg(feature = "grpc")]
#[inline]
pub(crate) fn grpc<B>(request: &Request<B>, name: &mut String) {
    push_target(name, request.uri());
}

/// Writes the path, or the authority of a `CONNECT`, which has no path.
#[inline]
fn push_target(name: &mut String, uri: &Uri) {
    let mut target = uri.path();
    if target.is_empty() {
        target = uri.authority().map_or("", |authority| authority.as_str());
    }
    if target.len() <= LONGEST {
        name.push_str(target);
        return;
    }
    let end = (0..=LONGEST).rev().find(|end| target.is_char_boundary(*end));
    name.push_str(&target[..end.unwrap_or_default()]);
    name.push('…');
}

#[cfg(test)]
mod tests {
    use super::push_target;

    fn shown(uri: &str) -> String {
        let mut name = String::new();
        push_target(&mut name, &uri.parse().expect("a target"));
        name
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
