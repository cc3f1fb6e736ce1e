//! How far down each place is: near what it is joined with, in the order of its column, and never over another.

use super::columns::{Columns, mean};

/// How often all columns are gone over.
const ROUNDS: usize = 24;

/// The centre of each place, counted from the top of the picture.
pub(super) fn centres(columns: &Columns, height: impl Fn(Option<usize>) -> f64) -> Vec<f64> {
    let heights: Vec<_> = (0..columns.column_of.len()).map(|place| height(columns.node(place))).collect();
    let mut centres = vec![0.0; heights.len()];
    for column in &columns.of_places {
        let mut top = 0.0;
        for &place in column {
            centres[place] = top + heights[place] / 2.0;
            top += heights[place];
        }
    }
    for round in 0..ROUNDS {
        let last = columns.of_places.len();
        for step in 0..last {
            let column = if round % 2 == 0 { step } else { last - 1 - step };
            settle(&columns.of_places[column], columns, &heights, &mut centres);
        }
    }
    let top = (0..centres.len()).map(|place| centres[place] - heights[place] / 2.0).fold(f64::MAX, f64::min);
    centres.iter().map(|centre| centre - top).collect()
}

/// Moves the places of a column as near as can be to the mean of what they are joined with.
fn settle(column: &[usize], columns: &Columns, heights: &[f64], centres: &mut [f64]) {
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(column.len());
    for (at, &place) in column.iter().enumerate() {
        let above = if at == 0 { place } else { column[at - 1] };
        offset += f64::midpoint(heights[above], heights[place]);
        offsets.push(offset);
    }
    let wished = column.iter().zip(&offsets).map(|(&place, offset)| {
        let joined = columns.before[place].iter().chain(&columns.behind[place]);
        mean(joined.map(|&other| centres[other])).unwrap_or(centres[place]) - offset
    });
    for ((&place, offset), centre) in column.iter().zip(&offsets).zip(rising(wished)) {
        centres[place] = centre + offset;
    }
}

/// The rising sequence that is nearest to the numbers in the sum of squares: neighbours that fall are pooled.
fn rising(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut pools: Vec<(f64, u32)> = Vec::new();
    for number in numbers {
        pools.push((number, 1));
        while let [.., (above, many), (below, few)] = pools[..] {
            if above <= below {
                break;
            }
            let together = many + few;
            let mean = (above * f64::from(many) + below * f64::from(few)) / f64::from(together);
            pools.truncate(pools.len() - 2);
            pools.push((mean, together));
        }
    }
    pools.iter().flat_map(|&(number, count)| std::iter::repeat_n(number, count as usize)).collect()
}

#[cfg(test)]
mod tests {
    use super::rising;

    #[test]
    fn what_falls_is_pooled() {
        assert_eq!(rising([1.0, 3.0, 2.0, 4.0].into_iter()), [1.0, 2.5, 2.5, 4.0]);
        assert_eq!(rising([3.0, 2.0, 1.0].into_iter()), [2.0, 2.0, 2.0]);
        assert!(rising(std::iter::empty()).is_empty());
    }
}
