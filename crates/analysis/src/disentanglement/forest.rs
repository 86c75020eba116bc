//! Decision trees and forests of them, for importances.

use random::Stream;
use rayon::prelude::*;

/// What a tree predicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A quantity, by the mean of a leaf; impurity is the variance.
    Quantity,
    /// One of so many classes, by the majority of a leaf; impurity is Gini's.
    Class(usize),
}

/// A table of columns, each as long as the targets.
pub(super) struct Problem<'a> {
    pub columns: &'a [Vec<f64>],
    pub values: &'a [f64],
    pub target: Target,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub depth: usize,
    /// Fewest samples of a leaf.
    pub leaf: usize,
}

enum Node {
    Leaf(f64),
    /// Left where the column's value is at most the threshold.
    Split {
        column: usize,
        threshold: f64,
        left: usize,
        right: usize,
    },
}

pub(super) struct Tree {
    nodes: Vec<Node>,
    /// Summed decrease of impurity by column, normalised to add up to 1 (all 0 for a single leaf).
    pub importances: Vec<f64>,
}

/// Trees on bootstrap samples; every split looks at all columns.
pub(super) struct Forest {
    trees: Vec<Tree>,
    target: Target,
}

impl Forest {
    pub fn fit(problem: &Problem<'_>, count: usize, limits: Limits, stream: Stream) -> Self {
        let rows = problem.values.len();
        let tree = |index: usize| {
            let mut cursor = stream.cursor(index as u64, 0);
            let sample: Vec<u32> = (0..rows).map(|_| cursor.below(rows as u32)).collect();
            Tree::fit(problem, sample, limits)
        };
        Self { trees: (0..count).into_par_iter().map(tree).collect(), target: problem.target }
    }

    /// Mean of the trees' importances.
    pub fn importances(&self) -> Vec<f64> {
        let mut mean = vec![0.0; self.trees[0].importances.len()];
        for tree in &self.trees {
            mean.iter_mut().zip(&tree.importances).for_each(|(mean, own)| *mean += own);
        }
        mean.iter_mut().for_each(|mean| *mean /= self.trees.len() as f64);
        mean
    }

    /// Mean of the trees' predictions, or their majority (the smaller class where equal).
    pub fn predict(&self, row: impl Fn(usize) -> f64) -> f64 {
        let predictions = self.trees.iter().map(|tree| tree.predict(&row));
        match self.target {
            Target::Quantity => predictions.sum::<f64>() / self.trees.len() as f64,
            Target::Class(classes) => {
                let mut votes = vec![0; classes];
                predictions.for_each(|class| votes[class as usize] += 1);
                (0..classes).fold(0, |best, class| if votes[class] > votes[best] { class } else { best })
                    as f64
            }
        }
    }
}

/// The part of a node's samples: positions in every column's order.
struct Part {
    node: usize,
    start: usize,
    end: usize,
    depth: usize,
}

impl Tree {
    /// A tree on the rows of `sample` (a row may come more than once). Splits lie half-way between neighbouring
    /// values, and of splits as good the first column's and lowest is taken (Breiman et al. 1984).
    pub fn fit(problem: &Problem<'_>, sample: Vec<u32>, limits: Limits) -> Self {
        // Each column's order, sorted once; splitting keeps it by stable partition.
        let mut orders: Vec<Vec<u32>> = problem
            .columns
            .iter()
            .map(|column| {
                let mut order = sample.clone();
                order.sort_by(|a, b| column[*a as usize].total_cmp(&column[*b as usize]));
                order
            })
            .collect();
        let mut tree = Self { nodes: vec![Node::Leaf(0.0)], importances: vec![0.0; orders.len()] };
        let mut open = vec![Part { node: 0, start: 0, end: sample.len(), depth: 0 }];
        let mut goes_left = vec![false; problem.values.len()];
        let mut moved = Vec::new();
        while let Some(Part { node, start, end, depth }) = open.pop() {
            let rows = &orders[0][start..end];
            let impurity = Impurity::of(problem, rows);
            let best =
                if depth < limits.depth { problem.best_split(&orders, start, end, limits) } else { None };
            let Some(Split { column, threshold, left, gain }) = best else {
                tree.nodes[node] = Node::Leaf(impurity.prediction());
                continue;
            };
            tree.importances[column] += gain;
            for row in rows {
                goes_left[*row as usize] = problem.columns[column][*row as usize] <= threshold;
            }
            for order in &mut orders {
                let part = &mut order[start..end];
                moved.clear();
                moved.extend(part.iter().filter(|row| goes_left[**row as usize]));
                moved.extend(part.iter().filter(|row| !goes_left[**row as usize]));
                part.copy_from_slice(&moved);
            }
            let first = tree.nodes.len();
            tree.nodes.extend([Node::Leaf(0.0), Node::Leaf(0.0)]);
            tree.nodes[node] = Node::Split { column, threshold, left: first, right: first + 1 };
            open.push(Part { node: first + 1, start: start + left, end, depth: depth + 1 });
            open.push(Part { node: first, start, end: start + left, depth: depth + 1 });
        }
        let total: f64 = tree.importances.iter().sum();
        if total > 0.0 {
            tree.importances.iter_mut().for_each(|importance| *importance /= total);
        }
        tree
    }

    pub fn predict(&self, row: &impl Fn(usize) -> f64) -> f64 {
        let mut at = 0;
        loop {
            match &self.nodes[at] {
                Node::Leaf(value) => return *value,
                Node::Split { column, threshold, left, right } => {
                    at = if row(*column) <= *threshold { *left } else { *right };
                }
            }
        }
    }
}

struct Split {
    column: usize,
    threshold: f64,
    /// Samples on the left.
    left: usize,
    /// Decrease of (samples · impurity).
    gain: f64,
}

impl Problem<'_> {
    fn best_split(&self, orders: &[Vec<u32>], start: usize, end: usize, limits: Limits) -> Option<Split> {
        let all = Impurity::of(self, &orders[0][start..end]);
        let whole = all.total();
        let mut best: Option<Split> = None;
        if end - start < 2 * limits.leaf || whole <= f64::EPSILON * all.scale() {
            return None;
        }
        for (column, order) in orders.iter().enumerate() {
            let values = &self.columns[column];
            let (mut left, mut right) = (Impurity::empty(self.target), all.clone());
            let rows = &order[start..end];
            for (place, pair) in rows.windows(2).enumerate() {
                let value = self.values[pair[0] as usize];
                left.add(value);
                right.remove(value);
                let (here, next) = (values[pair[0] as usize], values[pair[1] as usize]);
                let count = place + 1;
                if here < next && count >= limits.leaf && rows.len() - count >= limits.leaf {
                    let gain = whole - left.total() - right.total();
                    // Beyond rounding: columns that are equally good stay in order.
                    let least = best.as_ref().map_or(0.0, |best| best.gain);
                    if gain > least + 1e-12 * whole {
                        // Half-way, unless that rounds up to the next value itself.
                        let middle = 0.5 * (here + next);
                        let threshold = if middle < next { middle } else { here };
                        best = Some(Split { column, threshold, left: count, gain });
                    }
                }
            }
        }
        best
    }
}

/// Sums from which impurities follow.
#[derive(Clone)]
enum Impurity {
    Quantity { count: f64, sum: f64, squares: f64 },
    Class { count: f64, counts: Vec<f64> },
}

impl Impurity {
    fn empty(target: Target) -> Self {
        match target {
            Target::Quantity => Self::Quantity { count: 0.0, sum: 0.0, squares: 0.0 },
            Target::Class(classes) => Self::Class { count: 0.0, counts: vec![0.0; classes] },
        }
    }

    fn of(problem: &Problem<'_>, rows: &[u32]) -> Self {
        let mut impurity = Self::empty(problem.target);
        rows.iter().for_each(|row| impurity.add(problem.values[*row as usize]));
        impurity
    }

    fn add(&mut self, value: f64) {
        self.change(value, 1.0);
    }

    fn remove(&mut self, value: f64) {
        self.change(value, -1.0);
    }

    fn change(&mut self, value: f64, by: f64) {
        match self {
            Self::Quantity { count, sum, squares } => {
                *count += by;
                *sum += by * value;
                *squares += by * value * value;
            }
            Self::Class { count, counts } => {
                *count += by;
                counts[value as usize] += by;
            }
        }
    }

    /// Samples · impurity: Σ (v − mean)², or n (1 − Σ p²).
    fn total(&self) -> f64 {
        match self {
            Self::Quantity { count, sum, squares } => squares - sum * sum / count,
            Self::Class { count, counts } => count - counts.iter().map(|c| c * c).sum::<f64>() / count,
        }
    }

    /// What `total` is small beside when it is 0 but for rounding.
    fn scale(&self) -> f64 {
        match self {
            Self::Quantity { squares, count, .. } => squares * count,
            Self::Class { count, .. } => *count,
        }
    }

    fn prediction(&self) -> f64 {
        match self {
            Self::Quantity { count, sum, .. } => sum / count,
            Self::Class { counts, .. } => (0..counts.len())
                .fold(0, |best, class| if counts[class] > counts[best] { class } else { best })
                as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scikit-learn's trees on the same tables (`scripts/analysis_statistics_cases.py`, section `trees`).
    #[test]
    fn a_tree_equals_scikit_learn_s() {
        let all: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/statistics.json")).unwrap();
        let numbers = |value: &serde_json::Value| -> Vec<f64> {
            value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
        };
        for case in all["trees"].as_array().unwrap() {
            let columns: Vec<Vec<f64>> = case["columns"].as_array().unwrap().iter().map(numbers).collect();
            let values = numbers(&case["values"]);
            let classes = case["classes"].as_u64().unwrap() as usize;
            let target = if classes == 0 { Target::Quantity } else { Target::Class(classes) };
            let whole = |name: &str| case[name].as_u64().unwrap() as usize;
            let limits = Limits { depth: whole("depth"), leaf: whole("leaf") };
            let problem = Problem { columns: &columns, values: &values, target };
            let tree = Tree::fit(&problem, (0..values.len() as u32).collect(), limits);
            let close = |ours: f64, theirs: f64| {
                assert!((ours - theirs).abs() <= 1e-5 * theirs.abs().max(1e-3), "{ours} {theirs}")
            };
            for (ours, theirs) in tree.importances.iter().zip(numbers(&case["importances"])) {
                close(*ours, theirs);
            }
            for (row, theirs) in numbers(&case["predictions"]).into_iter().enumerate() {
                close(tree.predict(&|column: usize| columns[column][row]), theirs);
            }
        }
    }

    #[test]
    fn constant_targets_and_columns_make_one_leaf() {
        let columns = vec![vec![1.0; 9], (0..9).map(f64::from).collect()];
        let limits = Limits { depth: 9, leaf: 1 };
        let problem = Problem { columns: &columns, values: &[0.1; 9], target: Target::Quantity };
        let tree = Tree::fit(&problem, (0..9).collect(), limits);
        assert_eq!((tree.nodes.len(), &tree.importances[..]), (1, &[0.0, 0.0][..]));
        let values = [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
        let problem = Problem { columns: &columns[..1], values: &values, target: Target::Class(2) };
        assert_eq!(Tree::fit(&problem, (0..9).collect(), limits).nodes.len(), 1);
    }
}
