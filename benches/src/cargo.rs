//! Throw-away crates in a workspace of their own, and what it costs to compile one of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use crate::Cost;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// A workspace in the target directory, with the lock file of this one.
#[derive(Debug)]
pub struct Crates {
    folder: PathBuf,
    members: Vec<String>,
}

impl Crates {
    /// An empty workspace in that folder.
    ///
    /// # Panics
    ///
    /// When the folder cannot be written.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        fs::create_dir_all(&folder).expect("the folder can be made");
        fs::copy(repository().join("Cargo.lock"), folder.join("Cargo.lock"))
            .expect("the lock file is copied");
        Self { folder, members: Vec::new() }
    }

    /// Adds a crate of one file, `lib.rs` or `main.rs`, with these lines of dependencies.
    ///
    /// # Panics
    ///
    /// When the folder cannot be written.
    pub fn add(&mut self, name: &str, file: &str, dependencies: &str, source: &str) {
        let krate = self.folder.join(name);
        fs::create_dir_all(krate.join("src")).expect("the folder can be made");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n"
        );
        fs::write(krate.join("Cargo.toml"), manifest).expect("the manifest can be written");
        fs::write(krate.join("src").join(file), source).expect("the source can be written");
        self.members.push(format!("\"{name}\""));
        let workspace = format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n[profile.release]\nstrip = true\n",
            self.members.join(", ")
        );
        fs::write(self.folder.join("Cargo.toml"), workspace).expect("the manifest can be written");
    }

    /// What `cargo check` or `cargo build` of one crate costs when its only file has just changed and all else is there.
    ///
    /// # Panics
    ///
    /// When it does not compile.
    #[must_use]
    pub fn compile(&self, command: &str, name: &str, file: &str) -> Cost {
        let source = fs::File::options().write(true).open(self.folder.join(name).join("src").join(file));
        let touched = source.and_then(|source| source.set_modified(SystemTime::now()));
        touched.expect("the source can be touched");
        self.cargo(&[command], name, "target")
    }

    /// What an incremental `cargo check` of one crate costs after an edit that puts one text for another in its only file,
    /// or back.
    ///
    /// # Panics
    ///
    /// When neither text is in the file, or it does not compile.
    #[must_use]
    pub fn check_edited(&self, name: &str, file: &str, [one, other]: [&str; 2]) -> Cost {
        let path = self.folder.join(name).join("src").join(file);
        let source = fs::read_to_string(&path).expect("the source can be read");
        let edited =
            if source.contains(one) { source.replace(one, other) } else { source.replace(other, one) };
        assert_ne!(source, edited, "{name} has neither {one} nor {other}");
        fs::write(path, edited).expect("the source can be written");
        self.cargo(&["check"], name, INCREMENTAL)
    }

    /// The size of the executable of a crate in KiB, built by `cargo build --release` without symbols.
    ///
    /// # Panics
    ///
    /// When it does not compile.
    #[must_use]
    pub fn release_size(&self, name: &str) -> u64 {
        let _ = self.cargo(&["build", "--release"], name, "target");
        let executable = self.folder.join("target/release").join(name);
        fs::metadata(executable).expect("it was just built").len() / 1_024
    }

    /// What `cargo build` of one crate costs with all that it depends on.
    ///
    /// # Panics
    ///
    /// When it does not compile.
    #[must_use]
    pub fn cold(&self, name: &str) -> Cost {
        let target = self.folder.join("cold");
        if target.exists() {
            fs::remove_dir_all(&target).expect("the target directory can be removed");
        }
        self.cargo(&["build"], name, "cold")
    }

    /// How many crates one crate is made of, itself not counted.
    ///
    /// # Panics
    ///
    /// If cargo fails.
    #[must_use]
    pub fn count(&self, name: &str) -> usize {
        let tree =
            ["tree", "--offline", "--prefix", "none", "--format", "{p}", "--no-dedupe", "--package", name];
        let output = Command::new(env!("CARGO")).args(tree).current_dir(&self.folder).output();
        let listed = String::from_utf8(output.expect("cargo runs").stdout).expect("names are text");
        let mut crates: Vec<&str> = listed.lines().skip(1).filter(|line| !line.is_empty()).collect();
        crates.sort_unstable();
        crates.dedup();
        crates.len()
    }

    fn cargo(&self, command: &[&str], name: &str, target: &str) -> Cost {
        let (before, begin) = (of_children(), Instant::now());
        let output = Command::new(env!("CARGO"))
            .args(command)
            .args(["--quiet", "--offline", "--package", name, "--target-dir", target])
            .current_dir(&self.folder)
            .env("CARGO_INCREMENTAL", if target == INCREMENTAL { "1" } else { "0" })
            .env_remove("RUSTFLAGS")
            .stdin(Stdio::null())
            .output()
            .expect("cargo runs");
        let cost = Cost { processor: of_children().saturating_sub(before), wall: begin.elapsed() };
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{command:?} of {name}: {said}");
        cost
    }
}

/// The target directory of incremental builds.
const INCREMENTAL: &str = "incremental";

/// The folder of the workspace that this crate is in.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The processor time of all that this process has started and waited for.
fn of_children() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system keeps an account");
    let time = |value: TimeVal| {
        let parts = (u64::try_from(value.tv_sec()), u64::try_from(value.tv_usec()));
        Duration::from_secs(parts.0.unwrap_or_default()) + Duration::from_micros(parts.1.unwrap_or_default())
    };
    time(usage.user_time()) + time(usage.system_time())
}
