//! Regions against flooding them pixel by pixel.

#![allow(clippy::unwrap_used)]

use flawgauge::mask::BitMask;
use flawgauge::regions::{Connectivity, Regions, label};
use flawgauge::view::ImageView;
use proptest::prelude::*;

/// The labels of all pixels, from 1 in the order of the first pixels; 0 where there is none.
fn flood(pixels: &[u8], rows: usize, columns: usize, connectivity: Connectivity) -> Vec<u32> {
    let mut labels = vec![0; pixels.len()];
    let mut count = 0;
    for first in 0..pixels.len() {
        if pixels[first] == 0 || labels[first] != 0 {
            continue;
        }
        count += 1;
        labels[first] = count;
        let mut open = vec![first];
        while let Some(pixel) = open.pop() {
            let (row, column) = (pixel / columns, pixel % columns);
            for y in row.saturating_sub(1)..rows.min(row + 2) {
                for x in column.saturating_sub(1)..columns.min(column + 2) {
                    let corner = y != row && x != column;
                    let next = y * columns + x;
                    let joined = connectivity == Connectivity::Eight || !corner;
                    if joined && pixels[next] != 0 && labels[next] == 0 {
                        labels[next] = count;
                        open.push(next);
                    }
                }
            }
        }
    }
    labels
}

fn painted(found: &Regions, rows: usize, columns: usize) -> Vec<u32> {
    let mut labels = vec![0; rows * columns];
    for run in &found.runs {
        let start = run.row as usize * columns;
        labels[start + run.start as usize..start + run.end as usize].fill(run.label + 1);
    }
    labels
}

proptest! {
    #[test]
    fn labels_equal_flooding(
        rows in 0_usize..12,
        columns in prop_oneof![0_usize..12, 60_usize..70, 126_usize..132],
        seed in any::<u64>(),
        density in 1_u64..8,
        four in any::<bool>(),
    ) {
        let connectivity = if four { Connectivity::Four } else { Connectivity::Eight };
        let mut state = seed;
        let pixels: Vec<u8> = (0..rows * columns)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                u8::from(state >> 61 < density)
            })
            .collect();
        let mask = BitMask::pack(&ImageView::of_bytes(&pixels, rows, columns).unwrap());
        let found = label(&mask, connectivity).unwrap();
        let labels = flood(&pixels, rows, columns, connectivity);
        prop_assert_eq!(&painted(&found, rows, columns), &labels);
        for (index, region) in found.regions.iter().enumerate() {
            let own = |&pixel: &usize| labels[pixel] == index as u32 + 1;
            let places: Vec<(usize, usize)> = (0..labels.len())
                .filter(own)
                .map(|pixel| (pixel / columns, pixel % columns))
                .collect();
            let (ys, xs) = (places.iter().map(|place| place.0), places.iter().map(|place| place.1));
            prop_assert_eq!(region.area, places.len() as u64);
            prop_assert_eq!(region.row_sum, ys.clone().sum::<usize>() as u64);
            prop_assert_eq!(region.column_sum, xs.clone().sum::<usize>() as u64);
            prop_assert_eq!(region.top as usize, ys.clone().min().unwrap());
            prop_assert_eq!(region.bottom as usize, ys.max().unwrap() + 1);
            prop_assert_eq!(region.left as usize, xs.clone().min().unwrap());
            prop_assert_eq!(region.right as usize, xs.max().unwrap() + 1);
        }
    }
}
