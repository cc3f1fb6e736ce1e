//! Messages that a page quotes: each stands in the sources, word by word.

use std::fs;
use std::path::Path;

use crate::blocks::Block;

/// Fails where a block is marked as the message of a file that has no such message. `..` stands for any text.
pub(crate) fn check(repository: &Path, block: &Block) {
    let Some(source) = block.marked("message of") else { return };
    let text = fs::read_to_string(repository.join(source));
    let text = text.unwrap_or_else(|error| panic!("{}: `{source}`: {error}", block.place()));
    if let Err(missing) = find(&block.lines.join(" "), &text) {
        panic!("{}: `{source}` has no message with the words `{missing}`", block.place());
    }
}

/// Returns the first words of the message that the source does not have.
fn find<'a>(message: &'a str, source: &str) -> Result<(), &'a str> {
    let source = without_breaks(source);
    let words = message.split("..").map(|words| words.trim_matches(|c| " `,;:()".contains(c)));
    let mut words = words.filter(|words| !words.is_empty()).peekable();
    if words.peek().is_none() {
        return Err(message);
    }
    words.find(|words| !source.contains(words)).map_or(Ok(()), Err)
}

/// The source with the string literals that go over several lines in one, and without escapes.
fn without_breaks(source: &str) -> String {
    let mut lines = source.split("\\\n");
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |text, line| text + line.trim_start()).replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_message_is_found_around_what_differs() {
        let source = "format!(\"`{name}` has \\\n    not started within {}: \\\"{error}\\\"\", window)";
        assert_eq!(super::find("`..` has not started within ..", source), Ok(()));
        assert_eq!(super::find("`..` has stopped within ..", source), Err("has stopped within"));
        assert_eq!(super::find("`..`", source), Err("`..`"));
    }
}
