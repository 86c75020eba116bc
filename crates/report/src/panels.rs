//! Finished figures in rows and columns, to be compared.

use crate::canvas::{Canvas, Rect, Type};
use crate::error::FigureError;
use crate::figure::Figure;

/// Figures beside each other, each below its heading: one map per model, one manifold per weight.
///
/// ```
/// let term = report::LossTerm { name: "total", train: &[160.0, 118.0], valid: &[140.3, 116.9] };
/// let figure = report::LossCurves::new(&[term], "nats per image").draw()?;
/// let panels = report::Panels::new(&[("seed 0", &figure), ("seed 1", &figure)], 2).draw()?;
/// assert!(panels.width() > 2.0 * figure.width() && panels.svg().contains("seed 1"));
/// # Ok::<(), report::FigureError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Panels<'a> {
    /// Headings and figures, drawn row by row.
    pub figures: &'a [(&'a str, &'a Figure)],
    /// Figures per row; at least 1 is used.
    pub columns: usize,
    /// Written above the figure.
    pub title: Option<&'a str>,
}

const MARGIN: f64 = 16.0;
const GAP: f64 = 8.0;
const HEADING: f64 = 26.0;

impl<'a> Panels<'a> {
    /// Panels without title.
    pub fn new(figures: &'a [(&'a str, &'a Figure)], columns: usize) -> Self {
        Self { figures, columns, title: None }
    }

    /// Draws the figure. Its marks are those of the panels, each with its heading.
    ///
    /// # Errors
    /// [`FigureError::Empty`] without figures.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        if self.figures.is_empty() {
            return Err(FigureError::Empty("figures"));
        }
        let columns = self.columns.clamp(1, self.figures.len());
        let of_column = |column: usize| self.figures.iter().skip(column).step_by(columns);
        let widths: Vec<f64> = (0..columns)
            .map(|column| {
                let needed = |(heading, figure): &(&str, &Figure)| {
                    figure.width().max(Type::TITLE.width(heading) + 2.0 * MARGIN)
                };
                of_column(column).map(needed).fold(0.0, f64::max)
            })
            .collect();
        let heights: Vec<f64> = self
            .figures
            .chunks(columns)
            .map(|row| row.iter().map(|(_, figure)| figure.height()).fold(0.0, f64::max))
            .collect();
        let title_height = self.title.map_or(0.0, |_| 30.0);
        let content = widths.iter().sum::<f64>() + GAP * (columns - 1) as f64;
        let width = content.max(self.title.map_or(0.0, |title| Type::TITLE.width(title) + 2.0 * MARGIN));
        let rows = heights.iter().map(|height| height + HEADING).sum::<f64>();
        let mut canvas = Canvas::new(width, title_height + MARGIN / 2.0 + rows);
        if let Some(title) = self.title {
            canvas.text((MARGIN, MARGIN + 7.0), Type::TITLE, title);
        }
        let mut y = title_height + MARGIN / 2.0;
        for (row, height) in self.figures.chunks(columns).zip(&heights) {
            let mut x = 0.0;
            for ((heading, figure), width) in row.iter().zip(&widths) {
                canvas.text((x + MARGIN, y + HEADING / 2.0), Type::TITLE, heading);
                let place = Rect { x, y: y + HEADING, width: figure.width(), height: figure.height() };
                canvas.figure(place, figure, heading);
                x += width + GAP;
            }
            y += HEADING + height;
        }
        let headings: Vec<&str> = self.figures.iter().map(|(heading, _)| *heading).collect();
        let first = self.figures[0].1.description();
        Ok(canvas.finish(&format!("Panels {}; the first: {first}", headings.join(", "))))
    }
}
