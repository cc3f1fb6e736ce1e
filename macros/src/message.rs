//! Every sentence that users may see, in one place: lower case, no full stop, code in backticks; what was found, what
//! was expected, and the fix.

use std::fmt::Display;

use crate::graph::EdgeKind;

/// Whose keys they are.
#[derive(Clone, Copy)]
pub(crate) enum Owner {
    Group,
    Service,
}

impl Owner {
    pub(crate) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Group => &["stop_within", "lame_duck", "stop_order", "crate"],
            Self::Service => &["start", "stop", "after", "first", "last", "start_within", "stop_within"],
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Group => Self::Service,
            Self::Service => Self::Group,
        }
    }

    fn attribute(self) -> &'static str {
        match self {
            Self::Group => "service_group",
            Self::Service => "service",
        }
    }
}

/// How a key is written.
fn shape(key: &str) -> &'static str {
    match key {
        "start" => "`start = EXPRESSION`",
        "stop" => "`stop = EXPRESSION`",
        "after" => "`after(a, b, ..)`, with the names of services",
        "stop_order" => "`stop_order(a, b, ..)`, with the names of services",
        "first" => "`first` without a value",
        "last" => "`last` without a value",
        "start_within" => "`start_within = \"30s\"`",
        "stop_within" => "`stop_within = \"25s\"`",
        "lame_duck" => "`lame_duck = \"2s\"`",
        "crate" => "`crate = ::path::to::service_group`",
        _ => "`#[service(start = EXPRESSION)]`",
    }
}

/// Whether a key stands alone.
pub(crate) fn is_flag(key: &str) -> bool {
    shape(key).ends_with("without a value")
}

pub(crate) fn misshapen_key(key: &str, found: &str) -> String {
    format!("found {}, expected {}", code(found), shape(key))
}

pub(crate) fn no_key(found: &str, owner: Owner) -> String {
    format!("found {}, expected one of {}", code(found), list(owner.keys()))
}

pub(crate) fn no_comma(found: &str) -> String {
    format!("found {}, expected `,`", code(found))
}

pub(crate) fn unknown_key(found: &str, owner: Owner) -> String {
    let (attribute, keys) = (owner.attribute(), owner.keys());
    let other = owner.other();
    let hint = if other.keys().contains(&found) {
        format!("; `{found}` goes into `#[{}(..)]`", other.attribute())
    } else {
        did_you_mean(found, keys)
    };
    format!("`#[{attribute}]` has no `{found}`, it takes {}{hint}", list(keys))
}

pub(crate) fn repeated_key(key: &str) -> String {
    format!("found `{key}` a second time; say it once")
}

pub(crate) fn repeated_attribute(name: &str) -> String {
    let fix = if name == "group" { "say it once" } else { "put all of it into one" };
    format!("found `#[{name}]` a second time; {fix}")
}

pub(crate) fn no_start() -> String {
    "a service says how it starts: expected `#[service(start = EXPRESSION)]`".to_owned()
}

pub(crate) fn first_and_last() -> String {
    "a service is `first` or `last`, not both; take one away".to_owned()
}

pub(crate) fn not_a_struct(found: &str) -> String {
    format!("a service group is a struct with named fields, found {found}")
}

pub(crate) fn lifetime(found: impl Display) -> String {
    format!("a group owns its services, found the lifetime `{found}`; own the value, or share it in an `Arc`")
}

pub(crate) fn unbounded(parameter: impl Display) -> String {
    format!(
        "services are sent to other threads and live as long as they like, found `{parameter}` without bounds; expected `{parameter}: Send + Sync + 'static`"
    )
}

pub(crate) fn default_value() -> String {
    "a field of a group has no default value; `#[service(start = ..)]` says what it starts from".to_owned()
}

pub(crate) fn no_service(group: impl Display) -> String {
    format!("`{group}` has no service; mark a field of it with `#[service(start = EXPRESSION)]`")
}

pub(crate) fn second_handle() -> String {
    "found a second `#[group]`; one field is enough, every start can name it".to_owned()
}

pub(crate) fn service_and_group() -> String {
    "found `#[group]` on a service; the group's handle is a field of its own, `#[group] group: GroupHandle`"
        .to_owned()
}

pub(crate) fn group_arguments() -> String {
    "`#[group]` takes no arguments; what holds for all services goes into `#[service_group(..)]`".to_owned()
}

pub(crate) fn bare_number(key: &str, number: &str) -> String {
    format!("found a number without a unit; say `{key} = \"{number}s\"`")
}

pub(crate) fn no_duration(key: &str, found: &str) -> String {
    format!("found {}, expected a duration in quotes, as in {}", code(found), shape(key))
}

pub(crate) fn bad_duration(key: &str, found: &str, error: impl Display) -> String {
    format!(
        "`\"{found}\"` is no duration ({error}); expected one such as `{key} = \"1m 30s\"` or `\"250ms\"`"
    )
}

pub(crate) fn zero_duration(key: &str) -> String {
    format!(
        "`{key}` is zero, and nothing ends in no time; give it some, or leave `{key}` out for the default"
    )
}

pub(crate) fn long_duration(key: &str, found: &str) -> String {
    format!("`{key}` is at most 584 years, found `\"{found}\"`")
}

pub(crate) fn uses_itself(own: &str) -> String {
    format!(
        "the start of `{own}` names `{own}` itself, which is there only when it has started; if it is another thing of that name, rename it"
    )
}

pub(crate) fn uses_removed(own: &str, removed: &str) -> String {
    format!(
        "the start of `{own}` names `{removed}`, a field that a `cfg` removed; put `{own}` behind the same `cfg`, or give it another start there with `cfg_attr`"
    )
}

pub(crate) fn after_itself(own: &str) -> String {
    format!("`{own}` cannot start after itself; take it out of `after`")
}

pub(crate) fn repeated_name(key: &str, name: &str) -> String {
    format!("found `{name}` a second time in `{key}`; name it once")
}

pub(crate) fn handle_in_order(key: &str, name: &str) -> String {
    format!(
        "`{name}` is the group itself, which is there before all services and after them; take it out of `{key}`"
    )
}

pub(crate) fn input_in_order(key: &str, name: &str) -> String {
    format!(
        "`{name}` is an input, and inputs have no order: they are there before all services and dropped after them; take it out of `{key}`"
    )
}

pub(crate) fn unknown_service(found: &str, services: &[&str]) -> String {
    format!("found `{found}`, expected a service: {}{}", list(services), did_you_mean(found, services))
}

pub(crate) fn stop_uses_other(own: &str, other: &str) -> String {
    format!(
        "the stop of `{own}` names `{other}`, and only `{own}` is in scope there; clone what it needs at the start, into the value of `{own}`"
    )
}

pub(crate) fn cycle(way: &[&str], reasons: &[String]) -> String {
    format!("services start in a cycle: {}{}", arrows(way), lines(reasons))
}

pub(crate) fn stop_order_contradicts(way: &[&str], reasons: &[String]) -> String {
    let (later, earlier) =
        (way.first().copied().unwrap_or_default(), way.last().copied().unwrap_or_default());
    format!(
        "`stop_order` puts `{later}` behind `{earlier}`, but `{later}` has to stop first: {}{}",
        arrows(way),
        lines(reasons)
    )
}

pub(crate) fn reason(from: &str, to: &str, why: EdgeKind) -> String {
    match why {
        EdgeKind::Use => format!("the start of `{from}` uses `{to}`"),
        EdgeKind::After => format!("`{from}` is `after({to})`"),
        EdgeKind::First => format!("`{to}` is `first`"),
        EdgeKind::Last => format!("`{from}` is `last`"),
    }
}

pub(crate) fn binds_itself(from: &str, to: &str) -> String {
    format!(
        "the start of `{from}` also binds a `{to}` of its own: if it is another thing of that name, rename it"
    )
}

/// What was found, where it is short enough to be said; tokens as they are usually written.
fn code(found: &str) -> String {
    let found = found.replace(" . ", ".").replace(" :: ", "::").replace(" (", "(").replace(" !", "!");
    if found.len() > 40 { "an expression".to_owned() } else { format!("`{found}`") }
}

fn arrows(way: &[&str]) -> String {
    quoted(way).collect::<Vec<_>>().join(" → ")
}

fn lines(reasons: &[String]) -> String {
    reasons.iter().flat_map(|reason| ["\n  ", reason]).collect()
}

fn list(names: &[&str]) -> String {
    quoted(names).collect::<Vec<_>>().join(", ")
}

fn quoted(names: &[&str]) -> impl Iterator<Item = String> {
    names.iter().map(|name| format!("`{name}`"))
}

fn did_you_mean(found: &str, known: &[&str]) -> String {
    let near = known.iter().map(|name| (strsim::damerau_levenshtein(found, name), name));
    let nearest = near.filter(|(distance, name)| *distance <= name.len().max(found.len()).div_ceil(3)).min();
    nearest.map_or_else(String::new, |(_, name)| format!("; did you mean `{name}`?"))
}
