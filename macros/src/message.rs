//! Every message that the macro itself reports. rustc's own messages, and that of the budget, which is the runtime's,
//! are not in here.
//!
//! A message has what was found, what was expected, and the fix: lower case, no full stop, code in backticks. How a key
//! is written is in its entry in `keys`.

use std::fmt::Display;

use crate::graph::EdgeKind;
use crate::keys::{Key, KeyEntry, ValueKey, attribute_with};

// Arguments of an attribute.

pub(crate) fn unexpected_value(key: KeyEntry, found: &str) -> String {
    format!("found {}, expected {}", code(found), key.usage)
}

pub(crate) fn service_with_a_value() -> String {
    "found `#[service = ..]`, expected `#[service(start = EXPRESSION)]`".to_owned()
}

pub(crate) fn missing_key<K: Key>(found: &str) -> String {
    format!("found {}, expected one of {}", code(found), list(&K::names()))
}

pub(crate) fn missing_comma(found: &str) -> String {
    format!("found {}, expected `,`", code(found))
}

pub(crate) fn unknown_key<K: Key>(found: &str) -> String {
    let word = snake_case(found);
    let hint = if let (None, Some(other)) = (K::find(&word), attribute_with(&word)) {
        format!("; `{word}` is a key of `#[{other}(..)]`")
    } else if let Some(fix) = K::hint_for_foreign_word(&word) {
        format!("; {fix}")
    } else {
        match did_you_mean(&word, &K::names()) {
            nothing if nothing.is_empty() => format!(", expected one of {}", list(&K::names())),
            near => near,
        }
    };
    format!("`#[{}]` has no key `{found}`{hint}", K::ATTRIBUTE)
}

pub(crate) fn crate_is_no_dependency(found: &str, usual: &str) -> String {
    let usual = tidy(usual);
    format!(
        "`{found}` is not a dependency of this package; remove `crate`, or write the path of `{}`",
        usual.trim()
    )
}

pub(crate) fn repeated_key(key: &str) -> String {
    format!("found `{key}` a second time; write it once")
}

pub(crate) fn repeated_attribute(name: &str) -> String {
    let fix = if name == "group" { "write it once" } else { "write all keys into one" };
    format!("found `#[{name}]` a second time; {fix}")
}

pub(crate) fn missing_start() -> String {
    "a service needs a start expression, expected `#[service(start = EXPRESSION)]`, or `#[service(given)]` for a value that the caller gives".to_owned()
}

pub(crate) fn given_with_a_start() -> String {
    "found `start` on a service that is `given`; remove `given` if the group starts it, or `start` if the caller gives the value"
        .to_owned()
}

pub(crate) fn given_does_not_start(key: &str) -> String {
    format!("found `{key}` on a service that is `given`, which exists before all starts; remove `{key}`")
}

pub(crate) fn start_without_key(found: &str) -> String {
    let found = tidy(found);
    format!(
        "found {}, expected a key; if it is how the service starts, write `start = {found}`",
        code(&found)
    )
}

pub(crate) fn several_statements(key: &str) -> String {
    format!("several statements go into a block: `{key} = {{ ..; .. }}`")
}

pub(crate) fn semicolon() -> String {
    "found `;`, expected `,` or the end; an expression has no `;`".to_owned()
}

pub(crate) fn expression_is_a_closure(service: &str, key: ValueKey) -> String {
    let (key, method) = (key.name(), key.entry().usual_method);
    format!(
        "found a closure, expected an expression, which has `{service}` in scope by value, as in `{key} = {service}.{method}().await`"
    )
}

pub(crate) fn check_within_without_check() -> String {
    "found `check_within` without `check`; add `check = EXPRESSION`, or remove it".to_owned()
}

pub(crate) fn first_and_last() -> String {
    "a service cannot be both `first` and `last`; remove one of them".to_owned()
}

// Durations.

pub(crate) fn number_without_unit(key: KeyEntry, number: &str) -> String {
    format!("found a number without a unit; write `{} = \"{number}s\"`", key.name)
}

pub(crate) fn unquoted_duration(key: KeyEntry, found: &str) -> String {
    format!("found `{found}`, a duration is written in quotes: `{} = \"{found}\"`", key.name)
}

pub(crate) fn unquoted_bounds(key: KeyEntry, found: &str) -> String {
    format!("found `{found}`, pauses are written in quotes: `{} = \"{found}\"`", key.name)
}

pub(crate) fn empty_duration(key: KeyEntry) -> String {
    format!("found an empty text, expected a duration, as in {}", key.usage)
}

pub(crate) fn not_a_duration(key: KeyEntry, found: &str) -> String {
    format!("found {}, expected a duration in quotes, as in {}", code(found), key.usage)
}

pub(crate) fn invalid_duration(key: KeyEntry, found: &str, error: impl Display) -> String {
    format!(
        "`\"{found}\"` is not a duration ({error}), expected one such as `{} = \"1m 30s\"` or `\"250ms\"`",
        key.name
    )
}

pub(crate) fn zero_duration(key: KeyEntry) -> String {
    format!("`{}` must be greater than zero; remove it to use the default", key.name)
}

pub(crate) fn not_bounds(key: KeyEntry, found: &str) -> String {
    format!("found {}, expected the shortest and the longest pause, as in {}", code(found), key.usage)
}

pub(crate) fn invalid_bound(key: KeyEntry, found: &str, bound: &str, error: impl Display) -> String {
    format!(
        "`{bound}` in `\"{found}\"` is not a duration ({error}), expected the shortest and the longest pause, as in {}",
        key.usage
    )
}

pub(crate) fn zero_bound(key: KeyEntry, found: &str) -> String {
    format!(
        "found `\"{found}\"`, but a pause of `{}` must be greater than zero; write `{}` alone to use the default, 100 ms to 5 s",
        key.name, key.name
    )
}

pub(crate) fn bounds_in_wrong_order(key: KeyEntry, found: &str) -> String {
    let (shortest, longest) = found.split_once("..").unwrap_or_default();
    format!(
        "found a longest pause that is below the shortest one; write `{} = \"{}..{}\"`",
        key.name,
        longest.trim(),
        shortest.trim()
    )
}

pub(crate) fn duration_too_long(key: KeyEntry, found: &str) -> String {
    format!("found `\"{found}\"`, expected `{}` to be at most 584 years", key.name)
}

// The struct and its fields.

pub(crate) fn not_a_struct(found: &str) -> String {
    format!("found {found}, expected a struct with named fields")
}

pub(crate) fn lifetime(found: impl Display) -> String {
    format!(
        "found the lifetime `{found}`, but a group owns its services; own the value, or share it in an `Arc`"
    )
}

pub(crate) fn unbounded(parameter: impl Display) -> String {
    format!(
        "found `{parameter}` without bounds, but services are sent to other threads and live as long as they need; expected `{parameter}: Send + Sync + 'static`"
    )
}

pub(crate) fn default_value() -> String {
    "a field of a group cannot have a default value; write its value as `#[service(start = ..)]`".to_owned()
}

pub(crate) fn dyn_service() -> String {
    "`Service` has no trait objects; write `BoxService` in place of `Box<dyn Service>`, and `dyn self::Service` for a trait of your own of this name".to_owned()
}

pub(crate) fn group_in_itself(group: &dyn Display) -> String {
    format!("`{group}` contains itself, so that its plan has no end; remove the field")
}

pub(crate) fn no_size(field: &str, found: &str) -> String {
    format!(
        "found {}, a type without a known size; put `{field}` in a `Box`, an `Arc` or a `Vec`",
        code(found)
    )
}

pub(crate) fn no_service(group: impl Display) -> String {
    format!("`{group}` has no service; mark at least one field with `#[service(start = EXPRESSION)]`")
}

pub(crate) fn second_handle() -> String {
    "found a second `#[group]`; keep one, every start expression can name it".to_owned()
}

pub(crate) fn service_and_group() -> String {
    "found `#[group]` on a service; write a field of its own for the handle: `#[group] group: GroupHandle`"
        .to_owned()
}

pub(crate) fn field_attribute_on_struct(found: &str) -> String {
    let fix = match found {
        "group" => {
            "options of the whole group go into `#[service_group(..)]`, and `#[group]` marks the field for the handle"
        }
        _ => "it marks the field of a service",
    };
    format!("found `#[{found}]` on the struct; {fix}")
}

pub(crate) fn group_arguments() -> String {
    "`#[group]` takes no arguments; options of the whole group go into `#[service_group(..)]`".to_owned()
}

// Names of fields: those in start and stop expressions that the macro reports itself, and those in `after` and
// `stop_order`. rustc reports any other unknown name in an expression: see `uses.rs`.

pub(crate) fn start_names_itself(service: &str) -> String {
    format!(
        "the start of `{service}` names `{service}`, which does not exist before it has started; rename it if it is something else"
    )
}

pub(crate) fn start_changes(service: &str, changed: &str) -> String {
    format!(
        "the start of `{service}` changes `{changed}`, which is in scope as a shared reference; put it in a `Mutex`, or change it before: in its own start, or in `main` if it is an input"
    )
}

pub(crate) fn start_names_removed(service: &str, removed: &str) -> String {
    format!(
        "the start of `{service}` names `{removed}`, a field that a `cfg` removed; put the same `cfg` on `{service}`, or set another start for that case with `cfg_attr`"
    )
}

pub(crate) fn names_other(service: &str, key: &str, other: &str) -> String {
    format!(
        "the {key} of `{service}` names `{other}`, but only `{service}` is in scope there; in the start, clone what the {key} needs into the value of `{service}`"
    )
}

pub(crate) fn passes_other(service: &str, key: &str, other: &str) -> String {
    format!("{}; if `{other}` is a function here, write `|| {other}()`", names_other(service, key, other))
}

pub(crate) fn after_itself(service: &str, key: &str) -> String {
    format!("`{service}` cannot start after itself; remove it from `{key}`")
}

pub(crate) fn repeated_name(key: &str, name: &str) -> String {
    format!("found `{name}` a second time in `{key}`; write it once")
}

pub(crate) fn handle_in_order(key: &str, name: &str) -> String {
    format!(
        "`{name}` is the handle of the group, which exists before all services and after them; remove it from `{key}`"
    )
}

pub(crate) fn input_in_order(key: &str, name: &str) -> String {
    format!(
        "`{name}` is an input: inputs exist before all services and are dropped after them; remove it from `{key}`"
    )
}

pub(crate) fn given_in_start_after(name: &str) -> String {
    format!(
        "`{name}` is `given`: it exists before all starts; remove it from `start_after`, or write `after({name})` to stop before it"
    )
}

pub(crate) fn unknown_service(found: &str, services: &[&str]) -> String {
    format!("found `{found}`, expected a service: {}{}", list(services), did_you_mean(found, services))
}

// The order.

pub(crate) fn cycle(path: &[&str], reasons: &[String], orders_stop_alone: bool) -> String {
    let verb = if orders_stop_alone { "wait for the stop of each other" } else { "start" };
    format!("services {verb} in a cycle: {}{}", arrows(path), lines(reasons))
}

pub(crate) fn stop_order_contradicts(path: &[&str], reasons: &[String]) -> String {
    let (later, earlier) =
        (path.first().copied().unwrap_or_default(), path.last().copied().unwrap_or_default());
    format!(
        "`stop_order` puts `{later}` after `{earlier}`, but `{later}` has to stop first: {}{}",
        arrows(path),
        lines(reasons)
    )
}

pub(crate) fn edge_reason(from: &str, to: &str, kind: EdgeKind) -> String {
    match kind {
        EdgeKind::Use => format!("the start of `{from}` uses `{to}`"),
        EdgeKind::After => format!("`{from}` is `after({to})`"),
        EdgeKind::StartAfter => format!("`{from}` is `start_after({to})`"),
        EdgeKind::First => format!("`{to}` is `first`"),
        EdgeKind::Last => format!("`{from}` is `last`"),
    }
}

pub(crate) fn binds_same_name(from: &str, to: &str) -> String {
    format!("the start of `{from}` also binds a local `{to}`; rename the local if it is something else")
}

pub(crate) fn may_be_a_function(name: &str, argument: &str) -> String {
    format!("if `{name}` is a function here, write `|{argument}| {name}({argument})`")
}

pub(crate) fn may_be_a_word(name: &str) -> String {
    format!("if `{name}` is not the field in that macro, rename it there")
}

pub(crate) fn may_be_a_text(name: &str) -> String {
    format!("if `{{{name}}}` is not a placeholder in that text, bind the text to a local before the macro")
}

// Parts of messages.

/// What was found, with the spaces of usual code; "an expression" where it is long.
fn code(found: &str) -> String {
    let found = tidy(found);
    if found.len() > 40 { "an expression".to_owned() } else { format!("`{found}`") }
}

fn tidy(found: &str) -> String {
    let found = found.strip_prefix(":: ").map_or_else(|| found.to_owned(), |rest| format!("::{rest}"));
    found
        .replace(" . ", ".")
        .replace(" :: ", "::")
        .replace(" (", "(")
        .replace(" !", "!")
        .replace(" ?", "?")
        .replace("(& ", "(&")
        .replace(", & ", ", &")
}

fn arrows(path: &[&str]) -> String {
    quoted(path).collect::<Vec<_>>().join(" → ")
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

/// The word as a key would be written: other systems write `stop-within`, `stopWithin`, `StopWithin` or `STOP_WITHIN`.
fn snake_case(word: &str) -> String {
    let mut snake = String::new();
    let mut after_lower_case = false;
    for letter in word.chars() {
        if after_lower_case && letter.is_uppercase() {
            snake.push('_');
        }
        after_lower_case = letter.is_lowercase();
        snake.extend(if letter == '-' { '_' } else { letter }.to_lowercase());
    }
    snake
}

/// A hint at the nearest known name.
fn did_you_mean(found: &str, known: &[&str]) -> String {
    nearest(found, known).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// The known name that differs in the fewest letters, at most a third of them.
pub(crate) fn nearest<'a>(found: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = known.iter().map(|name| (strsim::damerau_levenshtein(found, name), *name));
    let nearest = near.filter(|(distance, name)| *distance <= name.len().max(found.len()).div_ceil(3)).min();
    nearest.map(|(_, name)| name)
}
