//! Normal images that the model was not trained on: what scores are compared with.

use std::collections::BTreeSet;

use data::{Dataset, Splits};

use crate::error::Error;
use crate::lab::Lab;
use crate::numbers::{count, grouped};
use crate::runs::{ImageRequest, ImageSelection, Run, SplitRequest};
use crate::split::Split;

/// Images that are looked at; more make thresholds no better. Of large images fewer: so many values in all, but at least
/// [`LEAST`] images, of which one in a hundred may lie above a threshold that is one of their scores.
const MOST: usize = 2_000;
const LEAST: usize = 200;
const VALUES: usize = 1 << 25;

/// What helps where there are none.
pub const NO_NORMAL: &str = "`latentlab anomalies RUN`, once where the run's data are, keeps in the run what others are compared with";

/// The validation images of the run's own data, of classes that training images have; `None`, and a note, where the data
/// are not to be had or there are none.
pub fn images(
    run: &Run,
    request: &ImageRequest,
    images: Option<&ImageSelection>,
    lab: &Lab,
) -> Result<Option<Dataset>, Error> {
    let opened = match images.and_then(|images| images.own.as_ref()) {
        Some(splits) => Ok(splits.clone()),
        None => SplitRequest::new(Split::Valid, None, request.set.dirs.clone()).open(run, lab),
    };
    match opened {
        Ok(splits) => of_learned_classes(&splits),
        Err(error) => {
            lab.note(format_args!(
                "no threshold, no heat maps: the run's own images are not to be had ({error}); {NO_NORMAL}"
            ));
            Ok(None)
        }
    }
}

/// Says where images are judged by a threshold that they made themselves.
pub fn tell_if_judged_by_themselves(images: &ImageSelection, lab: &Lab) -> Result<(), Error> {
    let both = judged_by_themselves(images)?;
    if both > 0 {
        lab.note(format_args!(
            "{} of the {} are validation images, from which the threshold comes: it says less about them",
            grouped(both),
            count(images.set.len(), "image")
        ));
    }
    Ok(())
}

/// How many images of the run's own data are among those that the threshold comes from.
pub fn judged_by_themselves(images: &ImageSelection) -> Result<usize, Error> {
    let Some(splits) = &images.own else { return Ok(0) };
    let Some(normal) = of_learned_classes(splits)? else { return Ok(0) };
    if !normal.shares_pixels_with(&images.set) {
        return Ok(0);
    }
    let positions: BTreeSet<usize> = (0..normal.len()).map(|i| normal.position(i)).collect();
    Ok((0..images.set.len()).filter(|i| positions.contains(&images.set.position(*i))).count())
}

fn of_learned_classes(splits: &Splits) -> Result<Option<Dataset>, Error> {
    let valid = &splits.valid;
    let learned: Option<BTreeSet<u32>> = splits.train.labels().map(|labels| labels.into_iter().collect());
    let is_normal = |i: &usize| match (&learned, valid.label(*i)) {
        (Some(learned), Some(label)) => learned.contains(&label),
        _ => true,
    };
    let normal: Vec<usize> = (0..valid.len()).filter(is_normal).collect();
    let taken = normal.len().min((VALUES / valid.shape().values()).clamp(LEAST, MOST));
    let spread: Vec<usize> = (0..taken).map(|i| normal[i * normal.len() / taken]).collect();
    if spread.is_empty() { Ok(None) } else { Ok(Some(valid.subset(&spread)?)) }
}
