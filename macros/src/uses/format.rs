//! The names in format strings.

/// The names in a format string such as `"{name} {other:?} {:width$}"`.
pub(super) fn format_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let text = text.replace("{{", "");
    for piece in text.split('{').skip(1) {
        let Some((inner, _)) = piece.split_once('}') else { continue };
        let (name, format) = inner.split_once(':').unwrap_or((inner, ""));
        names.push(name.trim().trim_start_matches("r#").to_owned());
        let counts = format.rsplit_once('$').map_or("", |(counts, _)| counts);
        names.extend(counts.split('$').map(|count| trailing_name(count).to_owned()));
    }
    names.retain(|name| {
        name.starts_with(|sign: char| sign.is_alphabetic() || sign == '_')
            && name.chars().all(|sign| sign.is_alphanumeric() || sign == '_')
    });
    names
}

/// The name at the end of `0>width`, the part of a format before the `$` of a width or precision.
fn trailing_name(text: &str) -> &str {
    let start = text
        .rfind(|sign: char| !sign.is_alphanumeric() && sign != '_')
        .map_or(0, |at| at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    text.get(start..).unwrap_or_default().trim_start_matches(|sign: char| sign.is_ascii_digit())
}
