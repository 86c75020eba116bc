//! ROC curves: how well scores tell anomalous images from normal ones.

use crate::axis;
use crate::canvas::{AXIS, Anchor, Rect, Type};
use crate::error::FigureError;
use crate::figure::Figure;
use crate::palette::LINES;
use crate::plot::{Axis, Layout, Plot};

/// One curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RocCurve<'a> {
    /// What scores: `reconstruction error`, `−ELBO`, …
    pub name: &'a str,
    /// Points (false positive rate, true positive rate), both in [0, 1] and not decreasing.
    pub points: &'a [[f64; 2]],
    /// Area under the curve.
    pub auroc: f64,
}

/// Curves on one square plot, the diagonal of chance dashed, areas in the legend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RocCurves<'a> {
    /// The curves, the most important first.
    pub curves: &'a [RocCurve<'a>],
    /// Written above the figure.
    pub title: Option<&'a str>,
}

const SIDE: f64 = 340.0;

/// Points of a curve that say what they are.
const MOST_MARKS: usize = 200;

impl<'a> RocCurves<'a> {
    /// Curves without title.
    pub fn new(curves: &'a [RocCurve<'a>]) -> Self {
        Self { curves, title: None }
    }

    /// Draws the figure.
    ///
    /// # Errors
    /// [`FigureError::Empty`] without curves or points, [`FigureError::NotFinite`] for a rate that is no number.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        if self.curves.is_empty() {
            return Err(FigureError::Empty("ROC curves"));
        }
        for curve in self.curves {
            if curve.points.is_empty() {
                return Err(FigureError::Empty("points of a ROC curve"));
            }
            if !curve.points.iter().flatten().all(|rate| rate.is_finite()) {
                return Err(FigureError::NotFinite("rates of a ROC curve"));
            }
        }
        let layout = Layout {
            title: self.title,
            x: Axis::new("false positive rate", (0.0, 1.0), 5),
            y: Axis::new("true positive rate", (0.0, 1.0), 5),
            size: (SIDE, SIDE),
            above: 4.0,
            beside: (self.legend_width() + 10.0 - SIDE).max(0.0),
        };
        let mut plot = layout.open();
        let dashes = format!("stroke=\"{AXIS}\" stroke-dasharray=\"4 4\"");
        plot.canvas.line((plot.x.at(0.0), plot.y.at(0.0)), (plot.x.at(1.0), plot.y.at(1.0)), &dashes);
        for (index, curve) in self.curves.iter().enumerate().rev() {
            let line = thinned(curve.points, &plot);
            plot.canvas.polyline(&line, &format!("fill=\"none\" {}", stroke(index)));
            let every = curve.points.len().div_ceil(MOST_MARKS);
            for [x, y] in curve.points.iter().step_by(every) {
                let [wrong, right] = [*x, *y].map(|rate| axis::decimal(100.0 * rate, 1));
                let text = format!("{}: {right} % found at {wrong} % false alarms", curve.name);
                plot.canvas.mark((plot.x.at(*x), plot.y.at(*y)), text);
            }
        }
        plot.frame();
        self.draw_legend(&mut plot);
        let areas: Vec<String> = self
            .curves
            .iter()
            .map(|curve| format!("{} {}", curve.name, axis::decimal(curve.auroc, 3)))
            .collect();
        Ok(plot.canvas.finish(&format!("ROC curves with their areas: {}", areas.join(", "))))
    }

    fn legend_width(&self) -> f64 {
        84.0 + self.curves.iter().map(|curve| Type::LABEL.width(curve.name)).fold(0.0, f64::max)
    }

    /// In the corner that good curves leave free, or in the other if these are none.
    fn draw_legend(&self, plot: &mut Plot) {
        const LINE: f64 = 18.0;
        let width = self.legend_width();
        let height = LINE * (self.curves.len() + 1) as f64 + 10.0;
        let below = Rect {
            x: (plot.rect.right() - 8.0 - width).max(plot.rect.x + 2.0),
            y: (plot.rect.bottom() - 8.0 - height).max(plot.rect.y),
            width,
            height,
        };
        let above = Rect { x: plot.rect.x + 8.0, y: plot.rect.y + 8.0, ..below };
        let mean = self.curves.iter().map(|curve| curve.auroc).sum::<f64>() / self.curves.len() as f64;
        let place = if mean < 0.5 { above } else { below };
        plot.canvas.rect(place, "fill=\"#ffffff\" fill-opacity=\"0.88\"");
        let end = place.right() - 6.0;
        let head = Type::SMALL.anchored(Anchor::End);
        plot.canvas.text((end, place.y + 5.0 + LINE / 2.0), head, "AUROC");
        for (index, curve) in self.curves.iter().enumerate() {
            let y = place.y + 5.0 + LINE * (index as f64 + 1.5);
            plot.canvas.line((place.x + 4.0, y), (place.x + 20.0, y), &stroke(index));
            plot.canvas.text((place.x + 27.0, y), Type::LABEL, curve.name);
            let area = axis::decimal(curve.auroc, 3);
            plot.canvas.text((end, y), Type::LABEL.anchored(Anchor::End), &area);
        }
    }
}

fn stroke(index: usize) -> String {
    let color = LINES[(index + 1) % LINES.len()];
    format!("stroke=\"{color}\" stroke-width=\"2\" stroke-linejoin=\"round\"")
}

/// The curve in pixels, without the points that lie within half a pixel of the last one kept.
fn thinned(points: &[[f64; 2]], plot: &Plot) -> Vec<(f64, f64)> {
    let mut line: Vec<(f64, f64)> = Vec::new();
    for (index, [x, y]) in points.iter().enumerate() {
        let at = (plot.x.at(x.clamp(0.0, 1.0)), plot.y.at(y.clamp(0.0, 1.0)));
        let is_last = index + 1 == points.len();
        let far = line.last().is_none_or(|last| (last.0 - at.0).abs() + (last.1 - at.1).abs() > 0.5);
        if far || is_last {
            line.push(at);
        }
    }
    line
}
