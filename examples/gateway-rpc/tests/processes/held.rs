//! gRPC streams that somebody else holds open, and never ends.

use std::future::ready;
use std::net::SocketAddr;

use futures_util::stream;
use futures_util::{StreamExt, TryStreamExt};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status, Streaming};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use crate::client::PATIENCE;

/// A reflection stream, and Watches of the health of the group and of a service in it, on one connection.
#[derive(Debug)]
pub(crate) struct Held {
    runtime: Runtime,
    reflection: JoinHandle<Status>,
    health: Vec<JoinHandle<(Vec<ServingStatus>, Status)>>,
}

impl Held {
    /// Opens the streams, has an answer on each, and the watches know that the group is ready.
    pub(crate) fn open(rpc: SocketAddr) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let opened = async {
            let channel = Endpoint::from_shared(format!("http://{rpc}")).unwrap().connect().await.unwrap();
            let health = [watch(channel.clone(), "").await, watch(channel.clone(), "gateway").await];
            (reflect(channel).await, health)
        };
        let (reflection, health) = runtime.block_on(patiently(opened));
        let reflection = runtime.spawn(async move {
            let mut reflection = reflection;
            reflection.message().await.expect_err("the stream does not end by itself")
        });
        let health = health.into_iter().map(|watch| runtime.spawn(statuses(watch))).collect();
        Self { runtime, reflection, health }
    }

    /// All were told in the end why they ended, and the watches before that that the group is not ready any more.
    pub(crate) fn assert_told(self) {
        let mut ends = vec![self.runtime.block_on(patiently(self.reflection)).unwrap()];
        for health in self.health {
            let (told, end) = self.runtime.block_on(patiently(health)).unwrap();
            assert_eq!(told, [ServingStatus::Serving, ServingStatus::NotServing], "{end:?}");
            ends.push(end);
        }
        for status in ends {
            let found = (status.code(), status.message());
            assert_eq!(found, (Code::Unavailable, "server is stopping"), "{status:?}");
        }
    }
}

async fn patiently<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("what is waited for comes")
}

async fn reflect(channel: Channel) -> Streaming<ServerReflectionResponse> {
    let question = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let questions = stream::once(ready(question)).chain(stream::pending());
    let answers = ServerReflectionClient::new(channel).server_reflection_info(questions).await;
    let mut answers = answers.unwrap().into_inner();
    answers.message().await.unwrap().expect("an answer");
    answers
}

type Statuses = std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<ServingStatus, Status>> + Send>>;

async fn watch(channel: Channel, service: &str) -> Statuses {
    let request = HealthCheckRequest { service: service.to_owned() };
    let watch = HealthClient::new(channel).watch(request).await.unwrap();
    let mut statuses = watch.into_inner().map_ok(|answer| answer.status());
    // A watch hears of the group a moment after its log does.
    let mut status = ServingStatus::NotServing;
    while status != ServingStatus::Serving {
        status = statuses.next().await.expect("an answer").expect("a status");
    }
    stream::once(ready(Ok(status))).chain(statuses).boxed()
}

async fn statuses(mut watch: Statuses) -> (Vec<ServingStatus>, Status) {
    let mut told = Vec::new();
    loop {
        match watch.next().await.expect("the stream does not end by itself") {
            Ok(status) => told.push(status),
            Err(end) => return (told, end),
        }
    }
}
