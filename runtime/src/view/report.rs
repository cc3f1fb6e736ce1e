//! The stop report as text, as a timeline, and as a picture.

mod svg;
mod text;
mod timeline;

pub use timeline::Timeline;
