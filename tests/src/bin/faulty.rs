//! The program that fails on purpose, with long windows: `faulty FAULT [FLAVOR]`.

use std::process::ExitCode;

use service_group_tests::{Windows, faulty};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let fault = arguments.next().expect("the first argument is the fault");
    let flavor = arguments.next().unwrap_or_default();
    faulty(&fault, &flavor, Windows::Long)
}
