//! Plain hyper over TLS on two listeners, with a certificate that is read again on SIGHUP.
//!
//! ```text
//! cargo run -p tls-listeners -- certificate.pem key.pem
//! curl --cacert certificate.pem https://localhost:8443/
//! kill -HUP <pid>    # after the files have changed: connections that are open stay open
//! ```

mod certificates;

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use service_group::{BoxError, Outcome, service_group};
use service_group_servers::{HttpServer, tls};
use tokio::net::TcpListener;
use tower::service_fn;

use crate::certificates::{Certificates, Files};

/// Two servers with one certificate.
// `public` and `internal` use `certificates` in their starts, and stop before it, both at the same time.
#[service_group]
struct App {
    files: Files,
    addresses: Addresses,

    #[service(
        start = Certificates::load(files.clone())?,
        stop = drop(certificates),
        reload = certificates.reload()?,
    )]
    certificates: Certificates,

    #[service(start = serve(addresses.public, certificates, "public").await?)]
    public: HttpServer,

    #[service(start = serve(addresses.internal, certificates, "internal").await?)]
    internal: HttpServer,
}

/// Where the servers listen.
#[derive(Debug, Clone, Copy)]
struct Addresses {
    public: SocketAddr,
    internal: SocketAddr,
}

/// Serves a function from hyper's requests to hyper's responses.
async fn serve(
    address: SocketAddr,
    certificates: &Certificates,
    name: &'static str,
) -> Result<HttpServer, BoxError> {
    let listener = TcpListener::bind(address).await?;
    let service = service_fn(move |request: Request<Incoming>| async move {
        let text = format!("{} from the {name} side\n", request.uri().path());
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(text))))
    });
    Ok(HttpServer::serve_service(tls(listener, certificates.config()?), service))
}

#[tokio::main]
async fn main() -> Outcome {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(certificate), Some(key)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: tls-listeners <certificate.pem> <key.pem>");
        std::process::exit(2);
    };
    let files = Files { certificate: certificate.into(), key: key.into() };
    let public = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 8443));
    let internal = SocketAddr::from((Ipv4Addr::LOCALHOST, 9443));
    App::run(files, Addresses { public, internal }).await
}

#[cfg(test)]
mod tests;
