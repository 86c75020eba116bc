//! What a reader makes of a source, before it is split.

use crate::appearance::Background;
use crate::classes::UNKNOWN_CLASS;
use crate::columns::Columns;
use crate::dataset::Dataset;
use crate::dataset::inventory::Inventory;
use crate::dataset::values::Values;
use crate::natural_order;

/// The images of a source, and what was found out about it.
pub(crate) struct Pool {
    /// The images to split; those to train on, where the source has splits of its own.
    pub set: Dataset,
    /// The source's own validation images.
    pub valid: Option<Dataset>,
    /// The source's own test images.
    pub test: Option<Dataset>,
    /// The values that became black and white.
    pub range: Option<[f64; 2]>,
    /// What was laid behind transparent pixels, where there were some.
    pub background: Option<Background>,
    /// Kinds of files that were read, most first.
    pub kinds: Vec<(String, usize)>,
    /// Of tiles the number of the picture that each is cut from, by position.
    pub cut_from: Option<Vec<usize>>,
    /// What was left out and why.
    pub left_out: Vec<String>,
    /// What else a person should know, one sentence each.
    pub notes: Vec<String>,
}

impl Pool {
    /// Images of which nothing is to be said.
    pub(crate) fn new(set: Dataset) -> Self {
        Self {
            set,
            valid: None,
            test: None,
            range: None,
            background: None,
            kinds: Vec::new(),
            cut_from: None,
            left_out: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// Gives all parts the same list of classes: those of any part, in natural order.
pub(crate) fn align_classes(pool: Pool) -> Pool {
    let parts = || [Some(&pool.set), pool.valid.as_ref(), pool.test.as_ref()].into_iter().flatten();
    if parts().all(|part| part.classes() == pool.set.classes()) {
        return pool;
    }
    let mut names: Vec<String> = parts().flat_map(|part| part.classes().to_vec()).collect();
    if parts().any(|part| part.classes().is_empty()) {
        names.push(UNKNOWN_CLASS.to_owned());
    }
    names.sort_by(|a, b| {
        (a == UNKNOWN_CLASS).cmp(&(b == UNKNOWN_CLASS)).then_with(|| natural_order::compare(a, b))
    });
    names.dedup();
    let align = |part: Dataset| part.with_classes(&names);
    Pool { set: align(pool.set), valid: pool.valid.map(align), test: pool.test.map(align), ..pool }
}

/// What a [`Pool`] knows beside its images.
pub(crate) struct PoolFacts {
    kinds: Vec<(String, usize)>,
    left_out: Vec<String>,
    notes: Vec<String>,
    range: Option<[f64; 2]>,
    background: Option<Background>,
    /// Of a table.
    pub(crate) columns: Option<Columns>,
}

impl PoolFacts {
    /// Takes them out of the pool.
    pub(crate) fn take(pool: &mut Pool) -> Self {
        Self {
            kinds: std::mem::take(&mut pool.kinds),
            left_out: std::mem::take(&mut pool.left_out),
            notes: std::mem::take(&mut pool.notes),
            range: pool.range,
            background: pool.background,
            columns: None,
        }
    }

    /// The inventory of a pool whose images are now `parts`; `notes` came with splitting them.
    pub(crate) fn inventory(self, notes: Vec<String>, parts: &[&Dataset]) -> Inventory {
        let classes = parts.first().map_or(&[][..], |part| part.classes());
        let mut counts = vec![0; classes.len()];
        for part in parts {
            part.labels().unwrap_or_default().iter().for_each(|label| counts[*label as usize] += 1);
        }
        Inventory {
            kinds: self.kinds,
            left_out: self.left_out,
            notes: self.notes.into_iter().chain(notes).collect(),
            classes: classes.iter().cloned().zip(counts).collect(),
            values: Values::of(parts, usize::MAX),
            range: self.range,
            background: self.background,
            columns: self.columns,
        }
    }
}
