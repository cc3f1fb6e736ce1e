//! Blocks that show a part of something else.

/// Returns the first line that the source does not have, after those above it. A line of two or three dots stands for any
/// lines; indentation and empty lines are free.
pub(crate) fn find(excerpt: &[String], source: &str) -> Result<(), String> {
    let source: Vec<_> = lines(source.lines());
    let mut after = 0;
    for part in lines(excerpt.iter().map(String::as_str)).split(|line| is_gap(line)) {
        if part.is_empty() {
            continue;
        }
        let found = source[after..].windows(part.len()).position(|window| window == part);
        let Some(at) = found else {
            // The longest beginning that the source has, for the message.
            let begins =
                |length: usize| source[after..].windows(length).any(|window| window == &part[..length]);
            let length = (1..part.len()).take_while(|length| begins(*length)).count();
            return Err(part[length].clone());
        };
        after += at + part.len();
    }
    Ok(())
}

fn is_gap(line: &str) -> bool {
    ["..", "...", "…", "// ..", "// ..."].contains(&line)
}

fn lines<'a>(text: impl Iterator<Item = &'a str>) -> Vec<String> {
    let lines = text.map(str::trim).filter(|line| !line.is_empty());
    lines.map(without_path).collect()
}

/// The place of a compiler's message is in another file for the reader of the page.
fn without_path(line: &str) -> String {
    if line.starts_with("--> ") { "-->".to_owned() } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::find;

    fn missing(excerpt: &str) -> Option<String> {
        let lines: Vec<_> = excerpt.lines().map(str::to_owned).collect();
        find(&lines, "one\n  two\n\nthree\nfour\n  --> ui/a.rs:1:2").err()
    }

    #[test]
    fn an_excerpt_has_the_lines_of_its_source_in_their_order() {
        assert_eq!(missing("one\ntwo\nthree"), None);
        assert_eq!(missing("two\n...\nfour\n --> src/main.rs:7:3"), None);
        assert_eq!(missing("one\nthree"), Some("three".to_owned()));
        assert_eq!(missing("four\n...\none"), Some("one".to_owned()));
    }
}
