//! What compiles, and what users see where it does not.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.compile_fail("ui/fail/*/*.rs");
    cases.compile_fail("ui/fail/*.rs");
}
