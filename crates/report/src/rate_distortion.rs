//! The rate–distortion plane: what models pay in nats of code for how much they keep.

use crate::axis;
use crate::canvas::{AXIS, Anchor, SOFT_INK, Type};
use crate::error::FigureError;
use crate::figure::Figure;
use crate::palette::LINES;
use crate::plot::{Axis, Layout};

/// One model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatedModel<'a> {
    /// Written beside the point: `KL weight 0.1`.
    pub name: &'a str,
    /// KL(q(z|x) ‖ p(z)), unweighted, in nats per image.
    pub rate: f64,
    /// The expected reconstruction loss, unweighted, in nats per image.
    pub distortion: f64,
}

/// Models on the rate–distortion plane (Alemi et al. 2018, arXiv:1711.00464).
///
/// Down and left is better. Models on one dotted diagonal have the same sum, the negative ELBO where the
/// distortion is a likelihood's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateDistortion<'a> {
    /// The models in any order.
    pub models: &'a [RatedModel<'a>],
    /// Title of the y axis.
    pub distortion: &'a str,
    /// Whether they are one net under several weights of the KL: points of a curve, joined in the order of their
    /// rates.
    pub is_curve: bool,
    /// Written above the figure.
    pub title: Option<&'a str>,
}

const SIZE: (f64, f64) = (460.0, 320.0);

impl RateDistortion<'_> {
    /// Draws the figure.
    ///
    /// # Errors
    /// [`FigureError::Empty`] without models, [`FigureError::NotFinite`] for a number that is none.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        if self.models.is_empty() {
            return Err(FigureError::Empty("models"));
        }
        if !self.models.iter().all(|model| model.rate.is_finite() && model.distortion.is_finite()) {
            return Err(FigureError::NotFinite("rates and distortions"));
        }
        let mut models = self.models.to_vec();
        models.sort_by(|a, b| a.rate.total_cmp(&b.rate));
        let range = |value: fn(&RatedModel) -> f64| {
            axis::padded(axis::extent(models.iter().map(value)).unwrap_or((0.0, 1.0)), 0.12)
        };
        let (rates, distortions) = (range(|model| model.rate), range(|model| model.distortion));
        let rates = (rates.0.max(0.0), rates.1);
        let name_width = models.iter().map(|model| Type::LABEL.width(model.name)).fold(0.0, f64::max);
        let layout = Layout {
            title: self.title,
            x: Axis::new("rate: KL to the prior (nats per image)", rates, 6),
            y: Axis::new(self.distortion, distortions, 6),
            size: SIZE,
            above: 8.0,
            beside: (name_width - 40.0).max(0.0),
        };
        let mut plot = layout.open();
        let dots = format!("stroke=\"{AXIS}\" stroke-dasharray=\"1 4\"");
        for model in &models {
            let sum = model.rate + model.distortion;
            // From the left edge down to the bottom edge, within the plot.
            let left = rates.0.max(sum - distortions.1);
            let right = rates.1.min(sum - distortions.0);
            let at = |rate: f64| (plot.x.at(rate), plot.y.at(sum - rate));
            plot.canvas.line(at(left), at(right), &dots);
        }
        let places: Vec<(f64, f64)> =
            models.iter().map(|model| (plot.x.at(model.rate), plot.y.at(model.distortion))).collect();
        if self.is_curve && places.len() > 1 {
            let style = format!("fill=\"none\" stroke=\"{}\" stroke-width=\"2\"", LINES[1]);
            plot.canvas.polyline(&places, &style);
        }
        for (model, at) in models.iter().zip(&places) {
            plot.canvas.circle(*at, 4.5, &format!("fill=\"{}\"", LINES[1]));
            let label = Type::LABEL.with_halo();
            plot.canvas.text((at.0 + 9.0, at.1 - 9.0), label, model.name);
            let [rate, distortion, sum] =
                [model.rate, model.distortion, model.rate + model.distortion].map(axis::concise);
            plot.canvas
                .mark(*at, format!("{}: rate {rate}, distortion {distortion}, sum {sum} nats", model.name));
        }
        let note = Type::SMALL.colored(SOFT_INK).anchored(Anchor::End).with_halo();
        plot.canvas.text((plot.rect.right() - 4.0, plot.rect.y + 10.0), note, "dotted: equal sums");
        plot.frame();
        let names: Vec<&str> = models.iter().map(|model| model.name).collect();
        let what = if self.is_curve { "Rate–distortion curve through" } else { "Rate and distortion of" };
        Ok(plot.canvas.finish(&format!("{what} {}", names.join(", "))))
    }
}
