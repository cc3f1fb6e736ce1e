//! The public API of the three published crates, line by line, is what `tests/public-api/` lists.
//!
//! A change of the public API changes these files, so that it is reviewed as one. To write them:
//! `BLESS=1 cargo test -p service-group-tests --test api_listing`. rustdoc writes its JSON only on a nightly toolchain:
//! without one the test prints that it was skipped.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use public_api::{Builder, Error};

const CRATES: [&str; 3] = ["service-group", "service-group-macros", "service-group-servers"];

/// cargo of the nightly toolchain. rustup sets variables for the toolchain that runs the test; they would win.
fn nightly(arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new("cargo");
    command.arg("+nightly").args(arguments).current_dir(workspace());
    for variable in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN", "RUSTFLAGS", "RUSTDOCFLAGS"] {
        command.env_remove(variable);
    }
    command.output().ok()
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Prints to the real stderr: the harness hides what a passing test prints with `eprintln!`.
fn skip(reason: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: the public API was not compared: {reason}");
}

/// The public items of a crate with all features. Blanket and automatic impls follow from the others; that the types are
/// `Send` and `Sync` is a test of its own.
fn listing(krate: &str) -> Result<String, Error> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("public-api");
    let target_dir = target.to_str().expect("the path of the target folder is UTF-8");
    let arguments =
        ["rustdoc", "--offline", "--all-features", "--lib", "--package", krate, "--target-dir", target_dir];
    let options = ["--", "-Z", "unstable-options", "--output-format", "json", "--cap-lints", "allow"];
    let output = nightly(&[&arguments[..], &options].concat()).expect("it has run before");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json = target.join("doc").join(krate.replace('-', "_")).with_extension("json");
    let api =
        Builder::from_rustdoc_json(json).omit_blanket_impls(true).omit_auto_trait_impls(true).build()?;
    let items: BTreeSet<_> = api.items().map(ToString::to_string).collect();
    Ok(items.into_iter().map(|item| item + "\n").collect())
}

/// The lines that only one of two listings has.
fn difference(expected: &str, found: &str) -> String {
    let [expected, found] = [expected, found].map(|text| text.lines().collect::<BTreeSet<_>>());
    let removed = expected.difference(&found).map(|line| format!("- {line}\n"));
    let added = found.difference(&expected).map(|line| format!("+ {line}\n"));
    removed.chain(added).collect()
}

#[test]
fn the_public_api_is_what_is_listed() {
    if nightly(&["--version"]).is_none_or(|output| !output.status.success()) {
        return skip("no nightly toolchain is installed");
    }
    let mut differences = String::new();
    for krate in CRATES {
        let found = match listing(krate) {
            Ok(found) => found,
            Err(Error::SerdeJsonError(error)) => {
                return skip(&format!(
                    "the installed nightly writes another format of rustdoc JSON: {error}"
                ));
            }
            Err(error) => panic!("{error}"),
        };
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("public-api").join(krate).with_extension("txt");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&file, &found).expect("the listing can be written");
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if expected != found {
            differences.extend([krate, ":\n", &difference(&expected, &found)]);
        }
    }
    assert!(
        differences.is_empty(),
        "the public API has changed: write tests/public-api/ with BLESS=1, and review the difference\n\n{differences}"
    );
}
