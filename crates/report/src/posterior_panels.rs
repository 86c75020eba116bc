//! The aggregated posterior beside the prior: a histogram per latent dimension.

use crate::axis::{self, Scale, latent_axis};
use crate::canvas::{AXIS, Anchor, Canvas, Rect, Type};
use crate::error::FigureError;
use crate::figure::Figure;
use crate::palette::LINES;
use crate::plot::{MARGIN, legend_row, legend_width};

/// One dimension of the aggregated posterior.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PosteriorPanel<'a> {
    /// Which dimension, counted from 0.
    pub dim: usize,
    /// Where the first bin begins and the last one ends.
    pub range: (f64, f64),
    /// Density in each bin, all bins of the same width: the bars' area is at most 1.
    pub density: &'a [f64],
    /// Mean of the dimension.
    pub mean: f64,
    /// Standard deviation of the dimension.
    pub std: f64,
}

/// Histograms of the aggregated posterior q(z), each under the curve of the prior N(0, 1), on shared axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PosteriorPanels<'a> {
    /// The dimensions in the order in which they are drawn.
    pub panels: &'a [PosteriorPanel<'a>],
    /// Written above the figure.
    pub title: Option<&'a str>,
}

const PANEL: (f64, f64) = (150.0, 92.0);
const COLUMNS: usize = 5;
const GAP: f64 = 22.0;
const HEAD: f64 = 20.0;
const BARS: &str = "#8fbfe0";

impl<'a> PosteriorPanels<'a> {
    /// Panels without title.
    pub fn new(panels: &'a [PosteriorPanel<'a>]) -> Self {
        Self { panels, title: None }
    }

    /// Draws the figure.
    ///
    /// # Errors
    /// [`FigureError::Empty`] without dimensions or bins, [`FigureError::NotFinite`] for a number that is none.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        if self.panels.is_empty() {
            return Err(FigureError::Empty("latent dimensions"));
        }
        for panel in self.panels {
            if panel.density.is_empty() {
                return Err(FigureError::Empty("bins of a histogram"));
            }
            let numbers = [panel.range.0, panel.range.1, panel.mean, panel.std];
            if !numbers.iter().chain(panel.density).all(|value| value.is_finite()) {
                return Err(FigureError::NotFinite("numbers of a histogram"));
            }
        }
        let ranges = self.panels.iter().flat_map(|panel| [panel.range.0, panel.range.1]);
        let (low, high) = axis::extent(ranges.chain([-3.0, 3.0])).unwrap_or((-3.0, 3.0));
        // A narrow dimension must not press all others flat: bars above twice the prior's peak are cut off.
        let most = self.panels.iter().flat_map(|panel| panel.density).copied().fold(normal(0.0), f64::max);
        let top = 1.08 * most.min(2.0 * normal(0.0));

        let columns = self.panels.len().min(COLUMNS);
        let rows = self.panels.len().div_ceil(columns);
        let legend = ["aggregated posterior q(z)".to_string(), "prior N(0, 1)".to_string()];
        let title_width = self.title.map_or(0.0, |title| Type::TITLE.width(title));
        let panels_width = columns as f64 * (PANEL.0 + GAP) - GAP;
        let width = panels_width.max(legend_width(&legend)).max(title_width) + 2.0 * MARGIN;
        let title_height = self.title.map_or(0.0, |_| 28.0);
        let first = MARGIN + title_height + 28.0;
        let height = first + rows as f64 * (HEAD + PANEL.1 + GAP) + 14.0;
        let mut canvas = Canvas::new(width, height);
        if let Some(title) = self.title {
            canvas.text((MARGIN, MARGIN + 6.0), Type::TITLE, title);
        }
        let curve = format!("stroke=\"{}\" stroke-width=\"1.75\" stroke-linejoin=\"round\"", LINES[2]);
        legend_row(&mut canvas, (MARGIN, MARGIN + title_height + 6.0), &legend, |canvas, index, (x, y)| {
            match index {
                0 => canvas.rect(
                    Rect { x: x - 5.0, y: y - 5.0, width: 10.0, height: 10.0 },
                    &format!("fill=\"{BARS}\""),
                ),
                _ => canvas.line((x - 7.0, y), (x + 7.0, y), &curve),
            }
        });
        for (index, panel) in self.panels.iter().enumerate() {
            let (row, column) = (index / columns, index % columns);
            let plot = Rect {
                x: MARGIN + column as f64 * (PANEL.0 + GAP),
                y: first + row as f64 * (HEAD + PANEL.1 + GAP) + HEAD,
                width: PANEL.0,
                height: PANEL.1,
            };
            let x = Scale { low, high, from: plot.x, to: plot.right() };
            let y = Scale { low: 0.0, high: top, from: plot.bottom(), to: plot.y };
            draw_panel(&mut canvas, plot, x, y, panel, &curve);
            let numbers = [panel.mean, panel.std].map(|value| axis::decimal(value, 3));
            let said =
                format!("{}: mean {}, standard deviation {}", latent_axis(panel.dim), numbers[0], numbers[1]);
            canvas.mark(plot.center(), said);
            // Ticks below the last panel of each column.
            if index + columns >= self.panels.len() {
                axis_below(&mut canvas, plot, x);
            }
        }
        Ok(canvas.finish(&format!(
            "Histograms of the aggregated posterior in {} dimensions beside the prior N(0, 1)",
            self.panels.len()
        )))
    }
}

/// Density of N(0, 1).
fn normal(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

fn draw_panel(canvas: &mut Canvas, plot: Rect, x: Scale, y: Scale, panel: &PosteriorPanel, curve: &str) {
    let (low, high) = panel.range;
    let bins = panel.density.len() as f64;
    // The histogram as one outline: bars without seams, and a small file.
    let mut outline = vec![(x.at(low), y.at(0.0))];
    for (bin, density) in panel.density.iter().enumerate() {
        let edge = |bin: usize| x.at(low + (high - low) * bin as f64 / bins);
        let height = y.at(density.clamp(0.0, y.high));
        outline.push((edge(bin), height));
        outline.push((edge(bin + 1), height));
    }
    outline.push((x.at(high), y.at(0.0)));
    canvas.polyline(&outline, &format!("fill=\"{BARS}\""));
    let steps = 75;
    let prior: Vec<(f64, f64)> = (0..=steps)
        .map(|step| x.low + (x.high - x.low) * f64::from(step) / f64::from(steps))
        .map(|value| (x.at(value), y.at(normal(value))))
        .collect();
    canvas.polyline(&prior, &format!("fill=\"none\" {curve}"));
    canvas.line((plot.x, plot.bottom()), (plot.right(), plot.bottom()), &format!("stroke=\"{AXIS}\""));
    canvas.text((plot.x, plot.y - 9.0), Type::LABEL, &latent_axis(panel.dim));
    let numbers = format!("μ {}  σ {}", axis::decimal(panel.mean, 2), axis::decimal(panel.std, 2));
    canvas.text((plot.right(), plot.y - 9.0), Type::SMALL.anchored(Anchor::End), &numbers);
}

fn axis_below(canvas: &mut Canvas, plot: Rect, x: Scale) {
    let ticks = axis::ticks(x.low, x.high, 4);
    for (value, label) in ticks.values.iter().zip(&ticks.labels) {
        let at = x.at(*value);
        canvas.line((at, plot.bottom()), (at, plot.bottom() + axis::TICK), &format!("stroke=\"{AXIS}\""));
        canvas.text((at, plot.bottom() + axis::TICK + 9.0), Type::SMALL.anchored(Anchor::Middle), label);
    }
}
