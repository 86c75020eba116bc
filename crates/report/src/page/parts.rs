//! What a page is made of.

use crate::figure::Figure;
use crate::value_column::ValueColumn;

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
    /// A table that a click on a heading sorts.
    Sortable(SortableTable),
    /// Columns of a table to look at.
    Columns(ColumnPlots),
}

/// A table that a click on a heading sorts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SortableTable {
    /// What it lists.
    pub caption: String,
    /// One heading per column.
    pub head: Vec<String>,
    /// Rows of as many cells. Where the page has [`ColumnPlots`] as well, these are of the same rows in the same order.
    pub rows: Vec<Vec<SortableCell>>,
}

/// A cell of such a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SortableCell {
    /// What stands there.
    pub text: String,
    /// What it is sorted by, where that is a number.
    pub number: Option<f64>,
    /// Where it leads, relative to the page.
    pub link: Option<String>,
}

impl SortableTable {
    /// Whether column `column` holds numbers, which stand to the right.
    pub(super) fn is_numeric(&self, column: &usize) -> bool {
        let mut cells =
            self.rows.iter().filter_map(|row| row.get(*column)).filter(|cell| !cell.text.is_empty());
        cells.clone().next().is_some() && cells.all(|cell| cell.number.is_some())
    }
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

/// Columns of a table to look at. Both figures stand in the page as they are; its script draws the scatter anew for other
/// columns, and shows only rows within what is marked on the axes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColumnPlots {
    /// Names of the rows.
    pub rows: Vec<String>,
    /// At least two columns.
    pub columns: Vec<PlotColumn>,
    /// Places of the columns that are axes of the parallel coordinates; the last one colours the lines at first.
    pub axes: Vec<usize>,
    /// Places of the columns that the scatter begins with: across, upwards, colour.
    pub shown: [usize; 3],
}

/// A column, as [`ValueColumn`] has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlotColumn {
    /// Its heading.
    pub name: String,
    /// A number for each row, NaN where there is none.
    pub values: Vec<f64>,
    /// Of a column of names: the values are places in this list.
    pub names: Vec<String>,
}

impl PlotColumn {
    pub(super) fn view(&self) -> ValueColumn<'_> {
        ValueColumn { name: &self.name, values: &self.values, names: &self.names }
    }
}
