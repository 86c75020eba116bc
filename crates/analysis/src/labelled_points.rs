//! [`LabelledPoints`]: points and the class of each.

use crate::table::Table;

/// A table and a label per row.
///
/// ```
/// use analysis::{LabelledPoints, Table};
///
/// let points = Table::new(&[0.0, 0.1, 5.0], 1)?;
/// assert_eq!(LabelledPoints::new(points, &[3, 3, 7])?.classes(), [3, 7]);
/// assert!(LabelledPoints::new(points, &[3, 3]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LabelledPoints<'a> {
    table: Table<'a>,
    labels: &'a [u32],
}

/// Labels that are not one per row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{labels} labels for {rows} rows: there must be one per row")]
pub struct LabelsError {
    /// Number of labels.
    pub labels: usize,
    /// Rows of the table.
    pub rows: usize,
}

impl<'a> LabelledPoints<'a> {
    /// `table` with a label per row.
    ///
    /// # Errors
    /// [`LabelsError`] where the numbers differ.
    pub fn new(table: Table<'a>, labels: &'a [u32]) -> Result<Self, LabelsError> {
        if labels.len() != table.rows() {
            return Err(LabelsError { labels: labels.len(), rows: table.rows() });
        }
        Ok(Self { table, labels })
    }

    /// The points.
    pub fn table(&self) -> Table<'a> {
        self.table
    }

    /// The label of each row.
    pub fn labels(&self) -> &'a [u32] {
        self.labels
    }

    /// The different labels, ascending.
    pub fn classes(&self) -> Vec<u32> {
        distinct(self.labels)
    }
}

/// The different labels, ascending.
pub(crate) fn distinct(labels: &[u32]) -> Vec<u32> {
    let mut classes = labels.to_vec();
    classes.sort_unstable();
    classes.dedup();
    classes
}

/// Position of each label among `classes`, which hold them all.
pub(crate) fn positions(labels: &[u32], classes: &[u32]) -> Vec<usize> {
    labels.iter().map(|label| classes.partition_point(|class| class < label)).collect()
}
