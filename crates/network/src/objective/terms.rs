//! Numbers of each term.

use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

use super::registry::Term;

/// A number for each term, 0 of those that a network does not have.
///
/// ```
/// use network::{Term, TermValues};
/// let values = TermValues::from([(Term::Kl, 3.0)]);
/// assert_eq!((values[Term::Kl], values[Term::Reconstruction]), (3.0, 0.0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, f64>", into = "BTreeMap<&'static str, f64>")]
pub struct TermValues([f64; Term::ALL.len()]);

impl Index<Term> for TermValues {
    type Output = f64;

    fn index(&self, term: Term) -> &f64 {
        &self.0[term as usize]
    }
}

impl IndexMut<Term> for TermValues {
    fn index_mut(&mut self, term: Term) -> &mut f64 {
        &mut self.0[term as usize]
    }
}

impl<const N: usize> From<[(Term, f64); N]> for TermValues {
    fn from(entries: [(Term, f64); N]) -> Self {
        let mut values = Self::default();
        entries.into_iter().for_each(|(term, value)| values[term] = value);
        values
    }
}

impl TryFrom<BTreeMap<String, f64>> for TermValues {
    type Error = String;

    fn try_from(named: BTreeMap<String, f64>) -> Result<Self, String> {
        let mut values = Self::default();
        for (name, value) in named {
            let term = Term::named(&name).ok_or_else(|| format!("no term of a loss is called `{name}`"))?;
            values[term] = value;
        }
        Ok(values)
    }
}

impl From<TermValues> for BTreeMap<&'static str, f64> {
    fn from(values: TermValues) -> Self {
        Term::ALL.iter().map(|term| (term.name(), values[*term])).collect()
    }
}

impl TermValues {
    /// The terms averaged over some images, summed in their order; the total is the sum of the averaged summands.
    pub fn mean(images: &[TermValues]) -> Terms {
        let mut values = TermValues::default();
        for image in images {
            for (sum, value) in values.0.iter_mut().zip(image.0) {
                *sum += value;
            }
        }
        for sum in &mut values.0 {
            *sum /= images.len().max(1) as f64;
        }
        values[Term::Total] = Term::summands().fold(0.0, |total, term| total + values[term]);
        Terms { values, images: images.len() }
    }
}

/// Loss terms averaged over images: reduced and weighted, free bits and warm-up included, so that the summands add up to
/// the total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// The means.
    #[serde(flatten)]
    pub values: TermValues,
    /// Images averaged over.
    pub images: usize,
}

impl Index<Term> for Terms {
    type Output = f64;

    fn index(&self, term: Term) -> &f64 {
        &self.values[term]
    }
}

impl Terms {
    /// What is minimised.
    pub fn total(&self) -> f64 {
        self[Term::Total]
    }

    /// The mean over both sets of images.
    pub fn merge(self, other: Terms) -> Terms {
        let images = self.images + other.images;
        if images == 0 {
            return self;
        }
        let mean = |a: f64, b: f64| (a * self.images as f64 + b * other.images as f64) / images as f64;
        let mut values = self.values;
        for (a, b) in values.0.iter_mut().zip(other.values.0) {
            *a = mean(*a, b);
        }
        Terms { values, images }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summands_add_up_and_averages_are_over_images() {
        let image = |reconstruction, kl, nats| {
            TermValues::from([(Term::Reconstruction, reconstruction), (Term::Kl, kl), (Term::KlNats, nats)])
        };
        let images = [image(4.0, 1.0, 8.0), image(2.0, 3.0, 6.0), image(9.0, 2.0, 1.0)];
        let all = TermValues::mean(&images);
        let expected =
            [(Term::Total, 7.0), (Term::Reconstruction, 5.0), (Term::Kl, 2.0), (Term::KlNats, 5.0)];
        assert_eq!(all, Terms { values: expected.into(), images: 3 });
        let merged = TermValues::mean(&images[..1]).merge(TermValues::mean(&images[1..]));
        assert_eq!(merged, all);
        assert_eq!(Terms::default().merge(TermValues::mean(&[])), Terms::default());
    }

    #[test]
    fn terms_come_back_from_json_and_those_that_were_not_known_yet_are_0() {
        let values = [(Term::Total, 1.0 / 3.0), (Term::Kl, 1e-300)].into();
        let terms = Terms { values, images: 7 };
        let text = serde_json::to_string(&terms).unwrap();
        assert_eq!(serde_json::from_str::<Terms>(&text).unwrap(), terms);
        let read = |text| serde_json::from_str::<Terms>(text).map_err(|error| error.to_string());
        assert_eq!(read(r#"{ "kl": 1e-300, "total": 0.3333333333333333, "images": 7 }"#), Ok(terms));
        let message = read(r#"{ "elbo": 1.0, "images": 7 }"#).unwrap_err();
        assert!(message.contains("no term of a loss is called `elbo`"), "{message}");
    }
}
