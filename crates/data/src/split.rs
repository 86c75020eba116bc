//! Which images train, which validate, which test.

use std::collections::{BTreeMap, BTreeSet};

use random::Stream;

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::hold_out::{HoldOut, TestImages};
use crate::pool::Pool;
use crate::spec::DataPlan;

/// A set in its three parts.
#[derive(Clone, Debug)]
pub struct Splits {
    /// What the network learns from.
    pub train: Dataset,
    /// What is watched while it learns.
    pub valid: Dataset,
    /// What it has never seen.
    pub test: Dataset,
}

/// The part that is held out where nothing is said.
const DEFAULT_PART: f64 = 0.1;

/// Splits the images of `pool`, whose own validation and test images are used unless the plan says otherwise.
pub(crate) fn split(plan: &DataPlan, pool: Pool, notes: &mut Vec<String>) -> Result<Splits, DataError> {
    let Pool { set, valid: own_valid, test: own_test, cut_from, .. } = pool;
    let held_out = |field: &str, set: &Dataset, rule| hold_out(field, set, rule, plan, cut_from.as_deref());
    let named = |rule: &TestImages| match rule {
        TestImages::HoldOut(rule) => Some(*rule),
        TestImages::Path(_) => None, // these came along as the pool's own
    };
    let (rest, test) = match (plan.test.as_ref().and_then(named), own_test) {
        (Some(rule), _) => held_out("test", &set, rule)?,
        (None, Some(test)) => (set, test),
        (None, None) if set.len() == 1 => {
            notes.push("there is one image: it trains, validates and tests".into());
            (set.clone(), set)
        }
        (None, None) => held_out("test", &set, a_tenth(&set))?,
    };
    let (train, valid) = match (plan.valid, own_valid) {
        (Some(rule), _) => match rule.hold_out() {
            Some(rule) => held_out("valid", &rest, rule)?,
            None => (rest, test.clone()),
        },
        (None, Some(valid)) => (rest, valid),
        (None, None) if rest.len() == 1 => {
            if test.len() > 1 || rest.position(0) != test.position(0) {
                notes.push("one image is left to train on: the test images validate".into());
            }
            (rest, test.clone())
        }
        (None, None) => held_out("valid", &rest, a_tenth(&rest))?,
    };
    let (train, valid) = (without(train, &plan.exclude_classes)?, without(valid, &plan.exclude_classes)?);
    let limited = |set: Dataset, limit: Option<usize>| limit.map_or(set.clone(), |most| set.first(most));
    Ok(Splits {
        train: limited(train, plan.limit.train),
        valid: limited(valid, plan.limit.valid),
        test: limited(test, plan.limit.test),
    })
}

/// A tenth, at least one image.
fn a_tenth(set: &Dataset) -> HoldOut {
    match (set.len() as f64 * DEFAULT_PART).round() as usize {
        0 => HoldOut::Count(1),
        _ => HoldOut::Fraction(DEFAULT_PART),
    }
}

/// The images of all other classes.
fn without(set: Dataset, classes: &[String]) -> Result<Dataset, DataError> {
    if classes.is_empty() {
        return Ok(set);
    }
    let refuse = |value: &str, allowed: String| DataError::field("exclude_classes", value, allowed);
    let Some(labels) = set.labels() else {
        let allowed = format!("needs classes, and those of {} are not known", set.name());
        return Err(refuse(&classes.join(", "), allowed));
    };
    let numbers: Vec<u32> = classes
        .iter()
        .map(|class| match set.classes().iter().position(|name| name == class) {
            Some(number) => Ok(number as u32),
            None => {
                Err(refuse(class, format!("must be classes of {}: {}", set.name(), set.classes().join(", "))))
            }
        })
        .collect::<Result<_, _>>()?;
    let kept: Vec<usize> = (0..set.len()).filter(|index| !numbers.contains(&labels[*index])).collect();
    if kept.is_empty() {
        return Err(refuse(
            &classes.join(", "),
            format!("must leave images, but {} has no others", set.name()),
        ));
    }
    set.subset(&kept)
}

/// (what is left, what is held out). A random choice also leaves its parts in random order, so that the
/// first images of a folder sorted by class are of all classes. A fraction of tiles is one of whole pictures, as far as there
/// are several, for tiles of one picture are alike.
fn hold_out(
    field: &str,
    set: &Dataset,
    rule: HoldOut,
    plan: &DataPlan,
    cut_from: Option<&[usize]>,
) -> Result<(Dataset, Dataset), DataError> {
    let n = set.len();
    let (held, asked) = match rule {
        HoldOut::First(count) | HoldOut::Last(count) | HoldOut::Count(count) => (count, count.to_string()),
        HoldOut::Fraction(part) => ((n as f64 * part).round() as usize, part.to_string()),
    };
    if held == 0 || held >= n {
        let option = match rule {
            HoldOut::First(_) => "first",
            HoldOut::Last(_) => "last",
            HoldOut::Count(_) => "count",
            HoldOut::Fraction(_) => "fraction",
        };
        let allowed = format!(
            "must leave at least one image on each side, but takes {held} of the {n} images of {}",
            set.name()
        );
        return Err(DataError::field(&format!("{field}.{option}"), asked, allowed));
    }
    let order: Vec<usize> = match rule {
        HoldOut::First(_) => (held..n).chain(0..held).collect(),
        HoldOut::Last(_) => (0..n).collect(),
        HoldOut::Count(_) | HoldOut::Fraction(_) => {
            let stream = Stream::new(plan.seed, &format!("{field} images"));
            let order: Vec<usize> = stream.permutation(0, n).into_iter().map(|i| i as usize).collect();
            let labels = set.labels().filter(|_| plan.stratify);
            if let (HoldOut::Fraction(_), Some(cut_from)) = (rule, cut_from) {
                let picture = |tile: usize| cut_from[set.position(tile)];
                if let Some((rest, held)) = whole_pictures(&order, picture, labels.as_deref(), held, &stream)
                {
                    return Ok((set.subset(&rest)?, set.subset(&held)?));
                }
            }
            match labels {
                Some(labels) => stratified(order, &labels, set.classes().len(), held),
                None => order,
            }
        }
    };
    let (rest, held) = order.split_at(n - held);
    Ok((set.subset(rest)?, set.subset(held)?))
}

/// (what is left, what is held out) of tiles in this order: all those of some pictures, drawn at random, that come nearest to
/// `held`, of each class to its share where there are labels. `None` where all are of one picture.
fn whole_pictures(
    order: &[usize],
    picture: impl Fn(usize) -> usize,
    labels: Option<&[u32]>,
    held: usize,
    stream: &Stream,
) -> Option<(Vec<usize>, Vec<usize>)> {
    let mut tiles = BTreeMap::<usize, Vec<usize>>::new();
    order.iter().for_each(|tile| tiles.entry(picture(*tile)).or_default().push(*tile));
    let pictures: Vec<usize> = tiles.keys().copied().collect();
    if pictures.len() < 2 {
        return None;
    }
    let drawn: Vec<usize> =
        stream.permutation(1, pictures.len()).into_iter().map(|at| pictures[at as usize]).collect();
    let class = |picture: &usize| labels.map_or(0, |labels| labels[tiles[picture][0]]);
    let mut wanted = BTreeMap::<u32, f64>::new();
    for picture in &pictures {
        *wanted.entry(class(picture)).or_default() +=
            (tiles[picture].len() * held) as f64 / order.len() as f64;
    }
    let mut is_held = BTreeSet::new();
    for picture in &drawn {
        let (size, left) = (tiles[picture].len() as f64, wanted.entry(class(picture)).or_default());
        // Without it the share is missed by what is left, with it by size − left.
        if size < 2.0 * *left && is_held.len() + 1 < pictures.len() {
            *left -= size;
            is_held.insert(*picture);
        }
    }
    if is_held.is_empty() {
        is_held.extend(drawn.iter().min_by_key(|picture| tiles[*picture].len()));
    }
    Some(order.iter().partition(|tile| !is_held.contains(&picture(**tile))))
}

/// The same images, those at the end chosen so that each class has its share of the last `held`: as many as its part of
/// all images, rounded by largest remainders. Within both parts they stay in their order.
fn stratified(order: Vec<usize>, labels: &[u32], classes: usize, held: usize) -> Vec<usize> {
    let n = order.len();
    let mut sizes = vec![0usize; classes];
    order.iter().for_each(|image| sizes[labels[*image] as usize] += 1);
    let mut quota: Vec<usize> = sizes.iter().map(|size| size * held / n).collect();
    let mut by_remainder: Vec<usize> = (0..classes).collect();
    by_remainder.sort_by_key(|class| (std::cmp::Reverse(sizes[*class] * held % n), *class));
    let missing = held - quota.iter().sum::<usize>();
    by_remainder.into_iter().take(missing).for_each(|class| quota[class] += 1);
    // From the end, as without classes the last ones are held out.
    let mut is_held = vec![false; n];
    for (at, image) in order.iter().enumerate().rev() {
        let left = &mut quota[labels[*image] as usize];
        if *left > 0 {
            (*left, is_held[at]) = (*left - 1, true);
        }
    }
    let part =
        |held: bool| order.iter().zip(&is_held).filter(move |(_, is)| **is == held).map(|(image, _)| *image);
    part(false).chain(part(true)).collect()
}

impl Splits {
    /// The part of this name: `train`, `valid` or `test`.
    pub fn by_name(&self, name: &str) -> Option<&Dataset> {
        match name {
            "train" => Some(&self.train),
            "valid" => Some(&self.valid),
            "test" => Some(&self.test),
            _ => None,
        }
    }

    /// Training, validation and test images together, in the order in which they were read; test images of a file of
    /// their own behind the others.
    ///
    /// # Errors
    /// If these lie in several files and are too many for memory.
    pub fn all(&self) -> Result<Dataset, DataError> {
        Dataset::joined(&[&self.train, &self.valid, &self.test])
    }

    /// How many images were read, those that are in no part included.
    pub fn images_read(&self) -> usize {
        let parts = [&self.train, &self.valid, &self.test];
        let is_first = |at: usize| !parts[..at].iter().any(|part| part.shares_pixels_with(parts[at]));
        (0..parts.len()).filter(|at| is_first(*at)).map(|at| parts[at].whole().len()).sum()
    }

    /// Bytes of pixels in memory; what parts share counts once.
    pub fn bytes_in_memory(&self) -> u64 {
        let parts = [&self.train, &self.valid, &self.test];
        let is_first = |at: usize| !parts[..at].iter().any(|part| part.shares_pixels_with(parts[at]));
        (0..parts.len()).filter(|at| is_first(*at)).map(|at| parts[at].bytes_in_memory()).sum()
    }

    /// The first part whose images could not all be read, as [`Dataset::check`].
    ///
    /// # Errors
    /// As [`Dataset::check`].
    pub fn check(&self) -> Result<(), DataError> {
        [&self.train, &self.valid, &self.test].into_iter().try_for_each(Dataset::check)
    }

    /// The parts that share no images with an earlier one: the test images may validate, too.
    pub fn distinct(&self) -> Vec<&Dataset> {
        let mut parts: Vec<&Dataset> = Vec::new();
        for part in [&self.train, &self.valid, &self.test] {
            let same = |other: &&Dataset| {
                other.shares_pixels_with(part)
                    && other.len() == part.len()
                    && (0..part.len()).all(|i| other.position(i) == part.position(i))
            };
            if !parts.iter().any(same) {
                parts.push(part);
            }
        }
        parts
    }

    /// The parts as `change` makes them.
    pub(crate) fn map(self, change: impl Fn(Dataset) -> Dataset) -> Self {
        Self { train: change(self.train), valid: change(self.valid), test: change(self.test) }
    }

    /// The same parts with `pad` rows and columns of zeros on each side of every image.
    pub(crate) fn padded(&self, pad: usize) -> Self {
        Self { train: self.train.padded(pad), valid: self.valid.padded(pad), test: self.test.padded(pad) }
    }
}
