//! Groups that compile, and the errors of groups that do not. `ui_fixed.rs` compiles the same groups without their mistakes.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.compile_fail("ui/fail/*/*.rs");
    cases.compile_fail("ui/fail/*.rs");
}
