//! What the colours of points say, and the legend or colour bar that explains them.

use std::borrow::Cow;

use crate::axis::{self, Scale};
use crate::canvas::{AXIS, Anchor, Canvas, INK, Rect, SMALL, SOFT_INK, Type};
use crate::error::FigureError;
use crate::font::{self, Weight};
use crate::palette;
use crate::raster::Picture;

/// Pixels from one class of the legend to the next.
const LEGEND_LINE: f64 = 19.0;
/// Lines of the longest legend; what does not fit is counted in the last.
const LEGEND_LINES: usize = 24;

/// What the colour of a point says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PointColors<'a> {
    /// Nothing: one colour.
    Plain,
    /// The class of each point; a legend names the classes, and each is labelled at its median.
    Classes {
        /// Class index of each point.
        labels: &'a [u32],
        /// Name of each class by index; empty to use the numbers themselves. A class `(unknown)` is grey.
        names: &'a [String],
    },
    /// A number for each point, shown by a colour bar. Points whose value is not finite are grey.
    Values {
        /// Value of each point.
        values: &'a [f32],
        /// Title of the colour bar.
        name: &'a str,
    },
}

/// What stands right of the plot and explains the colours.
pub(crate) enum Key<'a> {
    Nothing,
    Classes { labels: &'a [u32], names: Vec<String> },
    Bar { values: &'a [f32], name: &'a str, low: f64, high: f64 },
}

impl<'a> Key<'a> {
    /// Checks that `colors` fit `count` points.
    pub fn new(colors: PointColors<'a>, count: usize) -> Result<Self, FigureError> {
        let check = |what, got| {
            if got == count { Ok(()) } else { Err(FigureError::Count { what, got, expected: count }) }
        };
        match colors {
            PointColors::Plain => Ok(Self::Nothing),
            PointColors::Classes { labels, names } => {
                check("labels", labels.len())?;
                let numerals = || {
                    // A stray huge label is an error below and must not number a billion classes first.
                    let largest = labels.iter().max().map_or(0, |label| *label.min(&9_999));
                    (0..=largest).map(|label| label.to_string()).collect()
                };
                let names = if names.is_empty() { numerals() } else { names.to_vec() };
                match labels.iter().position(|label| *label as usize >= names.len()) {
                    Some(point) => {
                        Err(FigureError::Label { label: labels[point], point, names: names.len() })
                    }
                    None => Ok(Self::Classes { labels, names }),
                }
            }
            PointColors::Values { values, name } => {
                check("values", values.len())?;
                let range = axis::extent(values.iter().map(|value| f64::from(*value)));
                let (low, high) = range.ok_or(FigureError::NotFinite("values"))?;
                let (low, high) = axis::padded((low, high), 0.0);
                Ok(Self::Bar { values, name, low, high })
            }
        }
    }

    /// The colour of point `index`.
    pub fn color(&self, index: usize) -> [u8; 3] {
        match self {
            Self::Nothing => palette::PLAIN,
            Self::Classes { labels, names } => class_color(names, labels[index] as usize),
            Self::Bar { values, low, high, .. } => {
                let value = f64::from(values[index]);
                if value.is_finite() {
                    palette::map_color((value - low) / (high - low))
                } else {
                    palette::UNKNOWN
                }
            }
        }
    }

    /// What the colour of point `index` says.
    pub fn describe(&self, index: usize) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Classes { labels, names } => names.get(labels[index] as usize).cloned(),
            Self::Bar { values, name, .. } => {
                Some(format!("{name} {}", axis::concise(f64::from(values[index]))))
            }
        }
    }

    /// Pixels that the key needs right of the plot.
    pub fn width(&self) -> f64 {
        match self {
            Self::Nothing => 0.0,
            Self::Classes { names, .. } => {
                34.0 + legend(names).map(|(_, name)| Type::LABEL.width(&name)).fold(0.0, f64::max)
            }
            Self::Bar { low, high, .. } => {
                let labels = axis::ticks(*low, *high, 6).labels;
                58.0 + font::widest(labels.iter().map(String::as_str), SMALL, Weight::Regular)
            }
        }
    }

    /// Pixels that the key needs from the top of the plot on; a colour bar fits any plot.
    pub fn height(&self) -> f64 {
        match self {
            Self::Classes { names, .. } => legend(names).count() as f64 * LEGEND_LINE,
            _ => 0.0,
        }
    }

    /// Draws the key right of `plot`.
    pub fn draw(&self, canvas: &mut Canvas, plot: Rect) -> Result<(), FigureError> {
        let x = plot.right() + 18.0;
        match self {
            Self::Nothing => {}
            Self::Classes { names, .. } => {
                for (line, (class, name)) in legend(names).enumerate() {
                    let y = plot.y + 8.0 + line as f64 * LEGEND_LINE;
                    if let Some(class) = class {
                        let fill = palette::hex(class_color(names, class));
                        canvas.circle((x + 4.0, y), 4.5, &format!("fill=\"{fill}\""));
                    }
                    let color = if class.is_some() { INK } else { SOFT_INK };
                    canvas.text((x + 15.0, y), Type::LABEL.colored(color), &name);
                }
            }
            Self::Bar { name, low, high, .. } => {
                let bar = Rect { x, y: plot.y, width: 12.0, height: plot.height };
                let steps = 256;
                let share = |step: usize| 1.0 - step as f64 / (steps - 1) as f64;
                let pixels = (0..steps).flat_map(|step| palette::map_color(share(step))).collect();
                canvas.image(bar, &Picture::from_bytes(1, steps, 3, pixels).png()?, false);
                let scale = Scale { low: *low, high: *high, from: bar.bottom(), to: bar.y };
                let ticks = axis::ticks(*low, *high, 6);
                for (value, label) in ticks.values.iter().zip(&ticks.labels) {
                    let (from, y) = (bar.right(), scale.at(*value));
                    canvas.line((from, y), (from + axis::TICK, y), &format!("stroke=\"{AXIS}\""));
                    canvas.text((from + axis::TICK + 4.0, y), Type::SMALL, label);
                }
                let at = (plot.right() + self.width() - 6.0, bar.center().1);
                canvas.text(at, Type::LABEL.anchored(Anchor::Middle).upright(), name);
            }
        }
        Ok(())
    }
}

/// The name of the class of points of which none is known.
const UNKNOWN_CLASS: &str = "(unknown)";

/// The colour of a class; grey for the unknown one.
fn class_color(names: &[String], class: usize) -> [u8; 3] {
    match names.get(class).map(String::as_str) {
        Some(UNKNOWN_CLASS) => palette::UNKNOWN,
        _ => palette::class_color(class),
    }
}

/// The lines of a legend: class and name, and a last line without class that counts those left out.
fn legend(names: &[String]) -> impl Iterator<Item = (Option<usize>, Cow<'_, str>)> {
    let fits = names.len() <= LEGEND_LINES;
    let named = if fits { names.len() } else { LEGEND_LINES - 1 };
    let rest = (!fits).then(|| (None, Cow::from(format!("and {} more", axis::grouped(names.len() - named)))));
    let lines = names[..named].iter().enumerate();
    lines.map(|(class, name)| (Some(class), Cow::from(name.as_str()))).chain(rest)
}
