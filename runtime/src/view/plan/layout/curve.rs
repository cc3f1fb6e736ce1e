//! The line of an arrow as an SVG path.

use std::fmt::Write;

use crate::view::canvas::coordinate;

/// The left and right side of a column, and the height at which the line passes it.
type Point = ((f64, f64), f64);

/// Returns a smooth path through points in adjacent columns, and its end at the left side of the last one. The path is
/// straight within a column and bent between two.
pub(super) fn curve(points: &[Point]) -> (String, (f64, f64)) {
    let mut path = String::new();
    let (mut at, mut head) = (None, (0.0, 0.0));
    for &((left, right), y) in points {
        if let Some((x, from)) = at {
            let (near, far) = (x + (left - x) * 0.5, left - (left - x) * 0.5);
            let [near, from, far, y, left, right] = [near, from, far, y, left, right].map(coordinate);
            // Writing to a `String` cannot fail.
            let _ = write!(path, "C{near} {from} {far} {y} {left} {y}H{right}");
        } else {
            let _ = write!(path, "M{} {}", coordinate(right), coordinate(y));
        }
        head = (left, y);
        at = Some((right, y));
    }
    // The last point is a service: the path ends at its left side, and does not cross it.
    if let Some(end) = path.rfind('H') {
        path.truncate(end);
    }
    (path, head)
}
