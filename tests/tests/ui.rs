//! The errors of groups that do not compile, and groups that need a program of their own. `ui_fixed.rs` compiles the same
//! groups without their mistakes, and `tests/valid` those of `ui/pass`.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/program/*.rs");
    cases.compile_fail("ui/fail/*/*.rs");
    cases.compile_fail("ui/fail/*.rs");
}
