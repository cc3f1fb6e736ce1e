//! The admin server: the status page and the health routes. Its port is for operators only.

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use service_group::{BoxError, GroupHandle};
use service_group_servers::{HttpServer, health, statusz};

use crate::options::Options;

/// Binds the admin server with `/statusz` and the health routes.
pub(crate) async fn start(options: &Options, group: &GroupHandle) -> Result<HttpServer, BoxError> {
    let home = Router::new().route("/", get(async || Redirect::temporary("/statusz")));
    let router = home.merge(statusz::routes(group)).merge(health::routes_with_errors(group));
    let server = HttpServer::bind(options.admin, router).await?;
    tracing::info!("admin listening on http://{}/statusz", server.local_addr());
    Ok(server)
}
