//! The code that `#[service_group]` writes: `app.rs` is a group, `expanded.rs` is its expansion, by hand and with
//! comments. `cargo run -p expanded` runs the first, `cargo run -p expanded -- by-hand` the second. Ctrl-C stops it.

mod app;
mod expanded;
mod journal;

use service_group::Outcome;

#[tokio::main]
async fn main() -> Outcome {
    let path = std::env::temp_dir().join("journal.log");
    match std::env::args().nth(1).as_deref() {
        Some("by-hand") => expanded::App::run(path).await,
        _ => app::App::run(path).await,
    }
}

#[cfg(test)]
mod tests;
