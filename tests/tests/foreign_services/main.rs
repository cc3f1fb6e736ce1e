//! Whole processes with one service whose code panics, blocks for two seconds, or never returns, at each place where such
//! code runs. Two services beside it stop in order whatever it does. docs/foreign-code.md is the table of the outcomes.
//!
//! The processes run once, side by side, for all tests of this folder.

mod errors;
mod expected;
mod processes;
mod services;

use std::time::Duration;

use processes::ENDS;

/// No process takes longer than its windows, and the grace of the supervisor, allow.
#[test]
fn no_process_outlives_its_budget() {
    for (cell, end) in ENDS.iter() {
        // The start, the budget of 4 s, the grace of 1 s, and time for a loaded machine.
        assert!(end.took < Duration::from_secs(30), "{cell:?} took {:?}: {}", end.took, end.text());
    }
}

/// Each test that the page names exists.
#[test]
fn the_page_names_tests_that_exist() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let read =
        |path: &str| std::fs::read_to_string(format!("{root}/{path}")).expect("a file of the repository");
    let page = read("docs/foreign-code.md");
    let mut named = 0;
    for row in page.lines().filter(|line| line.starts_with('|')) {
        let tests = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        for test in tests.split('`').skip(1).step_by(2) {
            let (file, function) = test.split_once(' ').expect("a file and a function");
            let found = read(file).contains(&format!("fn {function}("));
            assert!(found, "there is no test `{function}` in {file}");
            named += 1;
        }
    }
    assert!(named >= 20, "{named} tests are named");
}
