//! The map of DEVELOPMENT.md: folders and files of a crate, and what they may import.

use std::collections::BTreeSet;

#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

/// A row of the map.
#[derive(Debug)]
pub(crate) struct Row {
    krate: String,
    /// Module paths, such as `process/progress`. A module belongs to the row that has the longest path above it.
    modules: Vec<String>,
    may_import: BTreeSet<String>,
}

impl Table {
    pub(crate) fn from_development_md() -> Self {
        Self::parse(include_str!("../../../DEVELOPMENT.md"))
    }

    /// Reads rows like `` | `runtime/src/model/` | plan, cause | text | `` and `` | `servers/src/http.rs`, `grpc.rs` | servers | stop | ``.
    fn parse(text: &str) -> Self {
        let row = |line: &str| {
            let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
            let [names, _, may_import] = cells.as_slice() else { return None };
            let mut names = names.split(", ").map(|name| name.trim_matches('`'));
            let (krate, first) = names.next()?.split_once("/src/")?;
            let modules = std::iter::once(first).chain(names);
            let modules = modules.map(|name| name.trim_end_matches('/').trim_end_matches(".rs").to_owned());
            let may_import = may_import.split(',').map(|name| name.trim().to_owned());
            Some(Row {
                krate: krate.to_owned(),
                modules: modules.collect(),
                may_import: may_import.filter(|name| !name.is_empty()).collect(),
            })
        };
        Self { rows: text.lines().filter_map(row).collect() }
    }

    /// The row of a module of a crate, and the path by which the row names it.
    fn row_of(&self, krate: &str, module: &[String]) -> Option<(&Row, &str)> {
        let rows = self.rows.iter().filter(|row| row.krate == krate);
        let named = rows.flat_map(|row| row.modules.iter().map(move |path| (row, path.as_str())));
        named.filter(|(_, path)| is_below(module, path)).max_by_key(|(_, path)| path.len())
    }

    /// Whether a module may import a path. Where one of both is in no row, it may.
    pub(crate) fn allows(&self, krate: &str, module: &[String], imported: &[String]) -> bool {
        let (Some((row, own)), Some((other, path))) =
            (self.row_of(krate, module), self.row_of(krate, imported))
        else {
            return true;
        };
        let is_own = std::ptr::eq(row, other) || is_below(imported, own);
        is_own || row.may_import.iter().any(|name| is_below(imported, name) && path.starts_with(name))
    }

    /// The folders and files directly below `src/` that the map names.
    pub(crate) fn top_level(&self, krate: &str) -> BTreeSet<&str> {
        let rows = self.rows.iter().filter(|row| row.krate == krate);
        rows.flat_map(|row| &row.modules).map(String::as_str).filter(|path| !path.contains('/')).collect()
    }
}

/// Whether a module is at or below a path such as `process/progress`.
fn is_below(module: &[String], path: &str) -> bool {
    let path: Vec<&str> = path.split('/').collect();
    path.len() <= module.len() && path.iter().zip(module).all(|(segment, own)| segment == own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read() {
        let table = Table::parse(
            "| folder | owns | may import |\n|---|---|---|\n| `runtime/src/text/` | y | |\n\
             | `runtime/src/state/`, `group.rs` | x | text |\n| `runtime/src/process/` | z | state, text |\n\
             | `runtime/src/process/progress/` | z | text |\n",
        );
        let allows = |module: &str, imported: &str| {
            let path = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
            table.allows("runtime", &path(module), &path(imported))
        };
        assert_eq!(table.top_level("runtime"), BTreeSet::from(["group", "process", "state", "text"]));
        assert!(allows("state::group_state", "text::Line") && allows("state::a", "state::b"));
        assert!(allows("state::a", "group::B") && allows("lib", "process") && allows("state", "sync::lock"));
        assert!(!allows("text::line", "state::a") && !allows("group", "process::outcome"));
        assert!(allows("process::outcome", "process::progress::frame"), "what is below it");
        assert!(allows("process::progress::frame", "text::Line"));
        assert!(!allows("process::progress::frame", "state::a"), "less than the folder around it");
        assert!(!allows("process::progress::frame", "process::outcome"), "nor the folder around it");
    }
}
