//! The vertical position of each slot: near its neighbours, in the order of its column, without overlaps.

use super::columns::{Columns, mean};

/// The passes over all columns.
const ROUNDS: usize = 24;

/// Returns the centre of each slot, counted from the top of the picture.
pub(super) fn centres(columns: &Columns, height: impl Fn(Option<usize>) -> f64) -> Vec<f64> {
    let heights: Vec<_> = (0..columns.column_of.len()).map(|slot| height(columns.node(slot))).collect();
    let mut centres = vec![0.0; heights.len()];
    for column in &columns.slots {
        let mut top = 0.0;
        for &slot in column {
            centres[slot] = top + heights[slot] / 2.0;
            top += heights[slot];
        }
    }
    for round in 0..ROUNDS {
        let last = columns.slots.len();
        for step in 0..last {
            let column = if round % 2 == 0 { step } else { last - 1 - step };
            settle(&columns.slots[column], columns, &heights, &mut centres);
        }
    }
    let top = (0..centres.len()).map(|slot| centres[slot] - heights[slot] / 2.0).fold(f64::MAX, f64::min);
    centres.iter().map(|centre| centre - top).collect()
}

/// Moves the slots of a column as near as possible to the mean centre of the slots with which they are joined.
fn settle(column: &[usize], columns: &Columns, heights: &[f64], centres: &mut [f64]) {
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(column.len());
    for (at, &slot) in column.iter().enumerate() {
        let above = if at == 0 { slot } else { column[at - 1] };
        offset += f64::midpoint(heights[above], heights[slot]);
        offsets.push(offset);
    }
    let desired = column.iter().zip(&offsets).map(|(&slot, offset)| {
        let joined = columns.before[slot].iter().chain(&columns.after[slot]);
        mean(joined.map(|&other| centres[other])).unwrap_or(centres[slot]) - offset
    });
    for ((&slot, offset), centre) in column.iter().zip(&offsets).zip(rising(desired)) {
        centres[slot] = centre + offset;
    }
}

/// Returns the rising sequence with the least squared distance from the numbers. It pools adjacent numbers that fall
/// (isotonic regression).
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
    fn falling_numbers_are_pooled() {
        assert_eq!(rising([1.0, 3.0, 2.0, 4.0].into_iter()), [1.0, 2.5, 2.5, 4.0]);
        assert_eq!(rising([3.0, 2.0, 1.0].into_iter()), [2.0, 2.0, 2.0]);
        assert!(rising(std::iter::empty()).is_empty());
    }
}
