//! Two columns of a table against each other.

use crate::axis;
use crate::canvas::{Rect, Type};
use crate::error::FigureError;
use crate::figure::Figure;
use crate::plot::{Axis, Layout};
use crate::value_column::{ColumnScale, ValueColumn};

/// Rows of a table as points over two of its columns, coloured by a third.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColumnScatter<'a> {
    /// Names of the rows.
    pub rows: &'a [String],
    /// Across.
    pub x: ValueColumn<'a>,
    /// Upwards.
    pub y: ValueColumn<'a>,
    /// What the colours say.
    pub color: ValueColumn<'a>,
    /// Written above the figure.
    pub title: Option<&'a str>,
}

const SIZE: (f64, f64) = (460.0, 300.0);
/// Pixels before the key.
const KEY_GAP: f64 = 22.0;
/// Points that say what they are.
const MOST_MARKS: usize = 12_000;

impl ColumnScatter<'_> {
    /// Draws the figure.
    ///
    /// # Errors
    /// [`FigureError::Empty`] without rows; [`FigureError::Count`] for a column that has not one value a row;
    /// [`FigureError::NotFinite`] for one without any number.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        if self.rows.is_empty() {
            return Err(FigureError::Empty("rows"));
        }
        let scale = |column, share| ColumnScale::new(column, self.rows.len(), share);
        let (x, y, color) = (scale(self.x, 0.06)?, scale(self.y, 0.06)?, scale(self.color, 0.0)?);
        let axis = |scale: &ColumnScale| Axis {
            title: self.x.name,
            low: 0.0,
            high: 1.0,
            ticks: scale.ticks.clone(),
        };
        let layout = Layout {
            title: self.title,
            x: axis(&x),
            y: Axis { title: self.y.name, ..axis(&y) },
            size: SIZE,
            above: 24.0,
            beside: KEY_GAP + color.key_width(),
        };
        let mut plot = layout.open();
        let opacity = (60.0 / self.rows.len() as f64).sqrt().clamp(0.35, 0.9);
        plot.canvas.open(&format!("class=\"rows\" fill-opacity=\"{opacity:.2}\""));
        let place = |row: usize| Some((plot.x.at(x.row(row)?), plot.y.at(y.row(row)?)));
        let places: Vec<Option<(f64, f64)>> = (0..self.rows.len()).map(place).collect();
        for (row, at) in places.iter().enumerate() {
            if let Some(at) = at {
                plot.canvas.circle(*at, 4.5, &format!("fill=\"{}\" data-row=\"{row}\"", color.color(row)));
            }
        }
        plot.canvas.close();
        for (row, at) in places.iter().enumerate().take(MOST_MARKS) {
            let Some(at) = at else { continue };
            let mut text = format!(
                "{}: {} {}, {} {}",
                self.rows[row],
                self.x.name,
                x.text(row),
                self.y.name,
                y.text(row)
            );
            if ![self.x.name, self.y.name].contains(&self.color.name) {
                text += &format!(", {} {}", self.color.name, color.text(row));
            }
            plot.canvas.mark_point(*at, text, row);
        }
        let Rect { x: left, y: top, .. } = plot.rect;
        color.draw_key(&mut plot.canvas, plot.rect.right() + KEY_GAP, plot.rect)?;
        let missing = places.iter().filter(|place| place.is_none()).count();
        if missing > 0 {
            let of = axis::grouped(self.rows.len());
            let note = format!("{} of {of} without both values", axis::grouped(missing));
            plot.canvas.text((left, top - 12.0), Type::SMALL, &note);
        }
        plot.frame();
        let rows = axis::grouped(self.rows.len() - missing);
        Ok(plot.canvas.finish(&format!("Scatter of {rows} rows, {} over {}", self.y.name, self.x.name)))
    }
}
