//! Loss curves: training and validation side by side on one y axis, one line per loss term.

use crate::axis::{self, Scale, Ticks};
use crate::canvas::{AXIS, Anchor, Canvas, Rect, SMALL, SOFT_INK, Type, number};
use crate::error::FigureError;
use crate::figure::Figure;
use crate::font::{self, Weight};
use crate::palette::LINES;

/// One loss term over the epochs; entry i belongs to epoch i + 1. NaN leaves a gap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossTerm<'a> {
    /// Name in the legend: `total`, `reconstruction`, `kl`, …
    pub name: &'a str,
    /// The training value of each epoch.
    pub train: &'a [f64],
    /// The validation value of each epoch; empty without validation.
    pub valid: &'a [f64],
}

/// Training and validation panels that share the y axis, one line per term in colour-blind-safe colours,
/// the best epoch marked.
///
/// The first term is the total: it is drawn on top, and its value at the best epoch is written out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossCurves<'a> {
    /// The terms, the total first.
    pub terms: &'a [LossTerm<'a>],
    /// Unit of all terms, written at the y axis: "nats per image".
    pub unit: &'a str,
    /// The epoch to mark, counted from 1: usually that of the lowest validation total.
    pub best_epoch: Option<usize>,
    /// Written above the figure.
    pub title: Option<&'a str>,
}

const PANEL: (f64, f64) = (360.0, 250.0);
const MARGIN: f64 = 16.0;
const GAP: f64 = 28.0;
const LEGEND_TEXT: f64 = 26.0;
const LEGEND_GAP: f64 = 20.0;
/// More epochs than this are not told apart by pointing.
const MOST_MARKED_EPOCHS: usize = 500;

impl<'a> LossCurves<'a> {
    /// Curves without title or marked epoch.
    pub fn new(terms: &'a [LossTerm<'a>], unit: &'a str) -> Self {
        Self { terms, unit, best_epoch: None, title: None }
    }

    /// Draws the figure; one panel only where no term has validation values.
    ///
    /// # Errors
    /// [`FigureError::Empty`] without terms or epochs, [`FigureError::NotFinite`] when no value can be shown.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        if self.terms.is_empty() {
            return Err(FigureError::Empty("loss terms"));
        }
        let epochs = self.terms.iter().map(|term| term.train.len().max(term.valid.len())).max().unwrap_or(0);
        if epochs == 0 {
            return Err(FigureError::Empty("epochs"));
        }
        let values = self.terms.iter().flat_map(|term| term.train.iter().chain(term.valid)).copied();
        let (low, high) = value_range(axis::extent(values).ok_or(FigureError::NotFinite("losses"))?);
        let y_ticks = axis::ticks(low, high, 5);

        let mut panels = vec![("Training", self.terms.iter().map(|term| term.train).collect::<Vec<_>>())];
        if self.terms.iter().any(|term| !term.valid.is_empty()) {
            panels.push(("Validation", self.terms.iter().map(|term| term.valid).collect()));
        }

        let tick_width = font::widest(y_ticks.labels.iter().map(String::as_str), SMALL, Weight::Regular);
        let left = (MARGIN + 24.0 + tick_width + axis::TICK + 3.0).ceil();
        let title_height = self.title.map_or(0.0, |_| 28.0);
        let (legend_y, top) = (MARGIN + title_height + 6.0, MARGIN + title_height + 46.0);
        let panels_width = panels.len() as f64 * (PANEL.0 + GAP) - GAP;
        let title_width = self.title.map_or(0.0, |title| Type::TITLE.width(title));
        let width = left + panels_width.max(self.legend_width()).max(title_width) + MARGIN + 6.0;
        let mut canvas = Canvas::new(width, top + PANEL.1 + 48.0 + MARGIN / 2.0);
        if let Some(title) = self.title {
            canvas.text((left, MARGIN + 6.0), Type::TITLE, title);
        }
        self.draw_legend(&mut canvas, left, legend_y);
        let beside = Type::LABEL.anchored(Anchor::Middle).upright();
        canvas.text((MARGIN + 6.0, top + PANEL.1 / 2.0), beside, &format!("loss ({})", self.unit));

        for (index, (name, lines)) in panels.iter().enumerate() {
            let x = left + index as f64 * (PANEL.0 + GAP);
            let plot = Rect { x, y: top, width: PANEL.0, height: PANEL.1 };
            let panel = Panel {
                plot,
                epochs,
                x: epoch_scale(epochs, plot),
                y: Scale { low, high, from: plot.bottom(), to: plot.y },
            };
            axis::draw_y(&mut canvas, plot, panel.y, &y_ticks, index == 0);
            axis::draw_x(&mut canvas, plot, panel.x, &epoch_ticks(epochs));
            canvas.text((plot.x, plot.y - 13.0), Type::LABEL.colored(SOFT_INK), name);
            let below = (plot.center().0, plot.bottom() + 36.0);
            canvas.text(below, Type::LABEL.anchored(Anchor::Middle), "epoch");
            let frame = format!("stroke=\"{AXIS}\" stroke-linecap=\"square\"");
            canvas.line((plot.x, plot.bottom()), (plot.right(), plot.bottom()), &frame);
            canvas.line((plot.x, plot.y), (plot.x, plot.bottom()), &frame);
            for (index, line) in lines.iter().enumerate().rev() {
                panel.draw_line(&mut canvas, index, line);
            }
            for epoch in (0..epochs).step_by(epochs.div_ceil(MOST_MARKED_EPOCHS)) {
                for (term, line) in self.terms.iter().zip(lines) {
                    let Some(value) = line.get(epoch).filter(|value| value.is_finite()) else { continue };
                    let at = (panel.x.at((epoch + 1) as f64), panel.y.at(*value));
                    let (value, split) = (axis::concise(*value), name.to_lowercase());
                    canvas.mark(
                        at,
                        format!("epoch {}, {split} {} {value} {}", epoch + 1, term.name, self.unit),
                    );
                }
            }
            if let Some(epoch) = self.best_epoch.filter(|epoch| (1..=lines[0].len()).contains(epoch)) {
                panel.draw_best(&mut canvas, epoch, lines[0][epoch - 1], index + 1 == panels.len());
            }
        }
        let names: Vec<&str> = self.terms.iter().map(|term| term.name).collect();
        let description = format!("Loss curves over {epochs} epochs, in {}: {}", self.unit, names.join(", "));
        Ok(canvas.finish(&description))
    }

    fn legend_width(&self) -> f64 {
        self.terms.iter().map(|term| LEGEND_TEXT + Type::LABEL.width(term.name) + LEGEND_GAP).sum()
    }

    fn draw_legend(&self, canvas: &mut Canvas, mut x: f64, y: f64) {
        for (index, term) in self.terms.iter().enumerate() {
            canvas.line((x, y), (x + LEGEND_TEXT - 6.0, y), &stroke(index, 1.0));
            canvas.text((x + LEGEND_TEXT, y), Type::LABEL, term.name);
            x += LEGEND_TEXT + Type::LABEL.width(term.name) + LEGEND_GAP;
        }
    }
}

/// One of the two plots.
struct Panel {
    plot: Rect,
    epochs: usize,
    x: Scale,
    y: Scale,
}

impl Panel {
    /// The line of term `index`; a value between two gaps is a dot.
    fn draw_line(&self, canvas: &mut Canvas, index: usize, line: &[f64]) {
        let dense = self.epochs > 200;
        let place = |(epoch, value): (usize, &f64)| {
            value.is_finite().then(|| (self.x.at((epoch + 1) as f64), self.y.at(*value)))
        };
        let places: Vec<Option<(f64, f64)>> = line.iter().enumerate().map(place).collect();
        for run in places.split(Option::is_none) {
            let run: Vec<(f64, f64)> = run.iter().flatten().copied().collect();
            match run[..] {
                [] => {}
                [place] => {
                    let radius = if dense { 2.0 } else { 3.0 };
                    canvas.circle(place, radius, &format!("fill=\"{}\"", LINES[index % LINES.len()]));
                }
                _ => {
                    let style = stroke(index, if dense { 0.6 } else { 1.0 });
                    canvas.polyline(&run, &format!("fill=\"none\" {style}"));
                }
            }
        }
    }

    /// A dashed line at the best epoch, a ring on the total and, where `noted`, the epoch and the value.
    fn draw_best(&self, canvas: &mut Canvas, epoch: usize, value: f64, noted: bool) {
        let x = self.x.at(epoch as f64);
        let dashes = format!("stroke=\"{SOFT_INK}\" stroke-dasharray=\"3 3\"");
        canvas.line((x, self.plot.y), (x, self.plot.bottom()), &dashes);
        let mut note = format!("best epoch {epoch}");
        if value.is_finite() {
            let ring = format!("fill=\"#ffffff\" stroke=\"{}\" stroke-width=\"2\"", LINES[0]);
            canvas.circle((x, self.y.at(value)), 3.5, &ring);
            note = format!("{note}: {}", axis::concise(value));
        }
        if noted {
            let (anchor, offset) =
                if x > self.plot.center().0 { (Anchor::End, -6.0) } else { (Anchor::Start, 6.0) };
            let style = Type::SMALL.anchored(anchor).with_halo();
            canvas.text((x + offset, self.plot.y + 9.0), style, &note);
        }
    }
}

/// The stroke of term `index`; `weight` thins lines that would run into each other.
fn stroke(index: usize, weight: f64) -> String {
    let width = number(weight * if index == 0 { 2.25 } else { 1.75 });
    format!("stroke=\"{}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"", LINES[index % LINES.len()])
}

/// The y axis: from 0 where the values come near it, else around the values.
fn value_range((low, high): (f64, f64)) -> (f64, f64) {
    let (from, to) = axis::padded((low, high), 0.05);
    if low >= 0.0 && high > 0.0 && low < 0.35 * high { (0.0, to) } else { (from, to) }
}

fn epoch_scale(epochs: usize, plot: Rect) -> Scale {
    let (low, high) = if epochs == 1 { (0.5, 1.5) } else { (1.0, epochs as f64) };
    Scale { low, high, from: plot.x, to: plot.right() }
}

/// Round epochs, with epoch 1 as the first.
fn epoch_ticks(epochs: usize) -> Ticks {
    let mut ticks = axis::whole_ticks(1.0, epochs as f64, 6);
    let step = if ticks.values.len() > 1 { ticks.values[1] - ticks.values[0] } else { 1.0 };
    if ticks.values.first().is_none_or(|first| *first > 1.0 + 0.3 * step) {
        ticks.values.insert(0, 1.0);
        ticks.labels.insert(0, "1".to_string());
    }
    ticks
}
