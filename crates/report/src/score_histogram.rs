//! How scores of groups lie about a threshold.

use crate::axis::{self, extent, padded};
use crate::canvas::{AXIS, Rect};
use crate::error::FigureError;
use crate::figure::Figure;
use crate::palette::LINES;
use crate::plot::{Axis, Layout, Plot, legend_row, legend_width};

const SIZE: (f64, f64) = (460.0, 240.0);
const BINS: usize = 40;
/// The part of all scores that the axis goes up to; higher ones are counted in the last bin.
const SHOWN: f64 = 0.995;

/// Scores of one group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreGroup<'a> {
    /// What they are of: `normal`, `anomalous`.
    pub name: &'a str,
    /// In any order.
    pub scores: &'a [f64],
}

/// Histograms over each other, each adding up to 100 %, with a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreHistogram<'a> {
    /// The groups, the one that is judged by first; empty ones are left out.
    pub groups: &'a [ScoreGroup<'a>],
    /// What the scores are: `reconstruction error`.
    pub score: &'a str,
    /// Where the line is, and what is said of it.
    pub threshold: Option<(f64, &'a str)>,
    /// Written above the figure.
    pub title: Option<&'a str>,
}

impl<'a> ScoreHistogram<'a> {
    /// Histograms without threshold and title.
    pub fn new(groups: &'a [ScoreGroup<'a>], score: &'a str) -> Self {
        Self { groups, score, threshold: None, title: None }
    }

    /// Draws the figure.
    ///
    /// # Errors
    /// [`FigureError::Empty`] without scores, [`FigureError::NotFinite`] for a score or threshold that is no number.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        let groups: Vec<&ScoreGroup> = self.groups.iter().filter(|group| !group.scores.is_empty()).collect();
        let line = self.threshold.map(|(at, _)| at);
        let mut all: Vec<f64> = groups.iter().flat_map(|group| group.scores).copied().collect();
        if !all.iter().chain(&line).all(|score| score.is_finite()) {
            return Err(FigureError::NotFinite("scores"));
        }
        all.sort_by(f64::total_cmp);
        let last = ((SHOWN * all.len() as f64).ceil() as usize).clamp(1, all.len().max(1)) - 1;
        let shown = all.first().into_iter().chain(all.get(last)).copied().chain(line);
        let range = padded(extent(shown).ok_or(FigureError::Empty("scores"))?, 0.02);
        let shares: Vec<Vec<f64>> = groups.iter().map(|group| shares(group.scores, range)).collect();
        let top = 1.08 * shares.iter().flatten().copied().fold(0.0, f64::max);
        let names: Vec<String> = groups
            .iter()
            .map(|group| format!("{} ({})", group.name, axis::grouped(group.scores.len())))
            .collect();
        let entries: Vec<String> =
            names.iter().cloned().chain(self.threshold.map(|(_, text)| text.to_owned())).collect();
        let layout = Layout {
            title: self.title,
            x: Axis::new(self.score, range, 6),
            y: Axis::new("% of a group", (0.0, top), 5),
            size: SIZE,
            above: 24.0,
            beside: (legend_width(&entries) - SIZE.0).max(0.0),
        };
        let mut plot = layout.open();
        for (index, shares) in shares.iter().enumerate() {
            draw_steps(&mut plot, shares, range, color(index, groups.len()));
        }
        for ((group, shares), index) in groups.iter().zip(&shares).zip(0..) {
            mark_bins(&mut plot, group.name, shares, range, index);
        }
        let dashes = format!("stroke=\"{AXIS}\" stroke-width=\"1.5\" stroke-dasharray=\"5 4\"");
        if let Some(at) = line {
            let x = plot.x.at(at);
            plot.canvas.line((x, plot.rect.y), (x, plot.rect.bottom()), &dashes);
        }
        plot.frame();
        let at = (plot.rect.x, plot.rect.y - 14.0);
        legend_row(&mut plot.canvas, at, &entries, |canvas, index, (x, y)| {
            if index == groups.len() {
                return canvas.line((x, y - 7.0), (x, y + 7.0), &dashes);
            }
            let swatch = Rect { x: x - 7.0, y: y - 5.0, width: 14.0, height: 10.0 };
            let color = color(index, groups.len());
            canvas.rect(swatch, &format!("fill=\"{color}\" fill-opacity=\"0.35\" stroke=\"{color}\""));
        });
        Ok(plot.canvas.finish(&format!("Histograms of the {} of {}", self.score, names.join(", "))))
    }
}

/// Blue for what is judged by, vermilion for what is judged, green between them.
fn color(index: usize, groups: usize) -> &'static str {
    match index {
        0 => LINES[1],
        last if last + 1 == groups => LINES[2],
        between => LINES[(2 + between) % LINES.len()],
    }
}

/// Per cent of the scores in each bin; what lies beyond the range is in the outermost bins.
fn shares(scores: &[f64], (low, high): (f64, f64)) -> Vec<f64> {
    let mut shares = vec![0.0; BINS];
    for score in scores {
        let bin = ((score - low) / (high - low) * BINS as f64).clamp(0.0, BINS as f64 - 1.0);
        shares[bin as usize] += 100.0 / scores.len() as f64;
    }
    shares
}

fn edge(range: (f64, f64), bin: usize) -> f64 {
    range.0 + (range.1 - range.0) * bin as f64 / BINS as f64
}

fn draw_steps(plot: &mut Plot, shares: &[f64], range: (f64, f64), color: &str) {
    let bottom = plot.rect.bottom();
    let mut steps = vec![(plot.x.at(range.0), bottom)];
    for (bin, share) in shares.iter().enumerate() {
        let y = plot.y.at(*share);
        steps.extend([(plot.x.at(edge(range, bin)), y), (plot.x.at(edge(range, bin + 1)), y)]);
    }
    steps.push((plot.x.at(range.1), bottom));
    plot.canvas.polyline(
        &steps,
        &format!("fill=\"{color}\" fill-opacity=\"0.25\" stroke=\"{color}\" stroke-width=\"1.5\""),
    );
}

fn mark_bins(plot: &mut Plot, name: &str, shares: &[f64], range: (f64, f64), index: usize) {
    for (bin, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
        let middle = (edge(range, bin) + edge(range, bin + 1)) / 2.0;
        let x = plot.x.at(middle) + index as f64; // marks of groups do not hide each other
        let text = format!("{name}: {} % about {}", axis::decimal(*share, 1), axis::concise(middle));
        plot.canvas.mark((x, plot.y.at(*share)), text);
    }
}
