// What the first example of README.md refers to and does not show.

struct Config {
    data: String,
    rpc: std::net::SocketAddr,
    http: std::net::SocketAddr,
}

impl Config {
    fn from_env() -> Self {
        let local = |port| (std::net::Ipv4Addr::LOCALHOST, port).into();
        Self { data: "data".to_owned(), rpc: local(50051), http: local(8080) }
    }
}

#[derive(Clone)]
struct Store;

impl Store {
    async fn open(_folder: &str) -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn close(self) -> std::io::Result<()> {
        Ok(())
    }
}

mod rpc {
    pub fn routes(_store: &super::Store) -> tonic::service::Routes {
        tonic::service::Routes::default()
    }
}

mod http {
    pub fn routes(_upstream: tonic::transport::Channel) -> axum::Router {
        axum::Router::new()
    }
}

async fn compact(_store: Store, stop: service_group::StopToken) {
    stop.requested().await;
}
