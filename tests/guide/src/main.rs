//! Runs the program of the guide that `GUIDE_PROGRAM` names. The arguments are those of the program.

mod host;

use std::process::ExitCode;

include!(concat!(env!("OUT_DIR"), "/programs.rs"));

fn main() -> ExitCode {
    let name = std::env::var("GUIDE_PROGRAM").unwrap_or_default();
    let Some((_, run)) = PROGRAMS.iter().find(|(known, _)| *known == name) else {
        let known: Vec<_> = PROGRAMS.iter().map(|(known, _)| *known).collect();
        eprintln!("no program is named `{name}`; the guide has: {}", known.join(", "));
        return ExitCode::from(2);
    };
    run()
}
