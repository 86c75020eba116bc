//! Mutual information gap and separated attribute predictability.

use rayon::prelude::*;

use super::error::DisentanglementError;
use super::factors::{FactorKind, KnownFactors, in_bins};
use crate::clusters::{LinearProbe, ProbeSettings};
use crate::labelled_points::LabelledPoints;
use crate::table::Table;

/// How much each dimension tells about each factor, and the gap between the best two.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaps {
    /// Mean of `gaps`, in [0, 1]; higher is better.
    pub score: f64,
    /// For each factor, what the best dimension tells more than the second best.
    pub gaps: Vec<f64>,
    /// What dimension j tells about factor k, `[dims, factors]`, in [0, 1].
    pub table: Vec<f64>,
}

impl Gaps {
    fn of(table: Vec<f64>, factors: usize) -> Self {
        let gaps: Vec<f64> = (0..factors)
            .map(|k| {
                let (mut best, mut second) = (0.0f64, 0.0f64);
                for value in table.iter().skip(k).step_by(factors) {
                    if *value > best {
                        (best, second) = (*value, best);
                    } else {
                        second = second.max(*value);
                    }
                }
                best - second
            })
            .collect();
        Self { score: gaps.iter().sum::<f64>() / factors as f64, gaps, table }
    }
}

/// Mutual information gap: I(z_j; v_k) / H(v_k), the best dimension's less the second's, mean over factors.
///
/// Chen et al., *Isolating sources of disentanglement in variational autoencoders*, NeurIPS 2018. As in Locatello et
/// al. 2019, codes are put in 20 bins of equal width from their least to their greatest value; so are factors that
/// are quantities. Biased upwards for few images: 10,000 are usual.
///
/// # Errors
/// [`DisentanglementError::OneDimension`].
///
/// ```
/// use analysis::{FactorKind, KnownFactors, Table, mutual_information_gap};
///
/// // Dimension 0 is factor 0; dimension 1 is noise to it.
/// let (codes, factors) = ([0.0, 0.0, 0.0, 1.0, 5.0, 0.0, 5.0, 1.0], [0.0, 0.0, 1.0, 1.0]);
/// let known = KnownFactors::new(Table::new(&codes, 2)?, Table::new(&factors, 1)?, &[FactorKind::Class])?;
/// assert_eq!(mutual_information_gap(known)?.score, 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mutual_information_gap(known: KnownFactors<'_>) -> Result<Gaps, DisentanglementError> {
    const BINS: usize = 20;
    let (dims, factors) = (known.codes().columns(), known.factors().columns());
    if dims < 2 {
        return Err(DisentanglementError::OneDimension);
    }
    let levels: Vec<Vec<usize>> = (0..factors).map(|k| known.levels(k, BINS)).collect();
    let entropies: Vec<f64> = levels.iter().map(|levels| entropy(levels)).collect();
    let rows: Vec<Vec<f64>> = (0..dims)
        .into_par_iter()
        .map(|j| {
            let bins = in_bins(&known.code(j), BINS);
            let share = |k: usize| {
                let joint: Vec<usize> =
                    bins.iter().zip(&levels[k]).map(|(bin, level)| level * BINS + bin).collect();
                let information = entropy(&bins) + entropies[k] - entropy(&joint);
                (information / entropies[k]).clamp(0.0, 1.0)
            };
            (0..factors).map(share).collect()
        })
        .collect();
    Ok(Gaps::of(rows.concat(), factors))
}

/// Entropy of small whole numbers, in nats.
fn entropy(levels: &[usize]) -> f64 {
    let mut counts = vec![0usize; levels.iter().max().map_or(0, |most| most + 1)];
    levels.iter().for_each(|level| counts[*level] += 1);
    let share = |count: usize| count as f64 / levels.len() as f64;
    counts.into_iter().filter(|count| *count > 0).map(|count| -share(count) * share(count).ln()).sum()
}

/// Separated attribute predictability: how well single dimensions predict each factor, the best less the second, mean
/// over factors.
///
/// Kumar, Sattigeri & Balakrishnan, *Variational inference of disentangled latent concepts from unlabeled
/// observations*, ICLR 2018. A quantity is predicted by linear regression, judged by R² (on `train`, which is the
/// squared correlation); a class by a linear classifier of the one dimension ([`LinearProbe`] with C = 1) fitted on
/// `train`, judged by its accuracy on `test`. (Locatello et al. 2019 fit a linear support vector machine.)
///
/// # Errors
/// [`DisentanglementError::OneDimension`], and [`DisentanglementError::Columns`] where `test` does not belong to
/// `train`.
pub fn separated_predictability(
    train: KnownFactors<'_>,
    test: KnownFactors<'_>,
) -> Result<Gaps, DisentanglementError> {
    train.check_test(&test)?;
    let (dims, factors) = (train.codes().columns(), train.factors().columns());
    if dims < 2 {
        return Err(DisentanglementError::OneDimension);
    }
    let cell = |at: usize| {
        let (j, k) = (at / factors, at % factors);
        match train.kinds()[k] {
            FactorKind::Quantity => Ok(squared_correlation(&train.code(j), &train.factor(k))),
            FactorKind::Class => class_accuracy(train, test, j, k),
        }
    };
    let table = (0..dims * factors).into_par_iter().map(cell).collect::<Vec<_>>();
    let table: Result<Vec<f64>, DisentanglementError> = table.into_iter().collect();
    Ok(Gaps::of(table?, factors))
}

/// 0 where one of them is constant.
fn squared_correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        aa += (a - mean_a) * (a - mean_a);
        bb += (b - mean_b) * (b - mean_b);
        ab += (a - mean_a) * (b - mean_b);
    }
    if aa > 0.0 && bb > 0.0 { (ab * ab / (aa * bb)).min(1.0) } else { 0.0 }
}

fn class_accuracy(
    train: KnownFactors<'_>,
    test: KnownFactors<'_>,
    j: usize,
    k: usize,
) -> Result<f64, DisentanglementError> {
    let column = |known: KnownFactors<'_>| -> (Vec<f32>, Vec<u32>) {
        let rows = 0..known.images();
        rows.map(|row| (known.codes().row(row)[j], known.factors().row(row)[k] as u32)).unzip()
    };
    let ((train_codes, train_labels), (test_codes, test_labels)) = (column(train), column(test));
    // Columns of finite numbers with a label each: neither can fail, and if it did it would be reported.
    let labelled = |codes, labels| {
        let table = Table::new(codes, 1).map_err(|_| DisentanglementError::OneDimension)?;
        LabelledPoints::new(table, labels).map_err(|error| DisentanglementError::Clusters(error.into()))
    };
    let probe = LinearProbe::fit(labelled(&train_codes, &train_labels)?, ProbeSettings::default())?;
    Ok(probe.score(labelled(&test_codes, &test_labels)?)?.accuracy)
}
