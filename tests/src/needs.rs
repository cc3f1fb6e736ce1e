//! Programs that some tests drive, and that a machine may not have.

use std::env;
use std::path::{Path, PathBuf};

/// Returns the path of the first of these programs that is on the path.
///
/// Returns `None` where there is none of them, so that the caller skips its test: `cargo test` works on a machine that
/// has a Rust toolchain and nothing else. Where `CI` is `true` nothing is skipped.
///
/// # Panics
///
/// If there is none of them and `CI` is `true`.
#[must_use]
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    // Servers are installed in a folder that is on the path of root alone.
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = env::split_paths(&path).chain(["/usr/sbin".into()]).collect();
    let in_folder = |name: &&str| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file());
    let found = names.iter().find_map(in_folder);
    if found.is_none() {
        skip(&format!("none of these programs is on the path: {}", names.join(", ")));
    }
    found
}

/// Returns the program that this variable of the environment names, or else the first of these that is on the path.
///
/// # Panics
///
/// If there is none of them and `CI` is `true`.
#[must_use]
pub fn find_chosen_program(variable: &str, names: &[&str]) -> Option<PathBuf> {
    let chosen = env::var_os(variable).filter(|chosen| !chosen.is_empty());
    chosen.map(|chosen| Path::new(&chosen).to_owned()).or_else(|| find_program(names))
}

/// Decides what happens to a test that cannot run here.
fn skip(reason: &str) {
    assert!(
        env::var_os("CI").is_none_or(|ci| ci != "true"),
        "{reason}; with CI=true a test that is skipped counts as failed: install one of them, or set CI=false"
    );
    eprintln!("SKIPPED: {reason}");
}
