//! Dimensions and ranges of the latent space, as they are written on the command line.

use crate::lab::numbers::count;
use crate::run::RunDir;

use crate::program::failure::Failure;

/// Dimensions of the latent space, counted from 1, all different; never none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coordinates(Vec<usize>);

impl Coordinates {
    /// Counts from 0, and checks that a latent space of `size` dimensions has these.
    pub fn check(&self, size: usize, run: &RunDir) -> Result<Vec<usize>, Failure> {
        if self.0.iter().all(|dim| *dim <= size) {
            return Ok(self.0.iter().map(|dim| dim - 1).collect());
        }
        let given: Vec<String> = self.0.iter().map(usize::to_string).collect();
        let (given, run) = (given.join(","), run.path().display());
        Err(Failure::mistake(format!(
            "--dims {given}: the latent space of {run} has {}, counted from 1",
            count(size, "dimension")
        )))
    }
}

/// One or more dimensions: `1,4,2`.
pub fn dims(text: &str) -> Result<Coordinates, String> {
    different(text).ok_or_else(|| "must be different dimensions, counted from 1, as in 1,2,5".into())
}

/// Exactly two dimensions: `1,2`.
pub fn two_dims(text: &str) -> Result<Coordinates, String> {
    let two = different(text).filter(|dims| dims.0.len() == 2);
    two.ok_or_else(|| "must be two different dimensions, counted from 1, as in 1,2".into())
}

fn different(text: &str) -> Option<Coordinates> {
    let mut dims = Vec::new();
    for part in text.split(',') {
        let dim: usize = part.trim().parse().ok()?;
        if dim == 0 || dims.contains(&dim) {
            return None;
        }
        dims.push(dim);
    }
    Some(Coordinates(dims))
}

/// Two finite numbers, the smaller first: `-3,3`.
pub fn range(text: &str) -> Result<(f32, f32), String> {
    let number = |part: &str| part.trim().parse::<f32>().ok().filter(|value| value.is_finite());
    let pair = text.split_once(',').and_then(|(low, high)| Some((number(low)?, number(high)?)));
    let pair = pair.filter(|(low, high)| low < high);
    pair.ok_or_else(|| "must be two finite numbers, the smaller first, as in -3,3".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_of_dimensions_is_refused() {
        assert_eq!(dims("3, 1").unwrap(), Coordinates(vec![3, 1]));
        for text in ["", "0,1", "1,1", "1,", "1;2", "-1"] {
            assert!(dims(text).is_err(), "{text}");
        }
        assert!(two_dims("1,2").is_ok() && two_dims("1").is_err() && two_dims("1,2,3").is_err());
    }

    #[test]
    fn ranges_rise() {
        assert_eq!(range("-3, 3"), Ok((-3.0, 3.0)));
        for text in ["3,-3", "1", "1,nan", "1,inf", "2,2"] {
            assert!(range(text).is_err(), "{text}");
        }
    }
}
