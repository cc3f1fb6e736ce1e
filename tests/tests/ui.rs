//! Groups that compile, and the errors of groups that do not. Each case of `ui/fixed` is the case of the same name in
//! `ui/fail` without its mistake.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.pass("ui/fixed/*/*.rs");
    cases.compile_fail("ui/fail/*/*.rs");
    cases.compile_fail("ui/fail/*.rs");
}
