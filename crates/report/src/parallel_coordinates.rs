//! Many columns at once: an axis for each, and a line through them for each row.

use crate::axis;
use crate::canvas::{AXIS, Anchor, Canvas, GRID, Rect, Type};
use crate::error::FigureError;
use crate::figure::Figure;
use crate::value_column::{ColumnScale, ValueColumn};

/// Rows of a table as lines over parallel axes, one for each column (Inselberg 1985), coloured by one of the columns.
///
/// Where a row has no value, its line is broken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParallelCoordinates<'a> {
    /// Names of the rows.
    pub rows: &'a [String],
    /// The columns from left to right, at least two.
    pub columns: &'a [ValueColumn<'a>],
    /// Which column colours the lines.
    pub color: usize,
    /// Written above the figure.
    pub title: Option<&'a str>,
}

const MARGIN: f64 = 16.0;
const HEIGHT: f64 = 290.0;
/// Pixels between two axes: few stand further apart.
const GAPS: std::ops::RangeInclusive<f64> = 92.0..=150.0;
const USUAL_WIDTH: f64 = 840.0;
/// Pixels before the key.
const KEY_GAP: f64 = 20.0;
/// Places that say what they are; of more rows fewer do.
const MOST_MARKS: usize = 12_000;

impl ParallelCoordinates<'_> {
    /// Draws the figure.
    ///
    /// # Errors
    /// [`FigureError::Empty`] without rows or with fewer than two columns; [`FigureError::Count`] for a column that has not
    /// one value a row; [`FigureError::NotFinite`] for one without any number.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        if self.rows.is_empty() {
            return Err(FigureError::Empty("rows"));
        }
        if self.columns.len() < 2 {
            return Err(FigureError::Empty("columns to compare"));
        }
        let scales: Vec<ColumnScale> = self
            .columns
            .iter()
            .map(|column| ColumnScale::new(*column, self.rows.len(), 0.0))
            .collect::<Result<_, _>>()?;
        let color = scales.get(self.color).ok_or(FigureError::Empty("column of that place"))?;
        let (places, plot, width) = self.layout(&scales);
        let mut canvas = Canvas::new(width + KEY_GAP + color.key_width() + MARGIN, plot.bottom() + MARGIN);
        if let Some(title) = self.title {
            canvas.text((MARGIN, MARGIN + 6.0), Type::TITLE, title);
        }
        for (scale, x) in scales.iter().zip(&places) {
            for share in &scale.ticks.values {
                let y = plot.bottom() - share * plot.height;
                canvas.line((x - axis::TICK, y), (x + axis::TICK, y), &format!("stroke=\"{GRID}\""));
            }
        }
        let crowd = (40.0 / self.rows.len() as f64).sqrt().clamp(0.25, 0.85);
        canvas.open(&format!(
            "class=\"rows\" fill=\"none\" stroke-linejoin=\"round\" stroke-opacity=\"{crowd:.2}\""
        ));
        for row in 0..self.rows.len() {
            let point = |(scale, x): (&ColumnScale, &f64)| {
                scale.row(row).map(|share| (*x, plot.bottom() - share * plot.height))
            };
            let points: Vec<Option<(f64, f64)>> = scales.iter().zip(&places).map(point).collect();
            canvas.open(&format!("stroke=\"{}\" stroke-width=\"1.75\" data-row=\"{row}\"", color.color(row)));
            for part in points.split(Option::is_none).filter(|part| part.len() > 1) {
                canvas.polyline(&part.iter().flatten().copied().collect::<Vec<_>>(), "");
            }
            canvas.close();
        }
        canvas.close();
        for (scale, x) in scales.iter().zip(&places) {
            canvas.line(
                (*x, plot.y),
                (*x, plot.bottom()),
                &format!("stroke=\"{AXIS}\" stroke-width=\"1.25\" class=\"axis\""),
            );
            let heading = Type::LABEL.anchored(Anchor::Middle);
            canvas.text((*x, plot.y - 14.0), heading, scale.column.name);
            for (share, label) in scale.ticks.values.iter().zip(&scale.ticks.labels) {
                let y = plot.bottom() - share * plot.height;
                let style = Type::SMALL.anchored(Anchor::End).with_halo();
                canvas.text((x - axis::TICK - 3.0, y), style, label);
            }
        }
        color.draw_key(&mut canvas, width + KEY_GAP, plot)?;
        let marked = (MOST_MARKS / scales.len()).min(self.rows.len());
        for row in 0..marked {
            for (scale, x) in scales.iter().zip(&places) {
                let Some(share) = scale.row(row) else { continue };
                let text = format!("{}: {} {}", self.rows[row], scale.column.name, scale.text(row));
                canvas.mark_point((*x, plot.bottom() - share * plot.height), text, row);
            }
        }
        let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        let rows = axis::grouped(self.rows.len());
        Ok(canvas.finish(&format!("Parallel coordinates of {rows} rows over {}", names.join(", "))))
    }

    /// Where each axis stands, the rectangle between the outer ones, and where that ends.
    fn layout(&self, scales: &[ColumnScale]) -> (Vec<f64>, Rect, f64) {
        let heading = |scale: &ColumnScale| Type::LABEL.width(scale.column.name);
        let ticks = |scale: &ColumnScale| {
            scale.ticks.labels.iter().map(|label| Type::SMALL.width(label)).fold(0.0, f64::max)
                + axis::TICK
                + 3.0
        };
        let mut x = MARGIN + ticks(&scales[0]).max(heading(&scales[0]) / 2.0);
        let mut places = vec![x];
        let gap = (USUAL_WIDTH / (scales.len() - 1) as f64).clamp(*GAPS.start(), *GAPS.end());
        for pair in scales.windows(2) {
            let headings = (heading(&pair[0]) + heading(&pair[1])) / 2.0 + 18.0;
            x += headings.max(ticks(&pair[1]) + 40.0).max(gap);
            places.push(x.round());
        }
        let top = MARGIN + self.title.map_or(0.0, |_| 28.0) + 26.0;
        let plot = Rect { x: places[0], y: top, width: x.round() - places[0], height: HEIGHT };
        let after = scales.last().map_or(0.0, |last| heading(last) / 2.0);
        (places, plot, x.round() + after)
    }
}
