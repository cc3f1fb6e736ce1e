//! The programs of docs/guide that need large crates of others. Its `README.md` says how they are built.

#[path = "../../../tests/guide/src/host.rs"]
mod host;

include!(concat!(env!("OUT_DIR"), "/tests.rs"));
