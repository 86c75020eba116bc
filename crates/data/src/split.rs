//! Which images train, which validate, which test.

use random::Stream;

use crate::spec::{DataPlan, HoldOut};
use crate::{DataError, Dataset};

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

const DEFAULT_TEST: HoldOut = HoldOut::Fraction(0.1);

/// Splits `pool`; `official` are the set's own test images, if it has some.
pub(crate) fn split(plan: &DataPlan, pool: Dataset, official: Option<Dataset>) -> Result<Splits, DataError> {
    let (rest, test) = match (plan.test, official) {
        (None, Some(test)) => (pool, test),
        (rule, _) => hold_out("test", &pool, rule.unwrap_or(DEFAULT_TEST), plan.seed)?,
    };
    let (train, valid) = match plan.valid.hold_out() {
        None => (rest, test.clone()),
        Some(rule) => hold_out("valid", &rest, rule, plan.seed)?,
    };
    let (train, valid) = (without(train, &plan.exclude_classes)?, without(valid, &plan.exclude_classes)?);
    let limited = |set: Dataset, limit: Option<usize>| limit.map_or(set.clone(), |most| set.first(most));
    Ok(Splits {
        train: limited(train, plan.limit.train),
        valid: limited(valid, plan.limit.valid),
        test: limited(test, plan.limit.test),
    })
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
/// first images of a folder sorted by class are of all classes.
fn hold_out(field: &str, set: &Dataset, rule: HoldOut, seed: u64) -> Result<(Dataset, Dataset), DataError> {
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
            let stream = Stream::new(seed, &format!("{field} images"));
            stream.permutation(0, n).into_iter().map(|i| i as usize).collect()
        }
    };
    let (rest, held) = order.split_at(n - held);
    Ok((set.subset(rest)?, set.subset(held)?))
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

    /// The same parts with `pad` rows and columns of zeros on each side of every image.
    pub(crate) fn padded(&self, pad: usize) -> Self {
        Self { train: self.train.padded(pad), valid: self.valid.padded(pad), test: self.test.padded(pad) }
    }
}
