//! Each key is documented, and a message names those that exist.

use crate::keys::{GroupKey, Key, ServiceKey};
use crate::message::unknown_key;

fn names() -> Vec<&'static str> {
    [GroupKey::names(), ServiceKey::names()].concat()
}

#[test]
fn each_key_is_in_the_documentation_of_the_macro() {
    let documentation = include_str!("../../../runtime/doc/service_group.md");
    for name in names() {
        let is_in_a_table = documentation.lines().filter(|line| line.starts_with("| `")).any(|line| {
            line.split('|')
                .nth(1)
                .is_some_and(|key| key.split('`').any(|code| code.split([' ', '(']).next() == Some(name)))
        });
        assert!(is_in_a_table, "`{name}` is not in the tables of keys in runtime/doc/service_group.md");
    }
}

#[test]
fn each_key_is_written_as_its_usage_states() {
    for entry in
        GroupKey::ALL.iter().map(|key| key.entry()).chain(ServiceKey::ALL.iter().map(|key| key.entry()))
    {
        assert!(entry.usage.starts_with(&format!("`{}", entry.name)), "{entry:?}");
    }
}

#[test]
fn an_unknown_key_has_a_hint_or_the_list_of_all_keys() {
    let (near, far) = (unknown_key::<ServiceKey>("chekc"), unknown_key::<ServiceKey>("zebra"));
    assert_eq!(near, "`#[service]` has no key `chekc`; did you mean `check`?");
    let keys = far.strip_prefix("`#[service]` has no key `zebra`, expected one of ").expect("the list");
    assert_eq!(keys.split(", ").map(|key| key.trim_matches('`')).collect::<Vec<_>>(), ServiceKey::names());
}
