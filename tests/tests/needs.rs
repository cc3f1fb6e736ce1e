//! A test whose program is missing is skipped, and counts as failed where `CI` is `true`.

use std::env;
use std::process::{Command, Output};

use service_group_tests::Terminal;

/// What `opens_a_terminal` does on a machine without tmux.
fn without_tmux(ci: Option<&str>) -> Output {
    let mut test = Command::new(env::current_exe().expect("a test has a file"));
    test.args(["--exact", "opens_a_terminal", "--nocapture"]).env("PATH", "/nowhere").env_remove("CI");
    if let Some(ci) = ci {
        test.env("CI", ci);
    }
    test.output().expect("a test can run itself")
}

#[test]
fn opens_a_terminal() {
    if let Some(terminal) = Terminal::open() {
        terminal.enter("echo $((6 * 7))");
        terminal.wait_for("42");
    }
}

#[test]
fn a_missing_program_skips_the_test() {
    for ci in [None, Some("false"), Some("")] {
        let output = without_tmux(ci);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{ci:?}: {stderr}");
        assert!(stderr.contains("SKIPPED: none of these programs is on the path: tmux"), "{ci:?}: {stderr}");
    }
}

#[test]
fn a_missing_program_fails_the_test_in_ci() {
    let output = without_tmux(Some("true"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{stderr}");
    assert!(stderr.contains("with CI=true a test that is skipped counts as failed"), "{stderr}");
}
