//! Tests of `--plan`, and of a lame duck that does not fit the budget. No service is started.

use crate::app::{SERVICES, command, data_folder, run};

#[test]
fn the_plan_is_printed_and_no_service_is_started() {
    let data = data_folder();
    let folder = data.path().join("orders");
    let end = run(command(&folder).arg("--plan"));
    assert_eq!((end.code(), end.on_stderr.len()), (0, 0), "{}", end.text());
    assert_eq!(end.said[0], "`App` stops within 25 s: slowest path 21.2 s, 3.80 s to spare");
    let rows: Vec<_> = end.said.iter().filter(|line| line.starts_with(" * ")).collect();
    let stops = rows.iter().map(|row| row.split_whitespace().nth(1).unwrap());
    assert!(stops.eq(SERVICES.iter().rev().copied()), "{}", end.text());
    assert!(!folder.exists());
}

#[test]
fn the_printed_plan_includes_the_other_options() {
    let data = data_folder();
    let folder = data.path().join("orders");
    let end = run(command(&folder).args(["--plan", "--lame-duck", "3s"]));
    assert_eq!(end.code(), 0, "{}", end.text());
    assert!(end.said[0].contains("lame duck 3 s, slowest path 21.2 s, "), "{}", end.text());
    assert!(end.said.iter().any(|line| line.starts_with(" * (lame duck) ")), "{}", end.text());
    assert!(!folder.exists());
}

#[test]
fn a_lame_duck_that_does_not_fit_is_refused_before_the_start() {
    let data = data_folder();
    let folder = data.path().join("orders");
    let end = run(command(&folder).args(["--lame-duck", "3801ms"]));
    assert_eq!((end.code(), end.on_stderr.len()), (1, 1), "{}", end.text());
    let expected = "the slowest stop path of `App` takes 25.001s, its `stop_within` is 25s: lame duck (3.801s) + \
                gateway (6s) → upstream (100ms) → rpc (6s) → totals (2s) → store (5s) → \
                migrations (0s) → admin (1s) → limits (100ms) → telemetry (1s); ";
    assert!(end.on_stderr[0].starts_with(expected), "{}", end.text());
    assert!(!folder.exists());
}

/// Each form starts as its format requires, and those that show the services name all of them.
#[test]
fn the_plan_is_printed_in_every_form() {
    let data = data_folder();
    let folder = data.path().join("orders");
    for (form, begin) in [
        ("text", "`App` stops within 25 s"),
        ("mermaid", "---"),
        ("dot", "digraph \"App\" {"),
        ("svg", "<svg "),
        ("graph", "<svg "),
        ("json", "{"),
    ] {
        let end = run(command(&folder).args(["--plan", form]));
        assert_eq!((end.code(), end.on_stderr.len()), (0, 0), "{}", end.text());
        assert!(end.said[0].starts_with(begin), "{}", end.text());
        assert!(SERVICES.iter().all(|service| end.text().contains(service)), "{}", end.text());
    }
    for (form, line) in [("kubernetes", "  terminationGracePeriodSeconds: "), ("systemd", "TimeoutStopSec=")]
    {
        let end = run(command(&folder).args(["--plan", form]));
        assert_eq!((end.code(), end.on_stderr.len()), (0, 0), "{}", end.text());
        assert!(end.said.iter().any(|said| said.starts_with(line)), "{}", end.text());
    }
    assert_eq!(run(command(&folder).args(["--plan", "pdf"])).code(), 2);
    assert!(!folder.exists());
}
