//! The source files of a crate, and what they import.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::paths::{Found, child_imports, code_only, paths};

/// A file under `src/`.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// From the root of the repository.
    pub(crate) path: String,
    pub(crate) code: String,
    /// The module that the file is: `engine::stop`.
    pub(crate) module: Vec<String>,
}

/// Returns all files of the crate except those of tests.
pub(crate) fn source_files(krate: &str) -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut files = Vec::new();
    let mut folders = vec![root.join(krate).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of the crate") {
            let path = entry.expect("an entry").path();
            let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
            if stem == "tests" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).expect("a file of the crate");
                let path = path.strip_prefix(root).expect("in the workspace").to_string_lossy().into_owned();
                let module = path.splitn(3, '/').nth(2).expect("under `src`").trim_end_matches(".rs");
                let module = module.split('/').map(str::to_owned).collect();
                files.push(SourceFile { code: code_only(&source), path, module });
            }
        }
    }
    files
}

impl SourceFile {
    /// The name below `src/`.
    pub(crate) fn name(&self) -> &str {
        self.path.splitn(3, '/').nth(2).expect("under `src`")
    }

    /// The folder or file directly below `src/`.
    pub(crate) fn top_module(&self) -> Option<&str> {
        self.module.first().map(String::as_str)
    }

    /// Every import, as a path from the root of the crate, with its line.
    pub(crate) fn imports(&self) -> Vec<(usize, Vec<String>)> {
        paths(&self.code).into_iter().map(|found| (found.line, self.absolute(&found.segments))).collect()
    }

    /// The files of the same crate that this one imports. Re-exports do not count: they import nothing into the file.
    pub(crate) fn imported_files<'a>(&'a self, files: &'a [Self]) -> BTreeSet<&'a str> {
        let is_root = self.module == ["lib"] || self.module == ["private"];
        let imports = paths(&self.code).into_iter().filter(|found| !found.is_reexport && !is_root);
        let children = child_imports(&self.code).into_iter().map(|path| [self.module.clone(), path].concat());
        let paths = imports.map(|Found { segments, .. }| self.absolute(&segments)).chain(children);
        let targets = paths.filter_map(|path| resolve(&path, files));
        targets.map(Self::name).filter(|name| *name != self.name()).collect()
    }

    fn absolute(&self, segments: &[String]) -> Vec<String> {
        let supers = segments.iter().take_while(|segment| *segment == "super").count();
        if supers == 0 {
            return segments[1..].to_vec();
        }
        let kept = self.module.len().saturating_sub(supers);
        [&self.module[..kept], &segments[supers..]].concat()
    }
}

/// The file that defines the item: the module, or the one from which the module re-exports it.
fn resolve<'a>(path: &[String], files: &'a [SourceFile]) -> Option<&'a SourceFile> {
    let mut modules = (1..=path.len()).rev().map(|length| &path[..length]);
    let file = modules.find_map(|module| files.iter().find(|file| file.module == module))?;
    let Some(item) = path.get(file.module.len()) else { return Some(file) };
    let child = reexported_from(file, item);
    let child = child.map(|child| [file.module.clone(), child, vec![item.clone()]].concat());
    match child {
        Some(path) => resolve(&path, files),
        None => Some(file),
    }
}

/// The child module in a line like `pub(crate) use child::{Item, Other};`.
fn reexported_from(file: &SourceFile, item: &str) -> Option<Vec<String>> {
    let statements = file.code.split(';');
    let uses = statements.filter_map(|statement| {
        let at = statement.find("use ").filter(|at| statement[..*at].trim_end().ends_with(['b', ')']))?;
        Some(&statement[at + 4..])
    });
    let mut sources = uses.filter_map(|path| {
        let (module, items) = path.trim().rsplit_once("::").or(Some((path.trim(), "")))?;
        let module = path.split_once("::{").map_or(module, |(module, _)| module);
        let items = path.split_once("::{").map_or(items, |(_, items)| items);
        let names = items.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let is_child = !module.starts_with("crate") && !module.starts_with("super");
        (is_child && names.into_iter().any(|name| name == item)).then_some(module)
    });
    sources.next().map(|module| module.split("::").map(|segment| segment.trim().to_owned()).collect())
}
