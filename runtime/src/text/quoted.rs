//! Names in backticks, as one text.

use std::fmt::Display;

/// Returns the names in backticks, with the separator between them.
pub(crate) fn quoted(names: impl IntoIterator<Item = impl Display>, separator: &str) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(separator)
}
