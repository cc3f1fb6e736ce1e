//! Every fault of `docs/faults.md`, once: the exit code, the service that is named, the order, and no hang. Never the time.

use std::process::Command;

#[test]
fn every_fault_ends_as_it_has_to() {
    let output = Command::new(env!("CARGO_BIN_EXE_faults")).output().expect("the program is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(table.contains("processes, 0 of them wrong"), "{table}");
}
