//! The first program of README.md compiles.
#![cfg(all(feature = "http", feature = "grpc"))]

#[rustfmt::skip]
#[path = "readme/program.rs"]
#[expect(dead_code, clippy::unused_async, reason = "the program is compiled, and never runs")]
mod program;

/// The program is the text of the README, followed by what a user would have written in other files.
#[test]
fn the_readme_shows_the_program() {
    let readme = include_str!("../../README.md");
    let (_, block) = readme.split_once("```rust\n").expect("README.md has a block of Rust");
    let (block, _) = block.split_once("```").expect("the block has an end");
    let program = include_str!("readme/program.rs");
    assert!(
        program.starts_with(block),
        "servers/tests/readme/program.rs does not start with README.md's\n{block}"
    );
}
