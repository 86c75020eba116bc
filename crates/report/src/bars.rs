//! Bars per latent dimension or component: KL divergence, explained variance.

use crate::axis::{self, Ticks, latent_axis};
use crate::canvas::{Anchor, Canvas, Rect, SMALL, Type};
use crate::error::FigureError;
use crate::figure::Figure;
use crate::font::{self, Weight};
use crate::palette::LINES;
use crate::plot::{Axis, Layout, Plot, legend_row, legend_width};

/// Bars that stand beside each other with their own labels; more get a numbered axis.
const LABELLED: usize = 40;
const HEIGHT: f64 = 250.0;
/// The second colour of bars: there, but not counted.
const PALE: &str = "#c3cad2";

/// KL divergence of each latent dimension, the largest first, active units in colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KlBars<'a> {
    /// KL(q(z_j|x) ‖ p(z_j)) of each dimension in nats, averaged over images.
    pub kl: &'a [f64],
    /// Whether each dimension is an active unit.
    pub active: &'a [bool],
    /// What makes a unit active, for the legend: `Var(μ) > 0.01`.
    pub criterion: &'a str,
    /// Written above the figure.
    pub title: Option<&'a str>,
}

impl KlBars<'_> {
    /// Draws the figure.
    ///
    /// # Errors
    /// [`FigureError::Empty`] without dimensions, [`FigureError::Count`] when `active` is not one per
    /// dimension, [`FigureError::NotFinite`] for a KL that is no number.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        let dims = self.kl.len();
        check(self.kl, "latent dimensions", "KL values")?;
        if self.active.len() != dims {
            return Err(FigureError::Count { what: "active units", got: self.active.len(), expected: dims });
        }
        let mut order: Vec<usize> = (0..dims).collect();
        order.sort_by(|a, b| self.kl[*b].total_cmp(&self.kl[*a]));
        let largest = self.kl.iter().copied().fold(0.0, f64::max);
        let top = if largest > 0.0 { 1.06 * largest } else { 1.0 };
        let active = self.active.iter().filter(|active| **active).count();
        let names: Vec<String> = order.iter().map(|dim| latent_axis(*dim)).collect();
        let criterion =
            if self.criterion.is_empty() { String::new() } else { format!(": {}", self.criterion) };
        let legend =
            [format!("active ({active} of {dims}{criterion})"), format!("inactive ({})", dims - active)];
        let bars = Bars {
            title: self.title,
            x_title: "latent dimension, by KL",
            y: Axis::new("KL to the prior (nats)", (0.0, top), 5),
            names: (dims <= LABELLED).then_some(&names),
            count: dims,
            legend: &legend,
        };
        let (mut plot, width) = bars.open();
        for (rank, dim) in order.iter().enumerate() {
            let fill = if self.active[*dim] { LINES[1] } else { PALE };
            bar(&mut plot, rank, width, self.kl[*dim].max(0.0), fill);
            let at = (plot.x.at(rank as f64 + 0.5), plot.y.at(self.kl[*dim].max(0.0)));
            let is = if self.active[*dim] { "active" } else { "inactive" };
            plot.canvas
                .mark(at, format!("{}: {} nats, {is}", latent_axis(*dim), axis::concise(self.kl[*dim])));
        }
        let total: f64 = self.kl.iter().sum();
        let note = format!("sum {} nats", axis::concise(total));
        let at = (plot.rect.right() - 4.0, plot.rect.y + 10.0);
        plot.canvas.text(at, Type::LABEL.anchored(Anchor::End).with_halo(), &note);
        legend_row(&mut plot.canvas, (plot.rect.x, plot.rect.y - 18.0), &legend, |canvas, index, at| {
            swatch(canvas, at, [LINES[1], PALE][index]);
        });
        plot.frame();
        Ok(plot.canvas.finish(&format!(
            "KL divergence of {dims} latent dimensions, sum {} nats, {active} active",
            axis::concise(total)
        )))
    }
}

/// Share of the variance that each principal component explains, as bars, and the running sum as a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExplainedVariance<'a> {
    /// The components' shares, in [0, 1], the largest first: of all components, or of the first ones.
    pub ratios: &'a [f64],
    /// Written above the figure.
    pub title: Option<&'a str>,
}

impl<'a> ExplainedVariance<'a> {
    /// A figure without title.
    pub fn new(ratios: &'a [f64]) -> Self {
        Self { ratios, title: None }
    }

    /// Draws the figure.
    ///
    /// # Errors
    /// [`FigureError::Empty`] without components, [`FigureError::NotFinite`] for a share that is no number.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        let count = self.ratios.len();
        check(self.ratios, "components", "explained variances")?;
        let cumulative: Vec<f64> = self
            .ratios
            .iter()
            .scan(0.0, |sum, ratio| {
                *sum += ratio;
                Some(*sum)
            })
            .collect();
        let total = cumulative[count - 1];
        let legend = ["each component".to_string(), "cumulative".to_string()];
        let values: Vec<f64> = (0..=5).map(|fifth| f64::from(fifth) / 5.0).collect();
        let labels = (0..=5).map(|fifth| format!("{} %", 20 * fifth)).collect();
        let names: Vec<String> = (1..=count).map(|number| number.to_string()).collect();
        let bars = Bars {
            title: self.title,
            x_title: "principal component",
            y: Axis::new("explained variance", (0.0, 1.03), 5).marked(Ticks { values, labels }),
            names: (count <= LABELLED / 2).then_some(&names),
            count,
            legend: &legend,
        };
        let (mut plot, width) = bars.open();
        for (index, ratio) in self.ratios.iter().enumerate() {
            bar(&mut plot, index, width, ratio.clamp(0.0, 1.0), LINES[1]);
            let at = (plot.x.at(index as f64 + 0.5), plot.y.at(ratio.clamp(0.0, 1.0)));
            let [own, sum] = [*ratio, cumulative[index]].map(|share| axis::decimal(100.0 * share, 1));
            plot.canvas.mark(at, format!("component {}: {own} %, together {sum} %", index + 1));
        }
        let place = |plot: &Plot, index: usize| {
            (plot.x.at(index as f64 + 0.5), plot.y.at(cumulative[index].clamp(0.0, 1.03)))
        };
        let line: Vec<(f64, f64)> = (0..count).map(|index| place(&plot, index)).collect();
        let style = format!("stroke=\"{}\" stroke-width=\"2\" stroke-linejoin=\"round\"", LINES[2]);
        if count > 1 {
            plot.canvas.polyline(&line, &format!("fill=\"none\" {style}"));
        }
        if count <= LABELLED {
            for at in &line {
                plot.canvas.circle(*at, 3.0, &format!("fill=\"{}\"", LINES[2]));
            }
        }
        legend_row(&mut plot.canvas, (plot.rect.x, plot.rect.y - 18.0), &legend, |canvas, index, at| {
            match index {
                0 => swatch(canvas, at, LINES[1]),
                _ => canvas.line((at.0 - 7.0, at.1), (at.0 + 7.0, at.1), &style),
            }
        });
        plot.frame();
        Ok(plot.canvas.finish(&format!(
            "Explained variance of {count} principal components, together {} %",
            axis::decimal(100.0 * total, 1)
        )))
    }
}

fn check(values: &[f64], rows: &'static str, what: &'static str) -> Result<(), FigureError> {
    if values.is_empty() {
        return Err(FigureError::Empty(rows));
    }
    if values.iter().all(|value| value.is_finite()) { Ok(()) } else { Err(FigureError::NotFinite(what)) }
}

/// A plot for `count` bars of equal width.
struct Bars<'a> {
    title: Option<&'a str>,
    x_title: &'a str,
    y: Axis<'a>,
    /// One label per bar; else the axis counts.
    names: Option<&'a [String]>,
    count: usize,
    legend: &'a [String],
}

impl Bars<'_> {
    /// The plot, whose x scale counts bars from 0, and the share of a bar's place that it fills.
    fn open(self) -> (Plot, f64) {
        let count = self.count as f64;
        let name_width = self.names.map_or(0.0, |names| {
            font::widest(names.iter().map(String::as_str), SMALL, Weight::Regular) + 6.0
        });
        let width = (count * name_width.max(30.0)).clamp(320.0, 640.0_f64.max(count * name_width));
        let ticks = match self.names {
            Some(names) => Ticks {
                values: (0..names.len()).map(|index| index as f64 + 0.5).collect(),
                labels: names.to_vec(),
            },
            None => {
                let mut ticks = axis::whole_ticks(1.0, count, 8);
                ticks.values.iter_mut().for_each(|value| *value -= 0.5);
                ticks
            }
        };
        let beside = (legend_width(self.legend) - width).max(0.0);
        let layout = Layout {
            title: self.title,
            x: Axis {
                title: self.x_title,
                low: 0.0,
                high: count,
                ticks: Ticks { values: vec![], labels: vec![] },
            },
            y: self.y,
            size: (width, HEIGHT),
            above: 32.0,
            beside,
        };
        let mut plot = layout.open();
        // Bars need no vertical grid, only names.
        for (value, label) in ticks.values.iter().zip(&ticks.labels) {
            let at = (plot.x.at(*value), plot.rect.bottom() + axis::TICK + 9.0);
            plot.canvas.text(at, Type::SMALL.anchored(Anchor::Middle), label);
        }
        (plot, if width / count < 4.0 { 1.0 } else { 0.72 })
    }
}

/// Bar `index` from 0 up to `value`.
fn bar(plot: &mut Plot, index: usize, share: f64, value: f64, fill: &str) {
    let (zero, top) = (plot.y.at(0.0), plot.y.at(value));
    let (left, right) = (plot.x.at(index as f64), plot.x.at(index as f64 + 1.0));
    let width = share * (right - left);
    // What is nearly 0 still shows that it is there.
    let height = (zero - top).max(2.0);
    let rect = Rect { x: (left + right - width) / 2.0, y: zero - height, width, height };
    plot.canvas.rect(rect, &format!("fill=\"{fill}\""));
}

fn swatch(canvas: &mut Canvas, (x, y): (f64, f64), fill: &str) {
    canvas.rect(Rect { x: x - 5.0, y: y - 5.0, width: 10.0, height: 10.0 }, &format!("fill=\"{fill}\""));
}
