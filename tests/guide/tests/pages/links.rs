//! Links of the pages to files of the repository, and to headings in them.

use std::fs;
use std::path::Path;

/// Fails where a link of a page in this folder leads nowhere.
pub(crate) fn check(repository: &Path, folder: &str) {
    for entry in fs::read_dir(repository.join(folder)).expect("the folder of the pages") {
        let path = entry.expect("a page").path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let page = fs::read_to_string(&path).expect("a page");
        for link in links(&page) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { repository.join(folder).join(file) };
            assert!(target.exists(), "{}: the link `{link}` leads to no file", path.display());
            if !heading.is_empty() {
                let text = fs::read_to_string(&target).expect("a page");
                let found =
                    text.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line) == heading);
                assert!(found, "{}: the link `{link}` leads to no heading", path.display());
            }
        }
    }
}

/// The targets of the links that are not on the web.
fn links(page: &str) -> impl Iterator<Item = &str> {
    let links = page.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    links.map(|(link, _)| link).filter(|link| !link.contains("://") && !link.contains(char::is_whitespace))
}

/// The anchor that GitHub gives to a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn links_and_anchors_are_those_of_github() {
        let page = "[a](b.md#c) ![d](e.svg) [f](https://g/) `x[0](1 2)`";
        assert_eq!(super::links(page).collect::<Vec<_>>(), ["b.md#c", "e.svg"]);
        assert_eq!(super::anchor("## Why not `fx`, or dskit?"), "why-not-fx-or-dskit");
    }
}
