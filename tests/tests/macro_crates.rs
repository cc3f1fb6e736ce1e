//! Whole crates, in each edition: a group causes no warning in a crate with all lints on, and a keyword of a later edition
//! is a name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A crate of its own, beside the workspace and with its lock file.
fn write_crate(source: &str, edition: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let krate = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{source}-{edition}"));
    let manifest = format!(
        "[package]\nname = \"{source}\"\nversion = \"0.1.0\"\nedition = \"{edition}\"\npublish = false\n\n\
         [lib]\npath = \"{}\"\n\n[dependencies]\nservice-group = {{ path = \"{}\" }}\n\n[workspace]\n",
        workspace.join("tests/tests/macro_crates").join(source).with_extension("rs").display(),
        workspace.join("runtime").display(),
    );
    fs::create_dir_all(&krate).expect("the folder of the crate can be made");
    fs::write(krate.join("Cargo.toml"), manifest).expect("the manifest can be written");
    fs::copy(workspace.join("Cargo.lock"), krate.join("Cargo.lock")).expect("the lock file can be copied");
    krate
}

fn has_no_warnings(source: &str, edition: &str) {
    let output = Command::new(env!("CARGO"))
        .args(["clippy", "--quiet", "--offline", "--target-dir"])
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("strict-target"))
        .current_dir(write_crate(source, edition))
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn no_warnings_in_edition_2021() {
    has_no_warnings("strict", "2021");
}

#[test]
fn no_warnings_in_edition_2024() {
    has_no_warnings("strict", "2024");
}

#[test]
fn a_keyword_of_a_later_edition_is_a_name() {
    has_no_warnings("keywords", "2021");
}
