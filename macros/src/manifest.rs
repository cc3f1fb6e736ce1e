//! The names of the user's dependencies, from the Cargo.toml of the package that is compiled: what this library is called
//! there, and whether a `crate = ::name` can exist.
//!
//! It reads lines rather than TOML. What it does not understand it does not find, and nothing depends on finding it.

use std::collections::BTreeSet;
use std::path::PathBuf;

const PACKAGE: &str = "service-group";

/// What a manifest shows.
#[derive(Default, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// The names of crates that code can refer to as `::name`, if nothing renames them there.
    crates: BTreeSet<String>,
    /// The name of the dependency on this library, where it has another one.
    renamed: Option<String>,
}

impl Manifest {
    /// Reads the manifest. `None` if there is none, as outside of cargo.
    pub(crate) fn read() -> Option<Self> {
        let folder = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR")?);
        let text = std::fs::read_to_string(folder.join("Cargo.toml")).ok()?;
        Some(Self::parse(&text))
    }

    pub(crate) fn parse(text: &str) -> Self {
        let mut manifest = Self::default();
        let mut table = "";
        for line in text.lines().map(str::trim) {
            if let Some(header) = line.strip_prefix('[') {
                table = header.trim_matches(['[', ']', ' ']);
                if let Some((_, name)) = table.split_once("dependencies.") {
                    manifest.add(name);
                }
            } else if let Some((key, value)) = line.split_once('=') {
                manifest.add_line(table, key.trim(), value.trim());
            }
        }
        manifest
    }

    fn add_line(&mut self, table: &str, key: &str, value: &str) {
        let is_package = |text: &str| text.split(['"', '\'']).any(|part| part == PACKAGE);
        if key == "name" && matches!(table, "package" | "lib") {
            self.add(value);
        } else if table.ends_with("dependencies") {
            let name = key.split('.').next().unwrap_or(key);
            self.add(name);
            if value.contains("package") && is_package(value) {
                self.rename(name);
            }
        } else if let Some((_, name)) = table.split_once("dependencies.")
            && key == "package"
            && is_package(value)
        {
            self.rename(name);
        }
    }

    fn add(&mut self, name: &str) {
        self.crates.insert(crate_name(name));
    }

    fn rename(&mut self, name: &str) {
        self.renamed = Some(crate_name(name)).filter(|name| *name != crate_name(PACKAGE));
    }

    /// The name of this library, if it is not the usual one.
    pub(crate) fn renamed(&self) -> Option<&str> {
        self.renamed.as_deref().filter(|_| !self.crates.contains(&crate_name(PACKAGE)))
    }

    /// Returns whether `::name` can be a crate.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.crates.contains(name) || ["std", "core", "alloc"].contains(&name)
    }
}

/// The name of a package or dependency as code writes it.
fn crate_name(name: &str) -> String {
    name.trim_matches(['"', '\'', ' ']).replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_dependency_is_found() {
        let renamed = |text: &str| Manifest::parse(text).renamed().map(str::to_owned);
        let groups = Some("my_groups".to_owned());
        assert_eq!(
            renamed("[dependencies]\nmy-groups = { package = \"service-group\", version = \"0.1\" }"),
            groups
        );
        assert_eq!(
            renamed("[target.'cfg(unix)'.dependencies]\nmy-groups={version='1', package='service-group'}"),
            groups
        );
        assert_eq!(
            renamed("[dependencies.my-groups]\nversion = \"0.1\"\npackage = \"service-group\""),
            groups
        );
        assert_eq!(
            renamed("[dependencies]\nmy-groups = { package = \"other\" }\nservice-group = \"0.1\""),
            None
        );
        assert_eq!(
            renamed(
                "[dependencies]\nservice-group = \"1\"\n[dev-dependencies]\nx = { package = \"service-group\" }"
            ),
            None
        );
        assert_eq!(
            renamed("[package]\nname = \"service-group\"\n[features]\npackage = [\"service-group\"]"),
            None
        );
    }

    #[test]
    fn the_crates_of_all_tables_are_known() {
        let manifest = Manifest::parse(
            "[package]\nname = \"my-app\"\n[dependencies]\na-b = \"1\"\nc.workspace = true\n[build-dependencies.d]\n",
        );
        assert!(
            ["my_app", "a_b", "c", "d", "std"].into_iter().all(|name| manifest.has(name)),
            "{manifest:?}"
        );
        assert!(!manifest.has("e"));
    }
}
