//! What is told before anything starts.

use crate::app::{command, data_folder, run};

#[test]
fn the_plan_is_printed_and_nothing_started() {
    let data = data_folder();
    let folder = data.path().join("orders");
    let end = run(command(&folder).arg("--plan"));
    assert_eq!((end.code(), end.on_stderr.len()), (0, 0), "{}", end.text());
    assert_eq!(end.said[0], "`App` stops within 25 s: slowest path 21 s, 4 s to spare");
    let rows: Vec<_> = end.said.iter().filter(|line| line.starts_with(" * ")).collect();
    let stops = rows.iter().map(|row| row.split_whitespace().nth(1).unwrap());
    assert!(stops.eq(["gateway", "rpc", "totals", "store", "admin", "telemetry"]), "{}", end.text());
    assert!(!folder.exists());
}

#[test]
fn the_plan_is_that_of_the_run_that_was_asked_for() {
    let data = data_folder();
    let folder = data.path().join("orders");
    let end = run(command(&folder).args(["--plan", "--lame-duck", "4s"]));
    assert_eq!(end.code(), 0, "{}", end.text());
    assert!(end.said[0].contains("lame duck 4 s, slowest path 21 s, "), "{}", end.text());
    assert!(end.said.iter().any(|line| line.starts_with(" * (lame duck) ")), "{}", end.text());
    assert!(!folder.exists());
}

#[test]
fn a_lame_duck_that_does_not_fit_is_refused_before_the_start() {
    let data = data_folder();
    let folder = data.path().join("orders");
    let end = run(command(&folder).args(["--lame-duck", "4001ms"]));
    assert_eq!((end.code(), end.on_stderr.len()), (1, 1), "{}", end.text());
    let told = "the slowest stop path of `App` takes 25.001s, its `stop_within` is 25s: lame duck (4.001s) + \
                gateway (6s) → rpc (6s) → totals (2s) → store (5s) → admin (1s) → telemetry (1s); ";
    assert!(end.on_stderr[0].starts_with(told), "{}", end.text());
    assert!(!folder.exists());
}
