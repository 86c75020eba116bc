//! A plot with one pair of axes: its title, its grid and ticks, the titles of its axes.

use crate::axis::{self, Scale, Ticks};
use crate::canvas::{AXIS, Anchor, Canvas, Rect, SMALL, Type};
use crate::font::{self, Weight};

/// White around a figure, in pixels.
pub(crate) const MARGIN: f64 = 16.0;
/// Height of a title with the space below it.
const TITLE_HEIGHT: f64 = 28.0;
/// Height of tick labels and axis title below a plot.
const BELOW: f64 = 46.0;

/// One axis: what it measures, from where to where, and its marks.
pub(crate) struct Axis<'a> {
    pub title: &'a str,
    pub low: f64,
    pub high: f64,
    pub ticks: Ticks,
}

impl<'a> Axis<'a> {
    /// An axis from `low` to `high` with about `count` round ticks.
    pub fn new(title: &'a str, (low, high): (f64, f64), count: usize) -> Self {
        Self { title, low, high, ticks: axis::ticks(low, high, count) }
    }

    /// The same with these ticks.
    pub fn marked(self, ticks: Ticks) -> Self {
        Self { ticks, ..self }
    }
}

/// What stands around a plot.
pub(crate) struct Layout<'a> {
    pub title: Option<&'a str>,
    pub x: Axis<'a>,
    pub y: Axis<'a>,
    /// Width and height of the plot itself.
    pub size: (f64, f64),
    /// Pixels kept free above the plot, below the title.
    pub above: f64,
    /// Pixels kept free right of the plot.
    pub beside: f64,
}

/// A plot whose grid and axes are drawn: data come next, then [`Plot::frame`].
pub(crate) struct Plot {
    pub canvas: Canvas,
    pub rect: Rect,
    pub x: Scale,
    pub y: Scale,
}

impl Layout<'_> {
    /// Draws title, grid, ticks and axis titles.
    pub fn open(self) -> Plot {
        let labels = self.y.ticks.labels.iter().map(String::as_str);
        let left = (MARGIN + 22.0 + font::widest(labels, SMALL, Weight::Regular) + axis::TICK + 3.0).ceil();
        let top = MARGIN + self.title.map_or(0.0, |_| TITLE_HEIGHT) + self.above;
        let (width, height) = self.size;
        let rect = Rect { x: left, y: top, width, height };
        let title_end = left + self.title.map_or(0.0, |title| Type::TITLE.width(title));
        let mut canvas = Canvas::new(
            (rect.right() + self.beside + 6.0).max(title_end) + MARGIN,
            rect.bottom() + BELOW + MARGIN / 2.0,
        );
        if let Some(title) = self.title {
            canvas.text((left, MARGIN + 6.0), Type::TITLE, title);
        }
        let x = Scale { low: self.x.low, high: self.x.high, from: rect.x, to: rect.right() };
        let y = Scale { low: self.y.low, high: self.y.high, from: rect.bottom(), to: rect.y };
        axis::draw_y(&mut canvas, rect, y, &self.y.ticks, true);
        axis::draw_x(&mut canvas, rect, x, &self.x.ticks);
        let middle = Type::LABEL.anchored(Anchor::Middle);
        canvas.text((rect.center().0, rect.bottom() + 36.0), middle, self.x.title);
        canvas.text((MARGIN + 5.0, rect.center().1), middle.upright(), self.y.title);
        Plot { canvas, rect, x, y }
    }
}

impl Plot {
    /// The two axis lines, on top of the data.
    pub fn frame(&mut self) {
        let style = format!("stroke=\"{AXIS}\" stroke-linecap=\"square\"");
        let Rect { x, y, .. } = self.rect;
        let corner = (x, self.rect.bottom());
        self.canvas.line(corner, (self.rect.right(), corner.1), &style);
        self.canvas.line((x, y), corner, &style);
    }
}

/// Entries of a legend in one row: a swatch drawn by `swatch` (14 pixels wide, centred at its point), then text.
pub(crate) fn legend_row(
    canvas: &mut Canvas,
    (mut x, y): (f64, f64),
    names: &[String],
    mut swatch: impl FnMut(&mut Canvas, usize, (f64, f64)),
) {
    for (index, name) in names.iter().enumerate() {
        swatch(canvas, index, (x + 7.0, y));
        canvas.text((x + 20.0, y), Type::LABEL, name);
        x += 20.0 + Type::LABEL.width(name) + 20.0;
    }
}

/// Width of [`legend_row`].
pub(crate) fn legend_width(names: &[String]) -> f64 {
    names.iter().map(|name| 40.0 + Type::LABEL.width(name)).sum::<f64>()
}
