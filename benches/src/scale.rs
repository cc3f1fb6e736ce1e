//! Whether a benchmark measures, or only shows that it still works.

/// Returns the first value if the benchmark measures, and the second in a small run.
///
/// `cargo bench` passes `--bench`; `cargo test` does not, and runs each benchmark once, small.
pub fn full_or_small<T>(full: T, small: T) -> T {
    if std::env::args().any(|argument| argument == "--bench") { full } else { small }
}
