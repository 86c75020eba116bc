//! Linear probe: multinomial logistic regression.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use super::accuracy::accuracy;
use super::error::{ClusterError, same_columns};
use crate::labelled_points::{LabelledPoints, positions};
use crate::lbfgs::{self, Minimum};
use crate::moments::{column_means, column_variances};
use crate::table::Table;

/// Rows that one task takes; fixed, so that the sums do not depend on the threads.
const CHUNK: usize = 1024;

/// The loss of a class to which the probe gives no probability, in nats: −log ε, as scikit-learn's `log_loss` clips it.
const MOST_LOSS: f64 = 36.043_653_389_117_15;

/// How the probe is fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProbeSettings {
    /// Inverse strength C of the penalty: C Σ_i log loss_i + ½‖w‖², as in scikit-learn; above 0.
    pub c: f64,
    /// Converged when no component of the gradient of the mean log loss + ‖w‖² / (2 C n) exceeds this; above 0.
    pub tolerance: f64,
    /// Most iterations.
    pub iterations: usize,
}

impl Default for ProbeSettings {
    /// C = 1, gradient to 1e-6, at most 1000 iterations.
    fn default() -> Self {
        Self { c: 1.0, tolerance: 1e-6, iterations: 1000 }
    }
}

/// A linear classifier of standardised columns: p(class | x) = softmax(W x + b).
///
/// Alain & Bengio, *Understanding intermediate layers using linear classifier probes*, 2016. Columns are scaled to
/// mean 0 and variance 1 on the fitted table (constant ones are only centred); the intercept is not penalised.
/// Equals scikit-learn's `make_pipeline(StandardScaler(), LogisticRegression(C))`.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearProbe {
    classes: Vec<u32>,
    columns: usize,
    /// For columns as they are, `[columns + 1, classes]`: weights, then the intercept.
    weights: Vec<f64>,
    /// What was minimised: mean log loss + ‖w‖² / (2 C n), in nats.
    pub objective: f64,
    /// Iterations of L-BFGS.
    pub iterations: usize,
    /// Whether the gradient fell below the tolerance.
    pub converged: bool,
}

/// How a probe does on a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProbeScore {
    /// Share classified rightly, in [0, 1]; higher is better.
    pub accuracy: f64,
    /// Mean −log p(class | x) in nats; lower is better. In [0, 36.04]: a probability below the rounding of f64, such
    /// as that of a class which the fit has not seen, counts as that.
    pub log_loss: f64,
}

impl LinearProbe {
    /// Fits the probe by L-BFGS from zero; exact to `tolerance`, deterministic.
    ///
    /// # Errors
    /// [`ClusterError::Classes`] for fewer than two classes, [`ClusterError::Setting`] for a `c` or `tolerance`
    /// that is not above 0.
    ///
    /// ```
    /// use analysis::{LabelledPoints, LinearProbe, Table};
    ///
    /// let train = LabelledPoints::new(Table::new(&[0.0, 1.0, 8.0, 9.0], 1)?, &[0, 0, 1, 1])?;
    /// let probe = LinearProbe::fit(train, Default::default())?;
    /// assert!(probe.converged && probe.score(train)?.accuracy == 1.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fit(train: LabelledPoints<'_>, settings: ProbeSettings) -> Result<Self, ClusterError> {
        for (name, value) in [("c", settings.c), ("tolerance", settings.tolerance)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(ClusterError::Setting { name, value, allowed: "above 0" });
            }
        }
        let (table, classes) = (train.table(), train.classes());
        if classes.len() < 2 {
            return Err(ClusterError::Classes { classes: classes.len(), rows: table.rows() });
        }
        let means = column_means(table);
        let deviations = column_variances(table, &means).into_iter().map(|variance| {
            let deviation = variance.sqrt();
            if deviation > 0.0 { deviation } else { 1.0 }
        });
        let problem = SoftmaxProblem {
            table,
            class_of: positions(train.labels(), &classes),
            classes: classes.len(),
            means,
            deviations: deviations.collect(),
            penalty: 1.0 / (settings.c * table.rows() as f64),
        };
        let start = vec![0.0; (table.columns() + 1) * classes.len()];
        let Minimum { at, value, iterations, converged } =
            lbfgs::minimise(start, settings.tolerance, settings.iterations, |w| problem.evaluate(w));
        Ok(Self {
            columns: table.columns(),
            weights: problem.for_raw_columns(&at),
            classes,
            objective: value,
            iterations,
            converged,
        })
    }

    /// The most probable class of each row of `points`.
    ///
    /// # Errors
    /// [`ClusterError::Columns`] where `points` has other columns than the fitted table.
    pub fn predict(&self, points: Table<'_>) -> Result<Vec<u32>, ClusterError> {
        let classes = self.classes.len();
        let logits = self.logits(points)?;
        let highest = |row: &[f64]| (1..classes).fold(0, |best, c| if row[c] > row[best] { c } else { best });
        Ok(logits.chunks_exact(classes).map(|row| self.classes[highest(row)]).collect())
    }

    /// Accuracy and log loss on `test`.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn score(&self, test: LabelledPoints<'_>) -> Result<ProbeScore, ClusterError> {
        let mut logits = self.logits(test.table())?;
        let rows = logits.chunks_exact_mut(self.classes.len()).zip(test.labels());
        let losses = rows.map(|(row, label)| match self.classes.binary_search(label) {
            Ok(class) => softmax_loss(row, class).min(MOST_LOSS),
            Err(_) => MOST_LOSS,
        });
        let log_loss = losses.sum::<f64>() / test.labels().len() as f64;
        Ok(ProbeScore { accuracy: accuracy(&self.predict(test.table())?, test.labels()), log_loss })
    }

    /// `[rows, classes]`
    fn logits(&self, points: Table<'_>) -> Result<Vec<f64>, ClusterError> {
        same_columns(points.columns(), self.columns)?;
        let classes = self.classes.len();
        let mut logits = vec![0.0; points.rows() * classes];
        let chunks = points.values().par_chunks(CHUNK * self.columns);
        logits.par_chunks_mut(CHUNK * classes).zip(chunks).for_each(|(logits, points)| {
            linear(&to_f64(points), self.columns, &self.weights, classes, logits);
        });
        Ok(logits)
    }
}

struct SoftmaxProblem<'a> {
    table: Table<'a>,
    class_of: Vec<usize>,
    classes: usize,
    means: Vec<f64>,
    deviations: Vec<f64>,
    penalty: f64,
}

impl SoftmaxProblem<'_> {
    /// Weights of standardised columns as weights of the columns as they are: standardising is folded into the
    /// weights, so that no standardised copy of the table is needed.
    fn for_raw_columns(&self, weights: &[f64]) -> Vec<f64> {
        let (head, intercept) = weights.split_at(weights.len() - self.classes);
        let mut raw: Vec<f64> = head
            .chunks_exact(self.classes)
            .zip(&self.deviations)
            .flat_map(|(row, deviation)| row.iter().map(move |weight| weight / deviation))
            .collect();
        let mut shifted = intercept.to_vec();
        for (row, mean) in raw.chunks_exact(self.classes).zip(&self.means) {
            shifted.iter_mut().zip(row).for_each(|(shifted, weight)| *shifted -= mean * weight);
        }
        raw.extend(shifted);
        raw
    }

    /// Objective and gradient.
    fn evaluate(&self, weights: &[f64]) -> (f64, Vec<f64>) {
        let (columns, classes, rows) = (self.table.columns(), self.classes, self.table.rows());
        let raw = self.for_raw_columns(weights);
        // A few chunks per task bound the number of partial gradients.
        let chunks = rows.div_ceil(CHUNK);
        let tasks = chunks.min(64);
        let parts: Vec<(f64, Vec<f64>)> = (0..tasks)
            .into_par_iter()
            .map(|task| {
                let mut loss = 0.0;
                let mut gradient = vec![0.0; raw.len()];
                for chunk in (task * chunks / tasks)..((task + 1) * chunks / tasks) {
                    let range = chunk * CHUNK..rows.min((chunk + 1) * CHUNK);
                    let points = to_f64(&self.table.values()[range.start * columns..range.end * columns]);
                    let mut errors = vec![0.0; range.len() * classes];
                    linear(&points, columns, &raw, classes, &mut errors);
                    for (row, class) in errors.chunks_exact_mut(classes).zip(&self.class_of[range.clone()]) {
                        loss += softmax_loss(row, *class);
                        row[*class] -= 1.0;
                        let intercept = &mut gradient[columns * classes..];
                        intercept.iter_mut().zip(row).for_each(|(sum, error)| *sum += *error);
                    }
                    let head = &mut gradient[..columns * classes];
                    matmul(
                        MatMut::from_row_major_slice_mut(head, columns, classes),
                        Accum::Add,
                        MatRef::from_row_major_slice(&points, range.len(), columns).transpose(),
                        MatRef::from_row_major_slice(&errors, range.len(), classes),
                        1.0,
                        Par::Seq,
                    );
                }
                (loss, gradient)
            })
            .collect();
        let mut loss = 0.0;
        let mut gradient = vec![0.0; raw.len()];
        for (part_loss, part) in parts {
            loss += part_loss;
            gradient.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        let count = rows as f64;
        let mut objective = loss / count;
        // Back to standardised columns, divided by the rows, and the penalty.
        let (head, intercept) = gradient.split_at_mut(columns * classes);
        let scales = self.means.iter().zip(&self.deviations);
        for ((row, weights), (mean, deviation)) in
            head.chunks_exact_mut(classes).zip(weights.chunks_exact(classes)).zip(scales)
        {
            for ((slope, weight), sum) in row.iter_mut().zip(weights).zip(intercept.iter()) {
                *slope = (*slope - mean * sum) / deviation / count + self.penalty * weight;
                objective += 0.5 * self.penalty * weight * weight;
            }
        }
        intercept.iter_mut().for_each(|sum| *sum /= count);
        (objective, gradient)
    }
}

fn to_f64(values: &[f32]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}

/// x · W + b for each row: `points` `[rows, columns]`, `weights` `[columns + 1, classes]`, `out` `[rows, classes]`.
fn linear(points: &[f64], columns: usize, weights: &[f64], classes: usize, out: &mut [f64]) {
    let rows = out.len() / classes;
    let (head, intercept) = weights.split_at(columns * classes);
    out.chunks_exact_mut(classes).for_each(|row| row.copy_from_slice(intercept));
    matmul(
        MatMut::from_row_major_slice_mut(out, rows, classes),
        Accum::Add,
        MatRef::from_row_major_slice(points, rows, columns),
        MatRef::from_row_major_slice(head, columns, classes),
        1.0,
        Par::Seq,
    );
}

/// −log softmax(logits)\[class\]; leaves the probabilities in `logits`.
fn softmax_loss(logits: &mut [f64], class: usize) -> f64 {
    let highest = logits.iter().fold(f64::NEG_INFINITY, |highest, logit| highest.max(*logit));
    let own = logits[class] - highest;
    logits.iter_mut().for_each(|logit| *logit = (*logit - highest).exp());
    let sum: f64 = logits.iter().sum();
    logits.iter_mut().for_each(|value| *value /= sum);
    sum.ln() - own
}
