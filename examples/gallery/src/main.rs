//! Draws the pictures of docs/gallery.md. See it for what they are.

mod app;
mod page;
mod part;
mod shop;
mod spans;
mod terminal;

use std::path::{Path, PathBuf};
use std::{fs, io};

fn main() -> io::Result<()> {
    fs::create_dir_all(docs().join("gallery"))?;
    for (path, text) in page::files() {
        fs::write(docs().join(path), text)?;
    }
    Ok(())
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each text and each picture is exactly what the code draws.
    #[test]
    fn the_gallery_is_what_is_drawn() {
        for (path, text) in page::files() {
            let kept = fs::read_to_string(docs().join(path)).unwrap_or_default();
            assert!(
                kept == text,
                "docs/{path} is out of date: look at the difference after `cargo run -p gallery`\n{text}"
            );
        }
    }
}
