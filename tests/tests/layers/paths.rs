//! Finds paths in Rust code.

/// A path that begins with `crate` or `super`, with its line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) line: usize,
    /// Whether it stands in a `pub use`, which re-exports.
    pub(crate) is_reexport: bool,
    pub(crate) segments: Vec<String>,
}

/// Removes comments, strings, and the modules of tests; lines stay where they are.
pub(crate) fn code_only(source: &str) -> String {
    let source = source.split("\nmod tests {").next().unwrap_or_default();
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("'\"'") {
            3
        } else if first == '"' {
            end_of_string(rest)
        } else {
            0
        };
        if skipped > 0 {
            code.extend(rest[..skipped].chars().filter(|character| *character == '\n'));
            rest = &rest[skipped..];
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    code
}

fn end_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Finds all paths that begin with `crate::` or `super::`, with nested braces resolved.
pub(crate) fn paths(code: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|character| character.is_alphanumeric() || "_:".contains(character)) {
                continue;
            }
            let line = code[..at].matches('\n').count() + 1;
            let statement = code[..at].rsplit([';', '}', '{']).next().unwrap_or_default();
            let statement = statement.trim_start();
            let is_reexport = statement.starts_with("pub") && statement.trim_end().ends_with("use");
            for segments in expand(&code[at..]) {
                found.push(Found { line, is_reexport, segments });
            }
        }
    }
    found
}

/// Finds the paths of private `use` items that begin with another name: a child module, or a crate.
pub(crate) fn child_imports(code: &str) -> Vec<Vec<String>> {
    let lines = code.match_indices("\nuse ").map(|(at, start)| &code[at + start.len()..]);
    let others = lines.filter(|path| !path.starts_with("crate::") && !path.starts_with("super::"));
    others.flat_map(expand).collect()
}

/// Resolves the braces of a path: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(text: &str) -> Vec<Vec<String>> {
    let (paths, _) = tree(text);
    paths
}

/// Reads one path with all that its braces contain, and returns the rest of the text.
fn tree(text: &str) -> (Vec<Vec<String>>, &str) {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        let mut all = Vec::new();
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('}') {
                return (all, after);
            }
            let (paths, after) = tree(rest);
            all.extend(paths);
            let after = after.trim_start();
            // `as name` does not change where the item comes from.
            let after = after.strip_prefix("as ").map_or(after, |renamed| {
                renamed.trim_start_matches(|character: char| character.is_alphanumeric() || character == '_')
            });
            rest = after.trim_start().strip_prefix(',').unwrap_or(after);
            if rest.is_empty() {
                return (all, rest);
            }
        }
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '*')).unwrap_or(text.len());
    let (segment, rest) = text.split_at(end);
    if segment.is_empty() {
        return (vec![Vec::new()], &rest[rest.chars().next().map_or(0, char::len_utf8)..]);
    }
    match rest.strip_prefix("::") {
        // `::<T>` ends a path.
        Some(inner) if !inner.starts_with('<') => {
            let (paths, rest) = tree(inner);
            let prefixed = paths.into_iter().map(|path| [vec![segment.to_owned()], path].concat());
            (prefixed.collect(), rest)
        }
        _ => (vec![vec![segment.to_owned()]], rest),
    }
}

#[test]
fn paths_are_found_in_and_outside_of_use() {
    let code = code_only(
        "use crate::model::{\n    Plan,\n    plan::{self, Graph as G},\n};\n// crate::comment::X\n\
         pub use super::super::state;\nfn f() { crate::text::print::<u8>(\"crate::string::Y\") }\n",
    );
    let all: Vec<String> = paths(&code).into_iter().map(|found| found.segments.join("::")).collect();
    assert_eq!(
        all,
        [
            "crate::model::Plan",
            "crate::model::plan::self",
            "crate::model::plan::Graph",
            "crate::text::print",
            "super::super::state"
        ]
    );
    assert!(paths(&code).iter().any(|found| found.is_reexport && found.line == 6), "{code}");
}

#[test]
fn modules_of_tests_are_left_out() {
    assert_eq!(paths(&code_only("#[cfg(test)]\nmod tests {\n    use crate::engine::X;\n}\n")), []);
}
