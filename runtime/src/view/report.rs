//! The stop report as text, as a timeline, and as a picture.
//!
//! All three draw the same rows. To add a column, add its text to `row.rs`, then place it in `text.rs`, `timeline.rs` and
//! `svg.rs`; a column of the plain text alone needs the first two.
//!
//! The whole text is compared in `text.rs`. README.md, `docs/gallery.md` and the READMEs of examples show it.

mod drained;
mod row;
mod summary;
mod svg;
mod text;
mod timeline;

pub use timeline::Timeline;
