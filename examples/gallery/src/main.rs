//! Writes docs/gallery.md and its pictures in docs/gallery/.

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

    #[test]
    fn the_gallery_is_up_to_date() {
        for (path, text) in page::files() {
            let kept = fs::read_to_string(docs().join(path)).unwrap_or_default();
            assert!(
                kept == text,
                "docs/{path} is out of date: run `cargo run -p gallery` and review the difference\n{text}"
            );
        }
    }
}
