//! The JSON types of the gateway's requests and responses.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::proto;

/// The body of `POST /orders`. The gRPC service validates the values.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewOrder {
    pub(super) item: String,
    pub(super) quantity: u32,
}

/// The query of `GET /orders`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    #[serde(default)]
    pub(super) after: u64,
    pub(super) limit: Option<usize>,
}

/// An order in a response. `created_at` is in RFC 3339.
#[derive(Debug, Serialize)]
pub(super) struct Order {
    pub(super) id: u64,
    item: String,
    quantity: u32,
    created_at: Option<String>,
}

impl From<proto::Order> for Order {
    fn from(order: proto::Order) -> Self {
        let proto::Order { id, item, quantity, created_at } = order;
        let created_at = created_at.and_then(|at| SystemTime::try_from(at).ok());
        let created_at = created_at.map(|at| humantime::format_rfc3339_millis(at).to_string());
        Self { id, item, quantity, created_at }
    }
}
