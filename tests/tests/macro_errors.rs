//! docs/errors.md: each message with a struct that causes it and one that does not. It is written from the ui cases, so
//! that it contains what rustc prints. To write it: `BLESS=1 cargo test -p service-group-tests --test macro_errors`.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// A message by the name of its function in message.rs, or "" for one of the runtime or of rustc, with the cases that
/// show it.
type Entry = (&'static str, &'static [&'static str]);

const CHAPTERS: [(&str, &str, &[Entry]); 6] = [
    (
        "The keys of `#[service_group]` and `#[service]`",
        "Keys and values are checked one by one. Each mistake is reported at its own key or value, and the others are \
         still checked.",
        &[
            (
                "unknown_key",
                &[
                    "attribute/unknown_key",
                    "service/key_of_the_group",
                    "attribute/hyphen",
                    "service/word_of_another_system",
                ],
            ),
            ("repeated_key", &["service/repeated_stop"]),
            ("missing_key", &["attribute/literal"]),
            ("missing_comma", &["service/no_comma"]),
            ("start_without_key", &["service/start_without_its_key"]),
            ("several_statements", &["service/several_statements"]),
            ("semicolon", &["service/semicolon"]),
            ("crate_is_no_dependency", &["attribute/crate_that_is_no_dependency"]),
            ("unexpected_value", &["service/start_alone", "attribute/not_a_list", "service/after_a_path"]),
            ("number_without_unit", &["attribute/number"]),
            ("unquoted_duration", &["attribute/unquoted"]),
            ("unquoted_bounds", &["service/retry_without_quotes"]),
            ("empty_duration", &["attribute/empty_duration"]),
            ("invalid_duration", &["attribute/unknown_unit"]),
            ("not_a_duration", &["attribute/no_duration"]),
            ("zero_duration", &["attribute/zero"]),
            ("duration_too_long", &["attribute/too_long"]),
            ("repeated_attribute", &["attribute/twice", "service/twice"]),
            ("missing_start", &["service/bare"]),
            ("given_with_a_start", &["service/given_with_a_start"]),
            ("given_does_not_start", &["service/given_with_a_retry"]),
            ("expression_is_a_closure", &["service/stop_is_a_closure", "service/check_is_a_closure"]),
            ("check_within_without_check", &["service/check_within_without_check"]),
            ("not_bounds", &["service/retry_of_one"]),
            ("invalid_bound", &["service/retry_with_a_bad_bound"]),
            ("zero_bound", &["service/retry_from_zero"]),
            ("bounds_in_wrong_order", &["service/retry_bounds_in_wrong_order"]),
            ("service_with_a_value", &["service/as_a_value"]),
            ("first_and_last", &["service/first_and_last"]),
            ("service_and_group", &["service/service_and_group"]),
            ("group_arguments", &["service/group_arguments"]),
            ("field_attribute_on_struct", &["attribute/group_on_the_struct"]),
            ("", &["service/misspelt_attribute"]),
            ("second_handle", &["service/two_handles"]),
        ],
    ),
    (
        "The struct",
        "A group owns its services: it is a struct with named fields, at least one of them a service.",
        &[
            ("not_a_struct", &["attribute/tuple_struct"]),
            ("no_service", &["attribute/no_service"]),
            ("lifetime", &["attribute/lifetime"]),
            ("unbounded", &["types/unbounded"]),
            ("default_value", &["service/default_value"]),
            ("no_size", &["types/unsized_field"]),
            ("dyn_service", &["types/dyn_service"]),
            ("group_in_itself", &["types/group_in_a_list_of_itself"]),
            ("", &["attribute/no_comma_between_fields"]),
        ],
    ),
    (
        "Names",
        "The fields that a start expression names are in scope of it. In a `stop`, `check` or `reload` expression \
         only its own field is. `after`, `start_after` and `stop_order` name services.",
        &[
            ("unknown_service", &["names/unknown_with_a_near_one", "names/unknown_in_stop_order"]),
            ("input_in_order", &["names/input_in_after"]),
            ("handle_in_order", &["names/group_in_after"]),
            ("given_in_start_after", &["names/given_in_start_after"]),
            ("after_itself", &["names/after_its_own"]),
            ("repeated_name", &["names/repeated_in_after"]),
            ("start_names_itself", &["names/uses_itself"]),
            ("start_changes", &["names/changes_an_input"]),
            ("start_names_removed", &["names/uses_removed"]),
            ("names_other", &["names/stop_names_a_service", "names/check_names_a_service"]),
            ("passes_other", &["names/stop_passes_a_service"]),
            ("", &["names/misspelt_in_a_start", "types/self_in_a_start", "types/called_field"]),
        ],
    ),
    (
        "The order",
        "Each cycle is one error, at the name that closes it, with all its steps.",
        &[
            (
                "cycle",
                &[
                    "order/cycle",
                    "order/cycle_through_start_after",
                    "order/cycle_of_a_given",
                    "order/against_last_alone",
                ],
            ),
            ("binds_same_name", &["order/cycle_of_a_closure_parameter"]),
            ("may_be_a_function", &["order/cycle_of_a_function"]),
            ("may_be_a_word", &["order/cycle_of_a_word"]),
            ("may_be_a_text", &["order/cycle_of_a_text"]),
            (
                "stop_order_contradicts",
                &["order/stop_order_contradicts_one", "order/stop_order_contradicts_last"],
            ),
        ],
    ),
    (
        "The budget",
        "The compiler adds up the lame duck and the windows along the slowest stop path. Only the compiler knows the \
         windows of types.",
        &[(
            "",
            &[
                "budget/overrun_of_type_defaults",
                "budget/overrun_of_the_lame_duck",
                "budget/cap_below_a_nested_group",
            ],
        )],
    ),
    (
        "Types",
        "rustc reports a mistake inside an expression at the expression.",
        &[(
            "",
            &[
                "types/no_stop",
                "types/start_without_await",
                "types/stop_without_await",
                "types/stop_of_a_service",
                "types/check_of_what_is_no_clone",
                "types/check_without_await",
                "types/check_with_a_number",
                "types/reload_of_what_is_no_clone",
                "types/reload_without_await",
                "types/key_of_another_group_in_replace",
                "types/key_of_another_group_in_only",
                "types/group_for_running",
                "types/task_output",
                "types/task_that_blocks",
                "types/task_of_a_future",
                "types/task_without_an_error_type",
                "types/stop_with_a_value",
                "types/service_in_an_arc",
                "types/future_for_a_thread",
                "types/task_borrows",
                "types/task_clones_in_its_block",
                "types/task_prints_a_field",
                "types/task_restarting_borrows",
                "types/thread_borrows",
                "types/start_keeps_a_reference",
                "types/callback_keeps_a_reference",
                "types/input_that_is_moved",
                "types/input_moved_into_a_task",
                "types/changes_by_a_method",
                "types/input_not_send",
                "types/dyn_not_shared",
                "types/receiver_not_shared",
                "types/own_drop",
                "types/handle_without_its_attribute",
                "types/handle_in_an_arc",
                "types/field_as_a_path",
                "types/question_mark_at_run",
                "types/return_without_a_value",
                "names/local_of_a_function",
            ],
        )],
    ),
];

const INTRODUCTION: &str = "# Errors\n\n\
    The errors that the compiler reports for mistakes in a group, and the code to write instead. One compile reports \
    all mistakes that do not depend on each other. Every example here is a test of the library, with the output of \
    rustc, shortened. `Server` is a service with a stop window of 5 s. `Store` is a type that is not a service and \
    has an `async fn close(self)`.\n\n\
    An input that no start expression names is not an error. It is kept until all services have stopped, and dropped \
    last, as a guard has to be; code that holds the running group can read it too. Remove the field if neither is \
    intended.\n";

fn crate_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn case(kind: &str, case: &str, extension: &str) -> String {
    read(&crate_dir().join("ui").join(kind).join(case).with_extension(extension))
}

/// A case without the lines that all cases share.
fn shown(source: &str) -> String {
    let common =
        ["#![", "#[path", "mod support;", "use support::", "#[allow(unused_imports)]", "fn main() {}"];
    let is_common = |line: &&str| {
        common.iter().any(|start| line.starts_with(start)) || *line == "use service_group::service_group;"
    };
    let lines: Vec<&str> = source.lines().filter(|line| !is_common(line)).collect();
    lines.join("\n").trim().to_owned()
}

/// The first error, without its location and without the notes of rustc about the library.
fn shortened(stderr: &str) -> String {
    let is_added = |line: &str| ["help: the", "note: "].iter().any(|start| line.starts_with(start));
    let is_about_code = |line: &str| line.contains("note: required") || line.contains("note: this error");
    let mut lines = Vec::new();
    let mut added = false;
    for line in stderr.lines().take_while(|line| !line.is_empty()) {
        added = is_added(line) || added && !line.trim_start().starts_with("= ");
        if !added && !is_about_code(line) && !line.trim_start().starts_with("--> ") {
            lines.push(line);
        }
    }
    while lines.last().is_some_and(|line| line.trim() == "|") {
        lines.pop();
    }
    lines.join("\n")
}

fn rendered() -> String {
    let mut text = INTRODUCTION.to_owned();
    for (title, introduction, entries) in CHAPTERS {
        write!(text, "\n## {title}\n\n{introduction}\n").expect("writing to a string cannot fail");
        for name in entries.iter().flat_map(|(_, cases)| *cases) {
            let error = shortened(&case("fail", name, "stderr"));
            let first = error.lines().next().unwrap_or_default();
            let heading = first.split_once(": ").map_or(first, |(_, message)| message);
            let heading = heading.strip_prefix("evaluation panicked: ").unwrap_or(heading);
            let (bad, good) = (shown(&case("fail", name, "rs")), shown(&case("fixed", name, "rs")));
            write!(
                text,
                "\n### {heading}\n\n```rust\n{bad}\n```\n```text\n{error}\n```\n\nInstead:\n\n```rust\n{good}\n```\n"
            )
            .expect("writing to a string cannot fail");
        }
    }
    text
}

/// The string literals in some source, each as the pieces between its placeholders.
fn literals(source: &str) -> Vec<Vec<String>> {
    let plain = source.replace("\\\"", "\u{1}");
    let inside = plain.split('"').skip(1).step_by(2);
    let pieces = inside.map(|literal| {
        let literal = literal.replace('\u{1}', "\"");
        literal.split(['{', '}']).step_by(2).map(str::to_owned).filter(|piece| piece.len() > 2).collect()
    });
    pieces.filter(|pieces: &Vec<String>| !pieces.is_empty()).collect()
}

/// The functions of message.rs that return a message, with their source.
fn messages() -> Vec<(String, String)> {
    let source = read(&crate_dir().join("../macros/src/message.rs"));
    let functions = source.split("pub(crate) fn ").skip(1);
    let sentences = functions.filter_map(|function| {
        let (signature, body) = function.split_once(" -> String {")?;
        let name = signature.split(['(', '<']).next()?;
        Some((name.to_owned(), body.split("\n}\n").next()?.to_owned()))
    });
    sentences.collect()
}

#[test]
fn the_page_matches_the_cases() {
    let (path, text) = (crate_dir().join("../docs/errors.md"), rendered());
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        fs::write(&path, &text).expect("the page can be written");
    }
    assert!(
        read(&path) == text,
        "docs/errors.md is out of date: write it with BLESS=1, and read the difference"
    );
}

#[test]
fn each_message_of_the_macro_is_on_the_page() {
    let entries: Vec<Entry> = CHAPTERS.iter().flat_map(|(_, _, entries)| *entries).copied().collect();
    for (name, body) in messages() {
        // It is a line of other messages.
        if name == "edge_reason" {
            continue;
        }
        let found = entries.iter().find(|(message, _)| *message == name);
        let (_, cases) = found.unwrap_or_else(|| panic!("docs/errors.md has no case for `{name}`"));
        for each in *cases {
            let stderr = case("fail", each, "stderr");
            let contained = |pieces: &Vec<String>| pieces.iter().all(|piece| stderr.contains(piece.as_str()));
            assert!(literals(&body).iter().any(contained), "{each} does not cause the message `{name}`");
        }
    }
}

#[test]
fn each_message_of_the_runtime_is_on_the_page() {
    let page = rendered();
    let mut folders = vec![crate_dir().join("../runtime/src")];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(folder).expect("the sources");
        let (inner, files): (Vec<PathBuf>, _) =
            entries.map(|entry| entry.expect("an entry").path()).partition(|path| path.is_dir());
        folders.extend(inner);
        for source in files.iter().map(|file| read(file)) {
            for attribute in source.split("message = ").skip(1).filter(|rest| rest.starts_with('"')) {
                let pieces = literals(attribute).into_iter().next().unwrap_or_default();
                assert!(pieces.iter().all(|piece| page.contains(piece)), "docs/errors.md lacks {pieces:?}");
            }
        }
    }
}

#[test]
fn each_fixed_case_has_a_failing_one() {
    for folder in fs::read_dir(crate_dir().join("ui/fixed")).expect("the cases") {
        for file in fs::read_dir(folder.expect("a folder").path()).expect("the cases") {
            let fixed = file.expect("a file").path();
            let failing = fixed.to_string_lossy().replace("ui/fixed", "ui/fail");
            assert!(Path::new(&failing).exists(), "there is no case {failing}");
        }
    }
}
