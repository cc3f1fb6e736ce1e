//! The page around the view: whole without a script, without anything from elsewhere, and with no right to more.

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};

use super::html::Text;
use super::view::{Board, View};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What the page may do. The hashes are those of the style and the script; a test knows them.
const POLICY: &str = "default-src 'none'; \
    style-src 'sha256-wEUDZannm/lykDu79Wdn6tQ6zE+/aw5zgbBRf4jCbmc='; \
    script-src 'sha256-nly0Jdm40HyWt0kooZlPCi0/w/R7SE2qidhf0TJ3V4M='; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The whole page.
pub(super) fn page(board: &Board) -> Response {
    let view = View::of(board);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n\
         <p id=\"contact\" role=\"status\" hidden></p>\n<main id=\"live\">\n{view}</main>\n\
         <noscript><p>Without a script this page stays as it is: load it again to see what has changed.</p></noscript>\n\
         <script>{SCRIPT}</script>\n</html>\n",
        title = Text(view.title()),
    );
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, html).into_response()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use ring::digest::{SHA256, digest};

    use super::*;

    /// After a change of the style or the script, the test prints the hash to write here.
    #[test]
    fn the_policy_knows_the_style_and_the_script() {
        for (kind, text) in [("style", STYLE), ("script", SCRIPT)] {
            let hash = STANDARD.encode(digest(&SHA256, text.as_bytes()));
            let source = format!("{kind}-src 'sha256-{hash}'");
            assert!(POLICY.contains(&source), "the policy needs {source}");
        }
    }
}
