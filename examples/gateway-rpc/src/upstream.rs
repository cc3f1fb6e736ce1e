//! The gateway's side of the gRPC service.
//!
//! Before the gateway takes a request it asks the server, over server reflection, whether it has all that the
//! gateway calls: a wrong address fails the start, not the first customer. The stream that it asks over stays open
//! as long as the gateway, as it does in gateways that go on asking. It ends with the gateway's last handler, or
//! when the server drains, whichever is earlier: it holds up neither.

use std::sync::Arc;

use prost::Message;
use prost_types::FileDescriptorProto;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use crate::proto::orders_client::OrdersClient;
use crate::proto::orders_server::SERVICE_NAME;

/// What the gateway calls.
const METHODS: [&str; 4] = ["CreateOrder", "GetOrder", "ListOrders", "WatchOrders"];

/// A client of a server that has all of [`METHODS`]; clones share its connection.
#[derive(Clone)]
pub(crate) struct Upstream {
    orders: OrdersClient<Channel>,
    _reflection: Arc<Reflection>,
}

/// An open reflection stream; dropping it ends the stream.
struct Reflection {
    ask: mpsc::Sender<ServerReflectionRequest>,
    answers: Streaming<ServerReflectionResponse>,
}

/// Why the server is none that the gateway can use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpstreamError {
    #[error("the rpc server does not answer: {}: {}", .0.code(), .0.message())]
    NoAnswer(Status),
    #[error("the rpc server has no service `{SERVICE_NAME}`: {0}")]
    NoService(String),
    #[error("the rpc server has no method `{SERVICE_NAME}/{0}`")]
    NoMethod(&'static str),
}

impl From<Status> for UpstreamError {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::NotFound => Self::NoService(status.message().to_owned()),
            _ => Self::NoAnswer(status),
        }
    }
}

impl Upstream {
    /// Makes sure that the server at the other end has all that the gateway calls.
    pub(crate) async fn connect(channel: Channel) -> Result<Self, UpstreamError> {
        let mut reflection = Reflection::open(channel.clone()).await?;
        let files = reflection.files_of(SERVICE_NAME).await?;
        match METHODS.into_iter().find(|method| !has_method(&files, method)) {
            Some(missing) => Err(UpstreamError::NoMethod(missing)),
            None => Ok(Self { orders: OrdersClient::new(channel), _reflection: Arc::new(reflection) }),
        }
    }

    /// A client to call the service with.
    pub(crate) fn orders(&self) -> OrdersClient<Channel> {
        self.orders.clone()
    }
}

impl Reflection {
    async fn open(channel: Channel) -> Result<Self, UpstreamError> {
        let (ask, asked) = mpsc::channel(1);
        let asked = ReceiverStream::new(asked);
        let answers = ServerReflectionClient::new(channel).server_reflection_info(asked).await?;
        Ok(Self { ask, answers: answers.into_inner() })
    }

    /// The descriptors of the file that has this service.
    async fn files_of(&mut self, service: &str) -> Result<Vec<FileDescriptorProto>, UpstreamError> {
        let request = MessageRequest::FileContainingSymbol(service.to_owned());
        let request = ServerReflectionRequest { host: String::new(), message_request: Some(request) };
        let closed = || UpstreamError::NoService("it ended the reflection stream".into());
        self.ask.send(request).await.map_err(|_| closed())?;
        let answer = self.answers.message().await?.ok_or_else(closed)?;
        match answer.message_response {
            Some(MessageResponse::FileDescriptorResponse(files)) => decode(&files.file_descriptor_proto),
            Some(MessageResponse::ErrorResponse(error)) => Err(UpstreamError::NoService(error.error_message)),
            _ => Err(UpstreamError::NoService("it answered something else".into())),
        }
    }
}

fn decode(files: &[Vec<u8>]) -> Result<Vec<FileDescriptorProto>, UpstreamError> {
    let files = files.iter().map(|file| FileDescriptorProto::decode(file.as_slice()));
    files.collect::<Result<_, _>>().map_err(|error| UpstreamError::NoService(error.to_string()))
}

fn has_method(files: &[FileDescriptorProto], method: &str) -> bool {
    let services = files.iter().flat_map(|file| {
        let package = file.package();
        file.service.iter().filter(move |service| format!("{package}.{}", service.name()) == SERVICE_NAME)
    });
    services.flat_map(|service| &service.method).any(|found| found.name() == method)
}
