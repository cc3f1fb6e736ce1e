//! The messages, client and server of `orders.v1`, as `build.rs` generates them.
#![allow(clippy::pedantic, missing_docs, unreachable_pub, reason = "generated code")]

tonic::include_proto!("orders.v1");

/// What server reflection answers from.
pub(crate) const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
