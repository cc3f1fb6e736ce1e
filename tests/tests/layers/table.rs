//! The map of DEVELOPMENT.md: folder, and the folders that it may import.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug)]
pub(crate) struct Table {
    /// By `runtime/src/text`, for example.
    allowed: BTreeMap<String, BTreeSet<String>>,
}

impl Table {
    pub(crate) fn from_development_md() -> Self {
        Self::parse(include_str!("../../../DEVELOPMENT.md"))
    }

    /// Reads rows like `` | `runtime/src/model/` | plan, cause | text | ``.
    fn parse(text: &str) -> Self {
        let row = |line: &str| {
            let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
            let folder = cells.first()?.strip_prefix('`')?.strip_suffix("/`")?.to_owned();
            let allowed = cells.get(2)?.split(',').map(|name| name.trim().to_owned());
            Some((folder, allowed.filter(|name| !name.is_empty()).collect()))
        };
        Self { allowed: text.lines().filter_map(row).collect() }
    }

    pub(crate) fn has(&self, krate: &str, folder: &str) -> bool {
        self.allowed.contains_key(&format!("{krate}/src/{folder}"))
    }

    pub(crate) fn allows(&self, krate: &str, folder: &str, other: &str) -> bool {
        other == "sync" || self.allowed[&format!("{krate}/src/{folder}")].contains(other)
    }

    pub(crate) fn folders(&self, krate: &str) -> BTreeSet<&str> {
        let prefix = format!("{krate}/src/");
        self.allowed.keys().filter_map(|folder| folder.strip_prefix(&prefix)).collect()
    }
}

#[test]
fn a_row_is_read() {
    let table = Table::parse(
        "| folder | owns | may import |\n|---|---|---|\n| `runtime/src/state/` | x | model, text |\n| `runtime/src/text/` | y | |",
    );
    assert_eq!(table.folders("runtime"), BTreeSet::from(["state", "text"]));
    assert!(table.allows("runtime", "state", "model") && !table.allows("runtime", "state", "engine"));
    assert!(!table.allows("runtime", "text", "model"));
}
