//! docs/errors.md: each message with a struct that gets it and one that does not. All of it comes from the ui cases,
//! so that it says what is printed. To write it: `BLESS=1 cargo test -p service-group-tests --test macro_errors`.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// A message by its name in message.rs, or the runtime's or rustc's own (""), with the cases that show it.
type Entry = (&'static str, &'static [&'static str]);

const CHAPTERS: [(&str, &str, &[Entry]); 6] = [
    (
        "What `#[service_group]` and `#[service]` take",
        "Keys and values are checked one by one: each mistake is told at its own key or value, and the rest is read \
         all the same.",
        &[
            ("unknown_key", &["attribute/unknown_key", "service/key_of_the_group"]),
            ("repeated_key", &["service/repeated_stop"]),
            ("no_key", &["attribute/literal"]),
            ("no_comma", &["service/no_comma"]),
            ("misshapen_key", &["service/start_alone", "attribute/not_a_list", "service/after_a_path"]),
            ("bare_number", &["attribute/number"]),
            ("bad_duration", &["attribute/unknown_unit"]),
            ("no_duration", &["attribute/no_duration"]),
            ("zero_duration", &["attribute/zero"]),
            ("long_duration", &["attribute/too_long"]),
            ("repeated_attribute", &["attribute/twice", "service/twice"]),
            ("no_start", &["service/bare"]),
            ("first_and_last", &["service/first_and_last"]),
            ("service_and_group", &["service/service_and_group"]),
            ("group_arguments", &["service/group_arguments"]),
            ("second_handle", &["service/two_handles"]),
        ],
    ),
    (
        "What can be a group",
        "A group owns its services: it is a struct with named fields, at least one of them a service.",
        &[
            ("not_a_struct", &["attribute/tuple_struct"]),
            ("no_service", &["attribute/no_service"]),
            ("lifetime", &["attribute/lifetime"]),
            ("unbounded", &["types/unbounded"]),
            ("default_value", &["service/default_value"]),
        ],
    ),
    (
        "Names",
        "A start expression has the fields that it names in scope, a `stop` expression its own field and nothing \
         else. `after` and `stop_order` name services.",
        &[
            ("unknown_service", &["names/unknown_with_a_near_one", "names/unknown_in_stop_order"]),
            ("input_in_order", &["names/input_in_after"]),
            ("handle_in_order", &["names/group_in_after"]),
            ("after_itself", &["names/after_its_own"]),
            ("repeated_name", &["names/repeated_in_after"]),
            ("uses_itself", &["names/uses_itself"]),
            ("uses_removed", &["names/uses_removed"]),
            ("stop_uses_other", &["names/stop_names_a_service"]),
        ],
    ),
    (
        "The order",
        "One error for each cycle, at the name that closes it, with the whole way round.",
        &[
            ("cycle", &["order/cycle", "order/against_last_alone"]),
            ("binds_itself", &["order/cycle_of_a_closure_parameter"]),
            (
                "stop_order_contradicts",
                &["order/stop_order_contradicts_one", "order/stop_order_contradicts_last"],
            ),
        ],
    ),
    (
        "The budget",
        "Windows are summed up by the compiler, since those of types are known to it alone: along the slowest stop \
         path, with the lame duck.",
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
        "What is wrong inside an expression, rustc tells at the expression, as everywhere.",
        &[(
            "",
            &[
                "types/no_stop",
                "types/stop_without_await",
                "types/stop_of_a_service",
                "types/group_for_running",
                "types/task_output",
                "types/task_without_an_error_type",
                "types/task_borrows",
                "types/input_not_send",
                "names/local_of_a_function",
            ],
        )],
    ),
];

const INTRODUCTION: &str = "# Errors\n\n\
    What the compiler says of a mistake in a group, and what to write instead. All mistakes of a group that do not \
    depend on each other are told in one compile. Every example here is a test of the library, and what is printed \
    is what rustc prints, shortened. `Server` is a service that is given 5 s to stop, `Store` a type that is no \
    service and has an `async fn close(self)`.\n\n\
    What is told by nobody: an input that no start expression names. It is kept, and dropped last, when all services \
    have stopped, which is what a guard is for; or it is read by whoever holds the running group. Leave the field out \
    if neither is meant.\n";

fn crate_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn case(kind: &str, case: &str, extension: &str) -> String {
    read(&crate_dir().join("ui").join(kind).join(case).with_extension(extension))
}

/// A case without what all cases have.
fn shown(source: &str) -> String {
    let common =
        ["#![", "#[path", "mod support;", "use support::", "#[allow(unused_imports)]", "fn main() {}"];
    let is_common = |line: &&str| {
        common.iter().any(|start| line.starts_with(start)) || *line == "use service_group::service_group;"
    };
    let lines: Vec<&str> = source.lines().filter(|line| !is_common(line)).collect();
    lines.join("\n").trim().to_owned()
}

/// The first error, without where it is and without what rustc adds about the library.
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
        write!(text, "\n## {title}\n\n{introduction}\n").expect("a string takes all");
        for name in entries.iter().flat_map(|(_, cases)| *cases) {
            let error = shortened(&case("fail", name, "stderr"));
            let first = error.lines().next().unwrap_or_default();
            let heading = first.split_once(": ").map_or(first, |(_, said)| said);
            let heading = heading.strip_prefix("evaluation panicked: ").unwrap_or(heading);
            let (bad, good) = (shown(&case("fail", name, "rs")), shown(&case("fixed", name, "rs")));
            write!(
                text,
                "\n### {heading}\n\n```rust\n{bad}\n```\n```text\n{error}\n```\n\nInstead:\n\n```rust\n{good}\n```\n"
            )
            .expect("a string takes all");
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

/// The functions of message.rs that make a sentence, with their source.
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
fn the_page_is_what_the_cases_are() {
    let (path, text) = (crate_dir().join("../docs/errors.md"), rendered());
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        fs::write(&path, &text).expect("the page can be written");
    }
    assert!(read(&path) == text, "docs/errors.md is old: write it with BLESS=1, and read the difference");
}

#[test]
fn each_message_of_the_macro_is_on_the_page() {
    let entries: Vec<Entry> = CHAPTERS.iter().flat_map(|(_, _, entries)| *entries).copied().collect();
    for (name, body) in messages() {
        // A line of the message of a cycle.
        if name == "reason" {
            continue;
        }
        let found = entries.iter().find(|(message, _)| *message == name);
        let (_, cases) = found.unwrap_or_else(|| panic!("docs/errors.md has nothing on `{name}`"));
        for each in *cases {
            let stderr = case("fail", each, "stderr");
            let said = |pieces: &Vec<String>| pieces.iter().all(|piece| stderr.contains(piece.as_str()));
            assert!(literals(&body).iter().any(said), "{each} does not get the message `{name}`");
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
fn each_fixed_case_is_the_other_side_of_a_failing_one() {
    for folder in fs::read_dir(crate_dir().join("ui/fixed")).expect("the cases") {
        for file in fs::read_dir(folder.expect("a folder").path()).expect("the cases") {
            let fixed = file.expect("a file").path();
            let failing = fixed.to_string_lossy().replace("ui/fixed", "ui/fail");
            assert!(Path::new(&failing).exists(), "{failing} is no case");
        }
    }
}
