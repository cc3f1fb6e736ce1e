//! The gateway's client of the gRPC service.
//!
//! Before it accepts requests, the gateway checks over server reflection that the server has all methods it calls. A
//! wrong address then fails the start and not the first request. The reflection stream stays open, as in gateways
//! that keep querying. It ends with the gateway's last handler or when the server drains, whichever is first, and
//! delays neither.

use std::future::ready;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use prost::Message;
use prost_types::FileDescriptorProto;
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use crate::proto::orders_client::OrdersClient;
use crate::proto::orders_server::SERVICE_NAME;

/// The methods that the gateway calls.
const METHODS: [&str; 4] = ["CreateOrder", "GetOrder", "ListOrders", "WatchOrders"];

/// A client of a server that has all of [`METHODS`]. Clones share the connection.
#[derive(Clone)]
pub(crate) struct Upstream {
    orders: OrdersClient<Channel>,
    _reflection: Arc<ReflectionStream>,
}

/// An open reflection stream. Dropping it ends the stream.
type ReflectionStream = Streaming<ServerReflectionResponse>;

/// Why the gateway cannot use the server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpstreamError {
    #[error("the rpc server does not answer: {}: {}", .0.code(), .0.message())]
    Silent(Status),
    #[error("the rpc server has no service `{SERVICE_NAME}`: {0}")]
    NoService(String),
    #[error("the rpc server has no method `{SERVICE_NAME}/{0}`")]
    NoMethod(&'static str),
}

impl From<Status> for UpstreamError {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::NotFound => Self::NoService(status.message().to_owned()),
            _ => Self::Silent(status),
        }
    }
}

impl Upstream {
    /// Checks that the server has all of [`METHODS`].
    ///
    /// # Errors
    ///
    /// When the server does not answer, or has no such service, or lacks a method.
    pub(crate) async fn connect(channel: Channel) -> Result<Self, UpstreamError> {
        let mut answers = open_reflection(channel.clone()).await?;
        let files = match answers.message().await?.and_then(|answer| answer.message_response) {
            Some(MessageResponse::FileDescriptorResponse(files)) => decode(&files.file_descriptor_proto)?,
            Some(MessageResponse::ErrorResponse(error)) => {
                return Err(UpstreamError::NoService(error.error_message));
            }
            _ => {
                return Err(UpstreamError::NoService(
                    "the reflection response has another type than expected".into(),
                ));
            }
        };
        match METHODS.into_iter().find(|method| !has_method(&files, method)) {
            Some(missing) => Err(UpstreamError::NoMethod(missing)),
            None => Ok(Self { orders: OrdersClient::new(channel), _reflection: Arc::new(answers) }),
        }
    }

    /// Returns a client of the service.
    pub(crate) fn orders(&self) -> OrdersClient<Channel> {
        self.orders.clone()
    }
}

/// Requests the descriptors of the file that defines the service.
async fn open_reflection(channel: Channel) -> Result<ReflectionStream, Status> {
    let question = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::FileContainingSymbol(SERVICE_NAME.to_owned())),
    };
    // The request stream never ends, so that the server keeps its side open too.
    let questions = stream::once(ready(question)).chain(stream::pending());
    Ok(ServerReflectionClient::new(channel).server_reflection_info(questions).await?.into_inner())
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
