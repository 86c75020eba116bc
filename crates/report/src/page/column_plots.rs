//! Columns of a table to look at: parallel coordinates of all of them, and a scatter of two that the reader chooses.

use serde::Serialize;

use super::embedded_figure::EmbeddedFigure;
use super::parts::{ColumnPlots, PageFigure, PlotColumn};
use crate::column_scatter::ColumnScatter;
use crate::error::FigureError;
use crate::palette;
use crate::parallel_coordinates::ParallelCoordinates;
use crate::value_column::{ColumnScale, ValueColumn, line_color};

/// What the template needs of them.
pub(super) struct ColumnPlotsTemplate {
    pub parallel: EmbeddedFigure,
    pub scatter: EmbeddedFigure,
    /// Name of each column.
    pub names: Vec<String>,
    /// The columns for the script, as JSON.
    pub data: String,
}

#[derive(Serialize)]
struct PlotData<'a> {
    rows: &'a [String],
    columns: Vec<ColumnData<'a>>,
    axes: &'a [usize],
    shown: [usize; 3],
    /// The row of each mark of the parallel coordinates.
    marked: Vec<Option<u32>>,
    /// Colours from the least value to the greatest.
    map: Vec<String>,
}

#[derive(Serialize)]
struct ColumnData<'a> {
    name: &'a str,
    /// Where each row lies, from 0 to 1.
    shares: Vec<Option<f64>>,
    texts: Vec<String>,
    colors: Vec<String>,
    ticks: Vec<(f64, &'a str)>,
    is_names: bool,
}

impl ColumnPlotsTemplate {
    pub fn new(plots: &ColumnPlots) -> Result<Self, FigureError> {
        let columns: Vec<ValueColumn> = plots.columns.iter().map(PlotColumn::view).collect();
        let [x, y, color] = plots.shown;
        let column = |at: usize| columns.get(at).copied().ok_or(FigureError::Empty("column of that place"));
        let rows = &plots.rows;
        let axes: Vec<ValueColumn> = plots.axes.iter().map(|at| column(*at)).collect::<Result<_, _>>()?;
        let last = axes.len().saturating_sub(1);
        let parallel = ParallelCoordinates { rows, columns: &axes, color: last, title: None }.draw()?;
        let (x, y, colors) = (column(x)?, column(y)?, column(color)?);
        let scatter = ColumnScatter { rows, x, y, color: colors, title: None }.draw()?;
        let scales: Vec<ColumnScale> = columns
            .iter()
            .map(|column| ColumnScale::new(*column, rows.len(), 0.0))
            .collect::<Result<_, _>>()?;
        let thousandth = |share: f64| (1e4 * share).round() / 1e4;
        let data = PlotData {
            rows,
            columns: scales
                .iter()
                .map(|scale| ColumnData {
                    name: scale.column.name,
                    shares: (0..rows.len()).map(|row| scale.row(row).map(thousandth)).collect(),
                    texts: (0..rows.len()).map(|row| scale.text(row)).collect(),
                    colors: (0..rows.len()).map(|row| scale.color(row)).collect(),
                    ticks: scale
                        .ticks
                        .values
                        .iter()
                        .map(|share| thousandth(*share))
                        .zip(scale.ticks.labels.iter().map(String::as_str))
                        .collect(),
                    is_names: !scale.column.names.is_empty(),
                })
                .collect(),
            axes: &plots.axes,
            shown: plots.shown,
            marked: parallel.marks().iter().map(|mark| mark.point).collect(),
            map: (0..=10).map(|step| palette::hex(line_color(f64::from(step) / 10.0))).collect(),
        };
        let json = serde_json::to_string(&data).map_err(|error| FigureError::Marks(error.to_string()))?;
        let embedded = |name: &str, figure, caption: &str| {
            let (name, caption) = (name.to_owned(), caption.to_owned());
            EmbeddedFigure::new(&PageFigure { name, figure, caption, thumbnails: None }, None)
        };
        Ok(Self {
            parallel: embedded(
                "parallel-coordinates",
                parallel,
                "A line for each row through its values. Dragging along an axis leaves the rows that pass there, in the \
                 table as well; a click on the axis takes that back.",
            )?,
            scatter: embedded("scatter", scatter, "A point for each row that has both values.")?,
            names: plots.columns.iter().map(|column| column.name.clone()).collect(),
            data: json.replace('<', "\\u003c"), // in a script element no text may look like its end
        })
    }
}
