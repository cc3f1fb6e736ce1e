//! The graph systems of Go on the same graphs as a group, and the story of the README in go-zero and in `gateway-rpc`.
//!
//! The programs in Go are in `benches/peers`, and are built here. Without Go, and in a small run, only ours are measured.
//! An argument `graph` or `story` selects one of the two.

mod app;
mod graph;
mod scenarios;
mod story;

use std::path::{Path, PathBuf};
use std::process::Command;

use service_group_benches::{full_or_small, repository};

fn main() {
    let go = full_or_small(true, false);
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    if "graph".contains(&only) {
        graph::measure(go);
    }
    if "story".contains(&only) {
        story::measure(go);
    }
}

/// Builds a program of `benches/peers`, with the versions of that `.mod` file. Returns `None`, and prints why, where that fails.
fn go_program(package: &str, versions: &str) -> Option<PathBuf> {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{package}-{versions}"));
    let built = Command::new("go")
        .args(["build", "-modfile", versions, "-o"])
        .arg(&program)
        .arg(format!("./{package}"))
        .current_dir(repository().join("benches/peers"))
        .output();
    match built {
        Err(error) => println!("SKIPPED: `go` does not run: {error}\n"),
        Ok(output) if !output.status.success() => {
            println!("SKIPPED: `go build` failed: {}\n", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(_) => return Some(program),
    }
    None
}
