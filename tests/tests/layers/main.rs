//! Which folder or file of the published crates may import which, by the map in DEVELOPMENT.md.
//!
//! The test reads every path that begins with `crate` or `super`, in `use` items and elsewhere. Modules of tests may import
//! more, and are left out.

mod files;
mod paths;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use files::{SourceFile, source_files};
use table::Table;

/// Circles of files inside one folder, each with its reason.
const CIRCLES: &[(&[&str], &str)] = &[
    (
        &["state/group_state.rs", "state/service_entry.rs"],
        "a group holds its services, and a service that is a group holds the state of that group",
    ),
    (
        &[
            "process/supervisor.rs",
            "process/supervisor/pending_exit.rs",
            "process/supervisor/run.rs",
            "process/supervisor/runtime_shutdown.rs",
            "process/supervisor/signals.rs",
            "process/supervisor/stop_signal.rs",
            "process/supervisor/watchdog.rs",
        ],
        "the supervisor of the process is one static, which its parts wake and lock",
    ),
];

/// What all may import, or what imports everything.
const AT_THE_ROOT: [&str; 4] = ["dynamic", "lib", "private", "sync"];

#[test]
fn nothing_imports_what_the_map_forbids() {
    let table = Table::from_development_md();
    let mut wrong = Vec::new();
    for krate in ["runtime", "servers"] {
        for file in source_files(krate) {
            for (line, path) in file.imports() {
                if !table.allows(krate, &file.module, &path) {
                    wrong.push(format!("{}:{line} may not import `{}`", file.path, path.join("::")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "DEVELOPMENT.md forbids:\n{}", wrong.join("\n"));
}

/// The map names every folder and every file below `src/`, and nothing that is not there.
#[test]
fn the_map_names_everything() {
    let table = Table::from_development_md();
    for krate in ["runtime", "servers"] {
        let files = source_files(krate);
        let modules: BTreeSet<&str> = files
            .iter()
            .filter_map(SourceFile::top_module)
            .filter(|name| !AT_THE_ROOT.contains(name))
            .collect();
        assert_eq!(table.top_level(krate), modules, "{krate}");
    }
}

#[test]
fn the_servers_use_the_public_api_of_the_core_alone() {
    for file in source_files("servers") {
        assert!(!file.code.contains("__private"), "{} uses hidden items of the core", file.path);
    }
}

/// A circle between files makes both of them one piece for a reader.
#[test]
fn files_import_each_other_in_one_direction() {
    let mut wrong = Vec::new();
    for krate in ["macros", "runtime"] {
        let files = source_files(krate);
        let edges: BTreeMap<&str, BTreeSet<&str>> =
            files.iter().map(|file| (file.name(), file.imported_files(&files))).collect();
        for circle in circles(&edges) {
            let is_allowed =
                CIRCLES.iter().any(|(allowed, _)| circle.iter().all(|file| allowed.contains(file)));
            if !is_allowed {
                wrong.push(format!("{krate}: {}", circle.into_iter().collect::<Vec<_>>().join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "files import each other in a circle:\n{}", wrong.join("\n"));
}

/// The groups of files that reach each other.
fn circles<'a>(edges: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<BTreeSet<&'a str>> {
    let reaches: BTreeMap<&str, BTreeSet<&str>> =
        edges.keys().map(|file| (*file, reachable(file, edges))).collect();
    let mut seen = BTreeSet::new();
    let mut circles = Vec::new();
    for (file, reached) in &reaches {
        if reached.contains(file) && !seen.contains(file) {
            let circle: BTreeSet<&str> =
                reached.iter().copied().filter(|other| reaches[other].contains(file)).collect();
            seen.extend(circle.iter().copied());
            circles.push(circle);
        }
    }
    circles
}

fn reachable<'a>(from: &str, edges: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = edges[from].iter().copied().collect();
    while let Some(file) = open.pop() {
        if reached.insert(file) {
            open.extend(edges[file].iter().copied());
        }
    }
    reached
}

#[test]
fn a_circle_is_found() {
    let edges = BTreeMap::from([
        ("a", BTreeSet::from(["b"])),
        ("b", BTreeSet::from(["c"])),
        ("c", BTreeSet::from(["b"])),
    ]);
    assert_eq!(circles(&edges), [BTreeSet::from(["b", "c"])]);
}
