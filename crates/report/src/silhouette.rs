//! The silhouette plot: how well each sample lies within its class, one blade per class.

use crate::axis;
use crate::canvas::{AXIS, Anchor, Canvas, INK, Rect, SOFT_INK, Type};
use crate::error::FigureError;
use crate::figure::Figure;
use crate::palette;
use crate::plot::{Axis, MARGIN};

/// Silhouette coefficients as sorted blades, one per class, with the mean of all as a dashed line and each
/// class's own mean beside its blade (Rousseeuw 1987).
///
/// Classes without samples are left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SilhouettePlot<'a> {
    /// The coefficient of each sample, in [−1, 1].
    pub values: &'a [f32],
    /// The class of each sample.
    pub labels: &'a [u32],
    /// Name of each class by index; empty to use the numbers themselves.
    pub names: &'a [String],
    /// Written above the figure.
    pub title: Option<&'a str>,
}

const WIDTH: f64 = 430.0;
/// Height of all blades together, where classes are few.
const BLADES: f64 = 400.0;
const LEAST_BLADE: f64 = 12.0;
const GAP: f64 = 7.0;

/// One class: its samples' coefficients, the largest first.
struct Blade {
    class: usize,
    name: String,
    values: Vec<f32>,
}

impl Blade {
    fn mean(&self) -> f64 {
        mean(&self.values)
    }
}

fn mean(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64
}

impl<'a> SilhouettePlot<'a> {
    /// A plot with the classes' numbers for names, without title.
    pub fn new(values: &'a [f32], labels: &'a [u32]) -> Self {
        Self { values, labels, names: &[], title: None }
    }

    /// Draws the figure.
    ///
    /// # Errors
    /// [`FigureError::Empty`] without samples, [`FigureError::Count`] when labels are not one per sample,
    /// [`FigureError::NotFinite`] for a coefficient that is no number, [`FigureError::Label`] for a label
    /// without a name.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        let blades = self.blades()?;
        let count = self.values.len();
        let overall = mean(self.values);
        let (low, high) = axis::extent(self.values.iter().map(|value| f64::from(*value)))
            .ok_or(FigureError::NotFinite("silhouette coefficients"))?;
        let x = Axis::new("silhouette coefficient", axis::padded((low.min(0.0), high.max(0.0)), 0.03), 7);

        let heights: Vec<f64> = blades
            .iter()
            .map(|blade| (BLADES * blade.values.len() as f64 / count as f64).max(LEAST_BLADE))
            .collect();
        let height = heights.iter().sum::<f64>() + GAP * (blades.len() + 1) as f64;
        let name_width = blades.iter().map(|blade| Type::LABEL.width(&blade.name)).fold(0.0, f64::max);
        let left = (MARGIN + 22.0 + name_width + 8.0).ceil();
        let top = MARGIN + self.title.map_or(0.0, |_| 28.0) + 22.0;
        let plot = Rect { x: left, y: top, width: WIDTH, height };
        let (mean_end, count_end) = (plot.right() + 52.0, plot.right() + 112.0);
        let title_end = left + self.title.map_or(0.0, |title| Type::TITLE.width(title));
        let mut canvas = Canvas::new(count_end.max(title_end) + MARGIN, plot.bottom() + 46.0 + MARGIN / 2.0);
        if let Some(title) = self.title {
            canvas.text((left, MARGIN + 6.0), Type::TITLE, title);
        }
        let scale = axis::Scale { low: x.low, high: x.high, from: plot.x, to: plot.right() };
        axis::draw_x(&mut canvas, plot, scale, &x.ticks);
        let middle = Type::LABEL.anchored(Anchor::Middle);
        canvas.text((plot.center().0, plot.bottom() + 36.0), middle, x.title);
        canvas.text((MARGIN + 5.0, plot.center().1), middle.upright(), "class");
        let head = Type::SMALL.anchored(Anchor::End);
        canvas.text((mean_end, plot.y - 12.0), head, "mean");
        canvas.text((count_end, plot.y - 12.0), head, "samples");

        let zero = scale.at(0.0);
        let mut y = plot.y + GAP;
        for (blade, height) in blades.iter().zip(&heights) {
            let fill = palette::hex(palette::class_color(blade.class));
            let outline = outline(&blade.values, zero, y, *height, |value| scale.at(value));
            canvas.polyline(&outline, &format!("fill=\"{fill}\" fill-opacity=\"0.9\""));
            let center = y + height / 2.0;
            canvas.text((plot.x - 8.0, center), Type::LABEL.anchored(Anchor::End), &blade.name);
            let number = Type::LABEL.anchored(Anchor::End);
            canvas.text((mean_end, center), number, &axis::decimal(blade.mean(), 3));
            let samples = axis::grouped(blade.values.len());
            canvas.text((count_end, center), number.colored(SOFT_INK), &samples);
            let (low, high) = (blade.values.last(), blade.values.first());
            let [low, high] = [low, high].map(|value| axis::decimal(value.map_or(0.0, |v| f64::from(*v)), 2));
            let at = (scale.at(blade.mean()), center);
            let own = axis::decimal(blade.mean(), 3);
            canvas.mark(at, format!("{}: mean {own}, from {low} to {high}, {samples} samples", blade.name));
            y += height + GAP;
        }
        canvas.line((zero, plot.y), (zero, plot.bottom()), &format!("stroke=\"{AXIS}\""));
        let x = scale.at(overall);
        let dashes = format!("stroke=\"{INK}\" stroke-width=\"1.5\" stroke-dasharray=\"5 4\"");
        canvas.line((x, plot.y - 4.0), (x, plot.bottom()), &dashes);
        let note = format!("mean {}", axis::decimal(overall, 4));
        let half = Type::LABEL.width(&note) / 2.0;
        let at = x.clamp(plot.x + half, plot.right() - half);
        canvas.text((at, plot.y - 13.0), Type::LABEL.anchored(Anchor::Middle), &note);
        canvas.rect(plot, &format!("fill=\"none\" stroke=\"{AXIS}\""));
        Ok(canvas.finish(&format!(
            "Silhouette plot of {} samples in {} classes, mean {}",
            axis::grouped(count),
            blades.len(),
            axis::decimal(overall, 4)
        )))
    }

    fn blades(&self) -> Result<Vec<Blade>, FigureError> {
        let count = self.values.len();
        if count == 0 {
            return Err(FigureError::Empty("samples"));
        }
        if self.labels.len() != count {
            return Err(FigureError::Count { what: "labels", got: self.labels.len(), expected: count });
        }
        if !self.values.iter().all(|value| value.is_finite()) {
            return Err(FigureError::NotFinite("silhouette coefficients"));
        }
        let named = |point: usize, label: u32| match self.names.get(label as usize) {
            Some(name) => Ok(name.clone()),
            None if self.names.is_empty() => Ok(label.to_string()),
            None => Err(FigureError::Label { label, point, names: self.names.len() }),
        };
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by(|a, b| {
            let by_class = self.labels[*a].cmp(&self.labels[*b]);
            by_class.then(self.values[*b].total_cmp(&self.values[*a]))
        });
        let groups = order.chunk_by(|a, b| self.labels[*a] == self.labels[*b]);
        groups
            .map(|members| {
                let label = self.labels[members[0]];
                Ok(Blade {
                    class: label as usize,
                    name: named(members[0], label)?,
                    values: members.iter().map(|index| self.values[*index]).collect(),
                })
            })
            .collect()
    }
}

/// The blade's edge from top to bottom, closed along the line at 0; no more points than the eye can see.
fn outline(values: &[f32], zero: f64, y: f64, height: f64, at: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    let steps = values.len().min((2.0 * height) as usize).max(1);
    let mut points = vec![(zero, y)];
    for step in 0..steps {
        // Each step is a bar of equal height, so that a class of three samples shows three.
        let value = at(f64::from(values[step * values.len() / steps]));
        let edge = |step: usize| y + height * step as f64 / steps as f64;
        points.push((value, edge(step)));
        points.push((value, edge(step + 1)));
    }
    points.push((zero, y + height));
    points
}
