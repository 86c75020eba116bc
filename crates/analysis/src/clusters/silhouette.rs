//! Silhouettes: how much nearer points are to their own class than to the next.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::error::ClusterError;
use crate::labelled_points::{LabelledPoints, positions};
use crate::neighbours::panels::{GROUP, Panels, Queries, four_by_two, unit_scale};

/// Silhouettes of points, of classes and of the whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Silhouette {
    /// (b − a)/max(a, b) of every row: a is its mean distance to the others of its class, b the smallest mean
    /// distance to another class. In [−1, 1], higher is better; 0 for a class of one.
    pub samples: Vec<f64>,
    /// Every class, ascending by label.
    pub classes: Vec<ClassSilhouette>,
    /// Mean over all rows.
    pub mean: f64,
}

/// The silhouette of one class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassSilhouette {
    /// Its label.
    pub label: u32,
    /// Its rows.
    pub rows: usize,
    /// Mean over its rows.
    pub mean: f64,
}

/// The silhouettes of labelled points in the Euclidean distance (Rousseeuw 1987), as scikit-learn's
/// `silhouette_samples` gives them.
///
/// # Errors
/// [`ClusterError::Classes`] for fewer than two classes, or as many as points.
///
/// ```
/// use analysis::{LabelledPoints, Table, silhouette};
///
/// let points = Table::new(&[0.0, 1.0, 1.0, 2.0, 3.0, 3.0], 1)?;
/// let found = silhouette(LabelledPoints::new(points, &[0, 1, 1, 1, 2, 2])?)?;
/// assert_eq!(found.samples, [0.0, 0.5, 0.5, 0.0, 1.0, 1.0]);
/// assert_eq!(found.classes[2].mean, 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn silhouette(points: LabelledPoints<'_>) -> Result<Silhouette, ClusterError> {
    let (table, labels) = (points.table(), points.classes());
    let (rows, count) = (table.rows(), labels.len());
    if count < 2 || count >= rows {
        return Err(ClusterError::Classes { classes: count, rows });
    }
    let class_of = positions(points.labels(), &labels);
    let mut members = vec![Vec::new(); count];
    class_of.iter().enumerate().for_each(|(row, class)| members[*class].push(row as u32));
    let scale = unit_scale([table.values()]);
    let classes: Vec<Panels> = members.iter().map(|rows| Panels::new(table, rows, scale)).collect();
    const BLOCK: usize = 64;
    let mut samples = vec![0.0; rows];
    samples.par_chunks_mut(BLOCK).enumerate().for_each(|(block, samples)| {
        let first = block * BLOCK;
        let queries: Vec<u32> = (first..first + samples.len()).map(|row| row as u32).collect();
        let mut loaded = vec![Vec::new(); queries.len().div_ceil(GROUP)];
        for (rows, loaded) in queries.chunks(GROUP).zip(&mut loaded) {
            classes[0].load(table, rows, loaded);
        }
        let mut sums = vec![[0.0; GROUP]; loaded.len() * count];
        for (class, panels) in classes.iter().enumerate() {
            for start in (0..panels.count()).step_by(panels.tile()) {
                let end = (start + panels.tile()).min(panels.count());
                for (group, queries) in loaded.iter().enumerate() {
                    let found = Arch::new().dispatch(Distances { panels, queries, start, end });
                    let sum = &mut sums[group * count + class];
                    (0..GROUP).for_each(|i| sum[i] += found[i]);
                }
            }
        }
        for (i, sample) in samples.iter_mut().enumerate() {
            let sums = sums[i / GROUP * count..][..count].iter().map(|sums| sums[i % GROUP]);
            *sample = width(class_of[first + i], sums, &members);
        }
    });
    let mean_of =
        |rows: &[u32]| rows.iter().map(|row| samples[*row as usize]).sum::<f64>() / rows.len() as f64;
    let classes = labels.iter().zip(&members);
    let classes =
        classes.map(|(label, rows)| ClassSilhouette { label: *label, rows: rows.len(), mean: mean_of(rows) });
    let classes = classes.collect();
    let mean = samples.iter().sum::<f64>() / rows as f64;
    Ok(Silhouette { samples, classes, mean })
}

/// One silhouette, from the summed distances to every class.
fn width(own: usize, sums: impl Iterator<Item = f64>, members: &[Vec<u32>]) -> f64 {
    if members[own].len() == 1 {
        return 0.0;
    }
    let (mut within, mut between) = (0.0, f64::INFINITY);
    for (class, (sum, members)) in sums.zip(members).enumerate() {
        if class == own {
            within = sum / (members.len() - 1) as f64;
        } else {
            between = between.min(sum / members.len() as f64);
        }
    }
    let larger = within.max(between);
    if larger > 0.0 { (between - within) / larger } else { 0.0 }
}

/// Summed distances of four queries to the points of some panels.
struct Distances<'a> {
    panels: &'a Panels,
    queries: &'a Queries,
    start: usize,
    end: usize,
}

impl WithSimd for Distances<'_> {
    type Output = [f64; GROUP];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> [f64; GROUP] {
        let Self { panels, queries, start, end } = self;
        let width = panels.width();
        // The last panel of all may hold places without a point, which must not count.
        let full = end.min(panels.points() / width);
        let mut sums = [simd.splat_f32s(0.0); GROUP];
        let mut totals = [0.0; GROUP];
        for panel in panels.range(start, full.max(start)).chunks_exact(queries.len() * width) {
            let squares = four_by_two(simd, queries, panel);
            for i in 0..GROUP {
                let pair = simd.add_f32s(simd.sqrt_f32s(squares[i][0]), simd.sqrt_f32s(squares[i][1]));
                sums[i] = simd.add_f32s(sums[i], pair);
            }
        }
        for i in 0..GROUP {
            totals[i] = f64::from(simd.reduce_sum_f32s(sums[i]));
        }
        if full < end {
            let squares = four_by_two(simd, queries, panels.range(full, end));
            let mut places = [0.0f32; 64];
            let known = panels.points() - full * width;
            for i in 0..GROUP {
                let (vectors, _) = S::as_mut_simd_f32s(&mut places);
                vectors[..2].copy_from_slice(&squares[i]);
                for square in &places[..known] {
                    totals[i] += f64::from(square.sqrt());
                }
            }
        }
        totals
    }
}
