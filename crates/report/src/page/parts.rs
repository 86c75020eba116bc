//! What a page is made of.

use crate::figure::Figure;

/// A number and how to read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyNumber {
    /// What it is.
    pub name: String,
    /// As people read it.
    pub value: String,
    /// Its unit; empty for none.
    pub unit: String,
    /// What is good: a direction, a range, something to compare with.
    pub good: String,
}

/// A part of the page under a heading.
#[derive(Clone, Debug, Default)]
pub struct PageSection {
    /// The heading.
    pub title: String,
    /// What is seen here, in a sentence or two; empty for none.
    pub text: String,
    /// Figures and tables in order.
    pub items: Vec<PageItem>,
}

/// What a section holds.
#[derive(Clone, Debug)]
pub enum PageItem {
    /// A figure.
    Figure(PageFigure),
    /// A table.
    Table(PageTable),
}

/// A figure with its caption.
#[derive(Clone, Debug)]
pub struct PageFigure {
    /// Name of its files: `loss-curves`.
    pub name: String,
    /// The figure.
    pub figure: Figure,
    /// What it shows and how to read it.
    pub caption: String,
    /// Which of the page's [`Thumbnails`](super::Thumbnails) show its points.
    pub thumbnails: Option<usize>,
}

/// A table with a head.
#[derive(Clone, Debug, Default)]
pub struct PageTable {
    /// What it lists.
    pub caption: String,
    /// One heading per column.
    pub head: Vec<String>,
    /// Rows of as many cells.
    pub rows: Vec<Vec<String>>,
}

impl PageTable {
    /// Whether column `column` holds numbers, which stand to the right.
    pub(super) fn is_numeric(&self, column: &usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(*column)).filter(|cell| !cell.is_empty());
        let number = |cell: &String| {
            cell.chars().any(|c| c.is_ascii_digit())
                && cell.chars().all(|c| c.is_ascii_digit() || ",.-+−–±×⁻⁰¹²³⁴⁵⁶⁷⁸⁹ %e()".contains(c))
        };
        cells.clone().next().is_some() && cells.all(number)
    }
}
