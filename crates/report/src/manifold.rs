//! The decoded latent plane: what the decoder makes of each point of a regular grid, in one picture.

use crate::axis::{self, TICK};
use crate::canvas::{AXIS, Anchor, Canvas, Rect, Type};
use crate::error::FigureError;
use crate::figure::Figure;
use crate::font;
use crate::raster::Images;

/// The latent coordinates of a manifold picture: columns from left to right, rows from top to bottom.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentGrid {
    /// The first coordinate of each column, ascending.
    pub x: Vec<f32>,
    /// The second coordinate of each row, descending: the largest is at the top.
    pub y: Vec<f32>,
}

impl LatentGrid {
    /// `steps` × `steps` evenly spaced points of [low, high]², both ends included; one step is the middle.
    ///
    /// ```
    /// let grid = report::LatentGrid::square(-4.0, 4.0, 3);
    /// assert_eq!(grid.x, [-4.0, 0.0, 4.0]);
    /// assert_eq!(grid.y, [4.0, 0.0, -4.0]);
    /// assert_eq!(grid.points().nth(1), Some([0.0, 4.0]));
    /// ```
    pub fn square(low: f32, high: f32, steps: usize) -> Self {
        let (low, high) = (f64::from(low), f64::from(high));
        let place = |i: usize| {
            let share = if steps > 1 { i as f64 / (steps - 1) as f64 } else { 0.5 };
            (low + share * (high - low)) as f32
        };
        let x: Vec<f32> = (0..steps).map(place).collect();
        let y = x.iter().rev().copied().collect();
        Self { x, y }
    }

    /// The points in the order in which [`Manifold`] takes their decoded images: row by row from the top left.
    pub fn points(&self) -> impl Iterator<Item = [f32; 2]> {
        self.y.iter().flat_map(|y| self.x.iter().map(|x| [*x, *y]))
    }
}

/// Decoded images of a [`LatentGrid`] in one picture whose ticks carry the latent coordinates, rounded to one
/// decimal. Labels are thinned out evenly where they would touch.
#[derive(Clone, Copy, Debug)]
pub struct Manifold<'a> {
    /// One image per point, in the order of [`LatentGrid::points`].
    pub images: Images<'a>,
    /// Where the images were decoded.
    pub grid: &'a LatentGrid,
    /// Titles of the axes.
    pub axes: [&'a str; 2],
    /// Written above the figure.
    pub title: Option<&'a str>,
}

const MARGIN: f64 = 16.0;

impl<'a> Manifold<'a> {
    /// A manifold over z₁ and z₂ without title.
    pub fn new(images: Images<'a>, grid: &'a LatentGrid) -> Self {
        Self { images, grid, axes: ["z₁", "z₂"], title: None }
    }

    /// Draws the figure.
    ///
    /// # Errors
    /// [`FigureError::Empty`] for a grid without points, [`FigureError::Count`] when the images are not one per
    /// point, [`FigureError::Size`] when the picture would be too large.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        let (columns, rows) = (self.grid.x.len(), self.grid.y.len());
        if columns == 0 || rows == 0 {
            return Err(FigureError::Empty("points in the latent grid"));
        }
        if self.images.count() != columns * rows {
            return Err(FigureError::Count {
                what: "decoded images",
                got: self.images.count(),
                expected: columns * rows,
            });
        }
        let picture = self.images.mosaic(columns, 0)?;
        let scale = display_scale(picture.width().max(picture.height()));
        let (width, height) = (picture.width() as f64 * scale, picture.height() as f64 * scale);

        // Text grows with the picture, so that it stays readable when a large one is shown in a column.
        let growth = (width.max(height) / 480.0).clamp(1.0, 2.0);
        let (small, label) =
            (Type::SMALL.sized(Type::SMALL.size * growth), Type::LABEL.sized(Type::LABEL.size * growth));
        let x_ticks = TickLabels::new(&self.grid.x, width, |text| small.width(text) + 5.0 * growth);
        let y_ticks = TickLabels::new(&self.grid.y, height, |_| 1.5 * small.size);
        let y_width = font::widest(y_ticks.shown().map(|(_, text)| text), small.size, small.weight);

        let left = (MARGIN + label.size + 8.0 + y_width + TICK + 3.0).ceil();
        let top = MARGIN + self.title.map_or(0.0, |_| 30.0);
        let bottom = TICK + small.size + 8.0 + label.size + 4.0;
        let plot = Rect { x: left, y: top, width, height };
        let title_width = self.title.map_or(0.0, |title| Type::TITLE.width(title));
        let mut canvas =
            Canvas::new(left + width.max(title_width) + MARGIN, top + height + bottom + MARGIN / 2.0);
        if let Some(title) = self.title {
            canvas.text((left, MARGIN + 7.0), Type::TITLE, title);
        }
        canvas.image(plot, &picture.png()?, scale >= 1.0);
        for (index, [x, y]) in self.grid.points().enumerate() {
            let place = |at: usize, of: usize| (at as f64 + 0.5) / of as f64;
            let at = (
                plot.x + width * place(index % columns, columns),
                plot.y + height * place(index / columns, rows),
            );
            let [x, y] = [x, y].map(|value| axis::decimal(f64::from(value), 2));
            canvas.mark(at, format!("{} = {x}, {} = {y}", self.axes[0], self.axes[1]));
        }

        let mark = format!("stroke=\"{AXIS}\"");
        for (position, text) in x_ticks.shown() {
            let x = plot.x + position * width;
            canvas.line((x, plot.bottom()), (x, plot.bottom() + TICK), &mark);
            let y = plot.bottom() + TICK + 3.0 + 0.55 * small.size;
            canvas.text((x, y), small.anchored(Anchor::Middle), text);
        }
        for (position, text) in y_ticks.shown() {
            let y = plot.y + position * height;
            canvas.line((plot.x - TICK, y), (plot.x, y), &mark);
            canvas.text((plot.x - TICK - 3.0, y), small.anchored(Anchor::End), text);
        }
        let below = plot.bottom() + TICK + small.size + 8.0 + 0.5 * label.size;
        canvas.text((plot.center().0, below), label.anchored(Anchor::Middle), self.axes[0]);
        let beside = MARGIN + 0.4 * label.size;
        canvas.text((beside, plot.center().1), label.anchored(Anchor::Middle).upright(), self.axes[1]);
        Ok(canvas.finish(&format!("Decoded images of {columns} × {rows} points of the latent plane")))
    }
}

/// CSS pixels per image pixel: whole numbers keep pixels even; pictures beyond 1,200 pixels are shown smaller.
fn display_scale(largest_side: usize) -> f64 {
    let side = largest_side as f64;
    if side <= 1200.0 { (420.0 / side).round().max(1.0) } else { 1200.0 / side }
}

/// One label per tile, of which every `stride`-th is shown.
struct TickLabels {
    texts: Vec<String>,
    stride: usize,
}

impl TickLabels {
    /// Labels along `length` pixels; `room` is what one label needs.
    fn new(coordinates: &[f32], length: f64, room: impl Fn(&str) -> f64) -> Self {
        let texts: Vec<String> =
            coordinates.iter().map(|value| axis::decimal(f64::from(*value), 1)).collect();
        let need = texts.iter().map(|text| room(text)).fold(1.0, f64::max);
        let tile = length / texts.len() as f64;
        let least = (need / tile).ceil().max(1.0) as usize;
        // A stride that ends on the last tile too, if one is not much longer.
        let intervals = texts.len() - 1;
        let stride = (least..=2 * least).find(|stride| intervals.is_multiple_of(*stride)).unwrap_or(least);
        Self { texts, stride }
    }

    /// Where each shown label stands, as a share of the length, and its text.
    fn shown(&self) -> impl Iterator<Item = (f64, &str)> {
        let count = self.texts.len() as f64;
        let every = self.texts.iter().enumerate().step_by(self.stride);
        every.map(move |(index, text)| ((index as f64 + 0.5) / count, text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_never_touch_and_keep_both_ends_where_they_can() {
        let labels = |steps: usize, tile: f64| {
            let grid = LatentGrid::square(-4.0, 4.0, steps);
            let ticks = TickLabels::new(&grid.x, tile * steps as f64, |_| 30.0);
            assert!(ticks.stride as f64 * tile >= 30.0 || ticks.shown().count() == 1);
            ticks.shown().map(|(_, text)| text.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(labels(15, 30.0)[..4], ["−4.0", "−3.4", "−2.9", "−2.3"]);
        assert_eq!(labels(15, 28.0), ["−4.0", "−2.9", "−1.7", "−0.6", "0.6", "1.7", "2.9", "4.0"]);
        assert_eq!(labels(30, 28.0).len(), 15); // 29 is prime: every second label, without the last
        assert_eq!(labels(1, 28.0), ["0.0"]);
        assert_eq!(labels(3, 1.0).len(), 1);
    }
}
