//! Compiles the programs of docs/guide that need large crates of others, from its pages.

#[path = "../../tests/guide/src/blocks.rs"]
mod blocks;

use std::path::PathBuf;
use std::{env, io};

fn main() -> io::Result<()> {
    let folder = |variable| env::var_os(variable).map(PathBuf::from).ok_or(io::ErrorKind::NotFound);
    blocks::generate(&folder("CARGO_MANIFEST_DIR")?.join("../../docs/guide"), &folder("OUT_DIR")?, true)
}
