//! Disentanglement, completeness and informativeness.

use random::Stream;
use rayon::prelude::*;

use super::error::DisentanglementError;
use super::factors::{FactorKind, KnownFactors};
use super::forest::{Forest, Limits, Problem, Target};

/// The random forests that predict factors from codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForestSettings {
    /// Trees for each factor; at least 1.
    pub trees: usize,
    /// Greatest depth; at least 1.
    pub depth: usize,
    /// Fewest samples of a leaf; at least 1.
    pub leaf: usize,
    /// Seed of the bootstrap samples.
    pub seed: u64,
}

impl ForestSettings {
    /// 10 trees, as Eastwood & Williams take, of depth 12, with leaves of at least 5 samples.
    pub fn new(seed: u64) -> Self {
        Self { trees: 10, depth: 12, leaf: 5, seed }
    }
}

/// Disentanglement, completeness and informativeness of codes.
#[derive(Clone, Debug, PartialEq)]
pub struct Dci {
    /// 1 − entropy of a dimension's importances over factors (to the base of their number), mean over dimensions
    /// weighted by their importance; in [0, 1], higher is better: each dimension serves one factor.
    pub disentanglement: f64,
    /// 1 − entropy of a factor's importances over dimensions, mean over factors; in [0, 1], higher is better: each
    /// factor is served by one dimension.
    pub completeness: f64,
    /// Mean over factors of how well all dimensions together predict them on test; at most 1, higher is better.
    pub informativeness: f64,
    /// For each factor, R² of a quantity (below 0 where worse than the mean), accuracy of a class, on test.
    pub prediction: Vec<f64>,
    /// Importance of dimension j for factor k, `[dims, factors]`; a factor's add up to 1, or are all 0 where the
    /// codes tell nothing.
    pub importances: Vec<f64>,
}

/// DCI by random forests: fitted on `train`, judged on `test`.
///
/// Eastwood & Williams, *A framework for the quantitative evaluation of disentangled representations*, ICLR 2018, with
/// their random forests, seeded: bootstrap samples, all dimensions at each split, importance by decrease of impurity
/// (variance for quantities, Gini's for classes). Codes with one dimension are complete, one factor is disentangled,
/// by definition of the entropies.
///
/// # Errors
/// [`DisentanglementError::Columns`] where `test` does not belong to `train`, [`DisentanglementError::Zero`] for
/// settings of 0.
pub fn dci(
    train: KnownFactors<'_>,
    test: KnownFactors<'_>,
    settings: ForestSettings,
) -> Result<Dci, DisentanglementError> {
    train.check_test(&test)?;
    for (name, value) in [("trees", settings.trees), ("depth", settings.depth), ("leaf", settings.leaf)] {
        if value == 0 {
            return Err(DisentanglementError::Zero { name });
        }
    }
    let (dims, factors) = (train.codes().columns(), train.factors().columns());
    let columns: Vec<Vec<f64>> = (0..dims).map(|j| train.code(j)).collect();
    let stream = Stream::new(settings.seed, "bootstrap samples");
    let limits = Limits { depth: settings.depth, leaf: settings.leaf };
    let mut importances = vec![0.0; dims * factors];
    let mut prediction = Vec::with_capacity(factors);
    for k in 0..factors {
        let (values, truth) = (train.factor(k), test.factor(k));
        let target = match train.kinds()[k] {
            FactorKind::Quantity => Target::Quantity,
            FactorKind::Class => {
                Target::Class(values.iter().fold(0, |most, value| most.max(*value as usize)) + 1)
            }
        };
        let problem = Problem { columns: &columns, values: &values, target };
        let forest = Forest::fit(&problem, settings.trees, limits, stream);
        for (j, importance) in forest.importances().into_iter().enumerate() {
            importances[j * factors + k] = importance;
        }
        let predict = |row: usize| {
            let codes = test.codes().row(row);
            forest.predict(|j| f64::from(codes[j]))
        };
        let predicted: Vec<f64> = (0..truth.len()).into_par_iter().map(predict).collect();
        prediction.push(match target {
            Target::Quantity => explained(&predicted, &truth),
            Target::Class(_) => {
                predicted.iter().zip(&truth).filter(|(a, b)| a == b).count() as f64 / truth.len() as f64
            }
        });
    }
    let row = |j: usize| importances[j * factors..][..factors].to_vec();
    let column = |k: usize| importances.iter().skip(k).step_by(factors).copied().collect::<Vec<f64>>();
    let total: f64 = importances.iter().sum();
    let weight = |j: usize| if total > 0.0 { row(j).iter().sum::<f64>() / total } else { 0.0 };
    Ok(Dci {
        disentanglement: (0..dims).map(|j| weight(j) * concentration(&row(j))).sum(),
        completeness: (0..factors).map(|k| concentration(&column(k))).sum::<f64>() / factors as f64,
        informativeness: prediction.iter().sum::<f64>() / factors as f64,
        prediction,
        importances,
    })
}

/// 1 − entropy of the shares, to the base of their number; 0 where there is nothing to share, 1 for a single share.
fn concentration(importances: &[f64]) -> f64 {
    let total: f64 = importances.iter().sum();
    if total == 0.0 {
        return 0.0;
    }
    if importances.len() == 1 {
        return 1.0;
    }
    let shares = importances.iter().map(|importance| importance / total).filter(|share| *share > 0.0);
    1.0 + shares.map(|share| share * share.ln()).sum::<f64>() / (importances.len() as f64).ln()
}

/// R²: 1 − Σ (v − prediction)² / Σ (v − mean)².
fn explained(predicted: &[f64], truth: &[f64]) -> f64 {
    let mean = truth.iter().sum::<f64>() / truth.len() as f64;
    let around =
        |of: &dyn Fn(usize) -> f64| (0..truth.len()).map(|i| (truth[i] - of(i)).powi(2)).sum::<f64>();
    1.0 - around(&|i| predicted[i]) / around(&|_| mean)
}
