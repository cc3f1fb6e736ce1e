//! The errors of groups that do not compile. `ui_fixed.rs` compiles the same groups without their mistakes, and
//! `tests/valid` the cases of `ui/pass` and `ui/program`.

/// Without a case that passes, trybuild checks all cases in one command of cargo, on all cores. With one it would link each,
/// one after another, which takes five times as long.
#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/fail/*/*.rs");
    cases.compile_fail("ui/fail/*.rs");
}
