//! gRPC streams that a client holds open until the server ends them.

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

/// A reflection stream, and health watches of the group and of one of its services, on one connection.
#[derive(Debug)]
pub(crate) struct Held {
    runtime: Runtime,
    reflection: JoinHandle<Status>,
    health: Vec<JoinHandle<(Vec<ServingStatus>, Status)>>,
}

impl Held {
    /// Opens the streams. Waits for a message on each, and on the watches until the status is `Serving`.
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

    /// Asserts that each stream ended with the status of a stopping server, and that each watch received `NotServing`
    /// before.
    pub(crate) fn assert_ended_by_the_stop(self) {
        let mut ends = vec![self.runtime.block_on(patiently(self.reflection)).unwrap()];
        for health in self.health {
            let (received, end) = self.runtime.block_on(patiently(health)).unwrap();
            assert_eq!(received, [ServingStatus::Serving, ServingStatus::NotServing], "{end:?}");
            ends.push(end);
        }
        for status in ends {
            let found = (status.code(), status.message());
            assert_eq!(found, (Code::Unavailable, "server is stopping"), "{status:?}");
        }
    }
}

/// Fails the test if `work` takes longer than [`PATIENCE`].
async fn patiently<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("the work is done in time")
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
    // The group writes `ready` to its log shortly before it notifies the watches.
    let mut status = ServingStatus::NotServing;
    while status != ServingStatus::Serving {
        status = statuses.next().await.expect("an answer").expect("a status");
    }
    stream::once(ready(Ok(status))).chain(statuses).boxed()
}

/// Reads a watch to its end. Returns the statuses and the error that ended it.
async fn statuses(mut watch: Statuses) -> (Vec<ServingStatus>, Status) {
    let mut received = Vec::new();
    loop {
        match watch.next().await.expect("the stream does not end by itself") {
            Ok(status) => received.push(status),
            Err(end) => return (received, end),
        }
    }
}
