//! Near-duplicates between the splits of a data set, in words.

use data::{Dataset, NearDuplicates, Splits, near_duplicates};

use crate::lab::Lab;
use crate::numbers::grouped;

/// Warns of test images that are nearly training images.
pub fn tell(splits: &Splits, lab: &Lab) {
    if let Some(near) = of(splits) {
        lab.warn(in_words(&near, &splits.train, &splits.test));
    }
}

/// Test images that are nearly training images, of sets from a path; `None` if there are none. Rows of tables, which
/// often repeat, are not looked at.
pub fn of(splits: &Splits) -> Option<NearDuplicates> {
    let is_looked_at = splits.train.inventory().is_some() && splits.train.columns().is_none();
    let near = is_looked_at.then(|| near_duplicates(&splits.train, &splits.test))?;
    (!near.pairs.is_empty()).then_some(near)
}

/// `12 of 100 test images are nearly training images, which flatters the test: a.png and b.png`.
pub fn in_words(near: &NearDuplicates, train: &Dataset, test: &Dataset) -> String {
    const SHOWN: usize = 3;
    let name = |set: &Dataset, i: usize| match set.file_name(i) {
        Some(file) => file.to_owned(),
        None => format!("#{}", set.position(i)),
    };
    let examples: Vec<String> = near
        .pairs
        .iter()
        .take(SHOWN)
        .map(|(of_test, of_train)| format!("{} and {}", name(test, *of_test), name(train, *of_train)))
        .collect();
    let (count, looked_at) = (grouped(near.pairs.len()), grouped(near.looked_at));
    let what =
        if near.pairs.len() == 1 { "is nearly a training image" } else { "are nearly training images" };
    format!("{count} of {looked_at} test images {what}, which flatters the test: {}", examples.join("; "))
}
