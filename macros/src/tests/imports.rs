//! No circle among the files of this crate: each module imports only modules below it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{ItemMod, ItemUse, UseTree, Visibility};

/// The modules of the crate, top to bottom. A module may import those below it.
const LAYERS: [&str; 16] = [
    "lib",
    "attribute",
    "struct_docs",
    "derive",
    "type_macros",
    "expand",
    "check",
    "plan_docs",
    "plan",
    "ast",
    "arguments",
    "duration",
    "uses",
    "message",
    // These import nothing of the crate.
    "errors",
    "graph keys manifest repair",
];

/// The files that each file imports, by the path of their module.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// Collects what one file imports: its `use`s, the paths in its code, and its own modules.
struct Collector<'a> {
    module: &'a str,
    modules: &'a BTreeSet<String>,
    found: BTreeSet<String>,
}

impl Collector<'_> {
    /// Adds the file that a path leads to: the longest part of the path that is a module.
    fn add(&mut self, path: &[String]) {
        let parent = self.module.rsplit_once("::").map_or("", |(parent, _)| parent);
        let absolute = match path.split_first() {
            Some((first, rest)) if first == "crate" => rest.join("::"),
            Some((first, rest)) if first == "super" => join(parent, &rest.join("::")),
            _ if self.module == "lib" => path.join("::"),
            _ => join(self.module, &path.join("::")),
        };
        let mut module = absolute.as_str();
        while !self.modules.contains(module) {
            let Some((shorter, _)) = module.rsplit_once("::") else { return };
            module = shorter;
        }
        if module != self.module {
            self.found.insert(module.to_owned());
        }
    }

    fn add_tree(&mut self, tree: &UseTree, mut path: Vec<String>) {
        match tree {
            UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                self.add_tree(&inner.tree, path);
            }
            UseTree::Name(name) => {
                path.push(name.ident.to_string());
                self.add(&path);
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_tree(tree, path.clone())),
            _ => self.add(&path),
        }
    }
}

fn join(parent: &str, rest: &str) -> String {
    if parent.is_empty() { rest.to_owned() } else { format!("{parent}::{rest}") }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.add_tree(&item.tree, Vec::new());
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.add(&[item.ident.to_string()]);
    }

    // `pub(super)` is a path for syn, and not an import.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.add(&path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>());
        visit::visit_path(self, path);
    }
}

/// The module of each file except the tests, with its source.
fn files(folder: &Path, parent: &str, into: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let module = join(parent, &name);
        if name == "tests" {
        } else if path.is_dir() {
            files(&path, &module, into);
        } else {
            into.insert(module, std::fs::read_to_string(&path).expect("a source file"));
        }
    }
}

fn imports() -> Imports {
    let mut sources = BTreeMap::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut sources);
    let modules: BTreeSet<String> = sources.keys().cloned().collect();
    let imports = sources.iter().map(|(module, source)| {
        let file = syn::parse_file(source).expect("a source file");
        let mut collector = Collector { module, modules: &modules, found: BTreeSet::new() };
        collector.visit_file(&file);
        (module.clone(), collector.found)
    });
    imports.collect()
}

fn layer(module: &str) -> usize {
    let top = module.split("::").next().unwrap_or(module);
    let found = LAYERS.iter().position(|layer| layer.split(' ').any(|name| name == top));
    found.unwrap_or_else(|| panic!("`{top}` has no layer: add it to `LAYERS`"))
}

#[test]
fn a_module_imports_only_layers_below_it() {
    for (module, imported) in imports() {
        for other in imported {
            let is_inside = module.split("::").next() == other.split("::").next();
            assert!(
                is_inside || layer(&module) < layer(&other),
                "`{module}` imports `{other}`, which is above"
            );
        }
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut left = imports();
    assert!(left["expand"].contains("expand::cells"), "the imports are found: {left:?}");
    loop {
        let leaves: Vec<String> = left
            .iter()
            .filter(|(_, imported)| !imported.iter().any(|other| left.contains_key(other)))
            .map(|(module, _)| module.clone())
            .collect();
        if leaves.is_empty() {
            break;
        }
        for leaf in &leaves {
            left.remove(leaf);
        }
    }
    assert!(left.is_empty(), "these files import each other: {left:#?}");
}
