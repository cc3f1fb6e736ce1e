//! What a request is called in the report.
//!
//! Without the query, which may hold secrets, and not for as long as a client likes.

use axum::http::{Request, Uri};

/// Of a longer path as many bytes are told.
const LONGEST: usize = 256;

/// `GET /orders/7`.
#[cfg(feature = "axum")]
#[inline]
pub(super) fn http<B>(request: &Request<B>, name: &mut String) {
    name.push_str(request.method().as_str());
    name.push(' ');
    push_target(name, request.uri());
}

/// `/orders.v1.Orders/Get`: the method is always the same.
#[cfg(feature = "tonic")]
#[inline]
pub(super) fn grpc<B>(request: &Request<B>, name: &mut String) {
    push_target(name, request.uri());
}

/// `CONNECT` has no path.
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

    fn told(uri: &str) -> String {
        let mut name = String::new();
        push_target(&mut name, &uri.parse().expect("a target"));
        name
    }

    #[test]
    fn no_query_is_told() {
        assert_eq!(told("/orders/7?token=secret"), "/orders/7");
    }

    #[test]
    fn a_tunnel_is_told_by_where_it_leads() {
        assert_eq!(told("test:80"), "test:80");
    }

    #[test]
    fn a_long_path_is_cut_between_two_characters() {
        let path = format!("/{}", "\u{e9}".repeat(200));
        let told = told(&path);
        assert_eq!(told, format!("{}…", &path[..255]));
    }
}
