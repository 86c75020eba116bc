//! Test images that are nearly training images: they flatter the test.

use analysis::{Table, nearest};
use data::{Dataset, Splits, Thumbnails};

use super::threshold::Threshold;
use crate::lab::Lab;
use crate::numbers::grouped;
use crate::row_names::name_of;

/// Products that comparing may take, a fraction of a second; of more images only the first ones are looked at.
const MOST_PRODUCTS: usize = 4_000_000_000;

/// Test images that have a near-duplicate among the training images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NearDuplicates {
    /// Position of an image of the test split, and of the training image that is most like it.
    pub pairs: Vec<(usize, usize)>,
    /// Test images that were looked at: all, or the first ones of many.
    pub looked_at: usize,
}

/// Warns of test images that are nearly training images.
pub fn tell(splits: &Splits, lab: &Lab) {
    if let Some(near) = between_splits(splits) {
        lab.warn(in_words(&near, &splits.train, &splits.test));
    }
}

/// Test images that are nearly training images, of sets from a path; `None` if there are none. Rows of tables, which
/// often repeat, are not looked at.
pub fn between_splits(splits: &Splits) -> Option<NearDuplicates> {
    let Splits { train, test, .. } = splits;
    let is_looked_at =
        train.inventory().is_some() && train.columns().is_none() && train.shape() == test.shape();
    let near = is_looked_at.then(|| find(train, test))?;
    (!near.pairs.is_empty()).then_some(near)
}

fn find(train: &Dataset, test: &Dataset) -> NearDuplicates {
    // An image that is in both parts is not a duplicate of itself.
    let shared = train.shares_pixels_with(test);
    let known = Thumbnails::of(train);
    let count = test.len().min((MOST_PRODUCTS / known.values().len()).max(1));
    let looked_at = known.alike(&test.first(count));
    let most = Threshold::of(train, &known, None).difference;
    let scale = (known.each() as f64).sqrt();
    let tables = Table::new(looked_at.values(), known.each())
        .and_then(|looked| Ok((looked, Table::new(known.values(), known.each())?)));
    let Ok((looked, points)) = tables else { return NearDuplicates::default() };
    let Ok(found) = nearest(looked, points, 2.min(train.len())) else { return NearDuplicates::default() };
    let pairs = (0..count).filter_map(|i| {
        let candidates = found.indices(i).iter().map(|j| *j as usize).zip(found.distances(i));
        let mut others = candidates.filter(|(j, _)| !(shared && train.position(*j) == test.position(i)));
        let (other, distance) = others.next()?;
        (f64::from(*distance) / scale <= most).then_some((i, other))
    });
    NearDuplicates { pairs: pairs.collect(), looked_at: count }
}

/// `12 of 100 test images are nearly training images, which flatters the test: a.png and b.png`.
pub fn in_words(near: &NearDuplicates, train: &Dataset, test: &Dataset) -> String {
    const SHOWN: usize = 3;
    let examples: Vec<String> = near
        .pairs
        .iter()
        .take(SHOWN)
        .map(|(of_test, of_train)| format!("{} and {}", name_of(test, *of_test), name_of(train, *of_train)))
        .collect();
    let (count, looked_at) = (grouped(near.pairs.len()), grouped(near.looked_at));
    let what =
        if near.pairs.len() == 1 { "is nearly a training image" } else { "are nearly training images" };
    format!("{count} of {looked_at} test images {what}, which flatters the test: {}", examples.join("; "))
}
