//! The tables of the reference against the code.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The first cells of the table below this comment, each up to its first space, bracket or `=`, without quotes.
pub(crate) fn names(page: &str, comment: &str) -> BTreeSet<String> {
    cells(page, comment).iter().map(|cell| first_word(cell).to_owned()).collect()
}

fn first_word(cell: &str) -> &str {
    cell.trim_matches('`').split([' ', '(', '=', '`']).next().unwrap_or_default()
}

/// The first cells of the table below this comment.
fn cells(page: &str, comment: &str) -> Vec<String> {
    let (_, rest) = page.split_once(&format!("<!-- {comment} -->\n")).expect("the page has the comment");
    let rows = rest.lines().take_while(|line| line.starts_with('|')).skip(2);
    rows.filter_map(|row| Some(row.split('|').nth(1)?.trim().to_owned())).collect()
}

/// The keys of this attribute, from the table of the macro.
pub(crate) fn keys(table: &str, attribute: &str) -> BTreeSet<String> {
    let (_, rest) = table.split_once(&format!("Key, \"{attribute}\"")).expect("the table of the attribute");
    let entries = rest.lines().skip(1).take_while(|line| !line.trim_start().starts_with('['));
    let entries = entries.filter(|line| !line.trim_start().starts_with("//"));
    entries.filter_map(|line| Some(line.split('"').nth(1)?.to_owned())).collect()
}

/// The features of a manifest that users name.
pub(crate) fn features(manifest: &str) -> BTreeSet<String> {
    let (_, rest) = manifest.split_once("\n[features]\n").expect("the manifest has features");
    let lines = rest.lines().take_while(|line| !line.starts_with('['));
    let names = lines.filter_map(|line| Some(line.split_once(" = [")?.0.to_owned()));
    names.filter(|name| name != "default" && !name.starts_with(['_', '#'])).collect()
}

/// The texts of the events that the table lists. `..` stands for what differs.
pub(crate) fn listed_events(page: &str) -> BTreeSet<String> {
    let cells = cells(page, "events");
    cells
        .iter()
        .map(|cell| cell.trim_matches('`').trim().to_owned())
        .map(|text| text.replace("`` ", ""))
        .collect()
}

/// The texts of the events in the sources of this folder: the last literal of each macro that emits one.
pub(crate) fn emitted_events(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "tests") {
                found.append(&mut emitted_events(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).expect("a source");
            let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            found.extend(events_of(source));
        }
    }
    found
}

fn events_of(source: &str) -> Vec<String> {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = code.flat_map(|line| [line, "\n"]).collect();
    let macros = ["event!(", "tracing::info!(", "tracing::warn!(", "tracing::error!("];
    let calls = macros.iter().flat_map(|name| code.split(name).skip(1)).map(arguments);
    // The last literal is the text. One of a placeholder alone has its text elsewhere.
    let texts = calls.filter_map(|call| call.split('"').nth_back(1).map(without_placeholders));
    texts.filter(|text| text.chars().any(char::is_alphabetic)).collect()
}

/// The text up to the bracket that closes the call.
fn arguments(rest: &str) -> &str {
    let mut depth = 1;
    let end = rest.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    });
    &rest[..end.unwrap_or(rest.len())]
}

fn without_placeholders(text: &str) -> String {
    let mut parts = text.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + ".." + part.split_once('}').map_or("", |(_, rest)| rest))
}
