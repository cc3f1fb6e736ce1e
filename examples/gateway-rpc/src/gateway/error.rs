//! The error response of the gateway: a status and the body `{"error": ".."}`.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tonic::{Code, Status};

#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    message: String,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.message }))).into_response()
    }
}

/// Uses axum's status codes: 400 for malformed JSON, 413 for a body that is too large, 415 for another content type,
/// and 422 for JSON of another shape.
impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<Status> for ApiError {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::InvalidArgument => Self::new(StatusCode::UNPROCESSABLE_ENTITY, status.message()),
            Code::NotFound => Self::new(StatusCode::NOT_FOUND, status.message()),
            Code::Unavailable => {
                tracing::warn!(message = status.message(), "the orders service is unavailable");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "the orders service is unavailable")
            }
            code => {
                tracing::error!(?code, message = status.message(), "the orders service failed");
                Self::new(StatusCode::BAD_GATEWAY, "the orders service failed")
            }
        }
    }
}
