//! Hello.
fn main() {}
