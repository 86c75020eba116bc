//! The latent plane as a scatter of points, coloured by class or by a value.

use crate::axis::{self, Scale};
use crate::canvas::{AXIS, Anchor, Canvas, Rect, SMALL, SOFT_INK, Type};
use crate::error::FigureError;
use crate::figure::Figure;
use crate::font::{self, Weight};
use crate::palette;
use crate::points::{self, Dot};
use crate::raster::Picture;

/// What the colour of a point says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PointColors<'a> {
    /// Nothing: one colour.
    Plain,
    /// The class of each point; a legend names the classes, and each is labelled at its median.
    Classes {
        /// Class index of each point.
        labels: &'a [u32],
        /// Name of each class by index; empty to use the numbers themselves.
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

/// Points of a latent plane or map with equal scales on both axes.
///
/// Dots shrink and become more transparent as points grow in number. Up to 5,000 points are vector circles;
/// beyond, the dots become one embedded image while axes and text stay vector, so that 60,000 points make a
/// file below 1 MB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatentScatter<'a> {
    /// Coordinates. Points that are not finite are left out, and a note says how many.
    pub points: &'a [[f32; 2]],
    /// What colours say.
    pub colors: PointColors<'a>,
    /// Titles of the axes.
    pub axes: [&'a str; 2],
    /// Written above the figure.
    pub title: Option<&'a str>,
}

const MARGIN: f64 = 16.0;
const SIDE: f64 = 440.0;
/// More classes than this share colours, so they get no labels among the points.
const LABELLED_CLASSES: usize = 20;
const LEGEND_LINE: f64 = 19.0;

impl<'a> LatentScatter<'a> {
    /// Points of one colour over z₁ and z₂, without title.
    pub fn new(points: &'a [[f32; 2]]) -> Self {
        Self { points, colors: PointColors::Plain, axes: ["z₁", "z₂"], title: None }
    }

    /// Draws the figure.
    ///
    /// # Errors
    /// [`FigureError::Empty`] without points, [`FigureError::NotFinite`] when no point is finite,
    /// [`FigureError::Count`] when labels or values are not one per point, [`FigureError::Label`] for a label
    /// without a name.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        if self.points.is_empty() {
            return Err(FigureError::Empty("points"));
        }
        let key = Key::new(self.colors, self.points.len())?;
        let is_shown = |point: &&[f32; 2]| point.iter().all(|value| value.is_finite());
        let shown = self.points.iter().filter(is_shown).count();
        let coordinate = |axis: usize| {
            axis::extent(self.points.iter().filter(is_shown).map(|point| f64::from(point[axis])))
                .ok_or(FigureError::NotFinite("points"))
        };
        let (plot_width, plot_height, x_range, y_range) = equal_aspect(coordinate(0)?, coordinate(1)?);

        let y_ticks = axis::ticks(y_range.0, y_range.1, (plot_height / 60.0) as usize);
        let x_ticks = axis::ticks(x_range.0, x_range.1, (plot_width / 60.0) as usize);
        let tick_width = font::widest(y_ticks.labels.iter().map(String::as_str), SMALL, Weight::Regular);
        let left = (MARGIN + 22.0 + tick_width + axis::TICK + 3.0).ceil();
        let top = MARGIN + self.title.map_or(0.0, |_| 28.0);
        let plot = Rect { x: left, y: top, width: plot_width, height: plot_height };
        let note = (shown < self.points.len()).then(|| {
            let (missing, all) = (axis::grouped(self.points.len() - shown), axis::grouped(self.points.len()));
            format!("{missing} of {all} points left out: not finite")
        });

        let height =
            plot.bottom().max(top + key.height(plot.height)) + 46.0 + note.as_ref().map_or(0.0, |_| 16.0);
        let width = plot.right() + key.width() + MARGIN;
        let title_end = left + self.title.map_or(0.0, |title| Type::TITLE.width(title)) + MARGIN;
        let mut canvas = Canvas::new(width.max(title_end), height + MARGIN / 2.0);
        if let Some(title) = self.title {
            canvas.text((left, MARGIN + 6.0), Type::TITLE, title);
        }
        let x_scale = Scale { low: x_range.0, high: x_range.1, from: plot.x, to: plot.right() };
        let y_scale = Scale { low: y_range.0, high: y_range.1, from: plot.bottom(), to: plot.y };
        axis::draw_y(&mut canvas, plot, y_scale, &y_ticks, true);
        axis::draw_x(&mut canvas, plot, x_scale, &x_ticks);
        canvas.text(
            (plot.center().0, plot.bottom() + 36.0),
            Type::LABEL.anchored(Anchor::Middle),
            self.axes[0],
        );
        let beside = Type::LABEL.anchored(Anchor::Middle).upright();
        canvas.text((MARGIN + 5.0, plot.center().1), beside, self.axes[1]);

        let dots: Vec<Dot> = points::spread_order(self.points.len())
            .filter(|index| self.points[*index].iter().all(|value| value.is_finite()))
            .map(|index| Dot {
                x: x_scale.at(f64::from(self.points[index][0])),
                y: y_scale.at(f64::from(self.points[index][1])),
                color: key.color(index),
            })
            .collect();
        points::draw(&mut canvas, plot, &dots)?;
        canvas.rect(plot, &format!("fill=\"none\" stroke=\"{AXIS}\""));
        if let Key::Classes { labels, names } = &key
            && (2..=LABELLED_CLASSES).contains(&names.len())
        {
            let places = self.class_medians(labels, names.len(), x_scale, y_scale);
            draw_class_names(&mut canvas, plot, names, places);
        }
        key.draw(&mut canvas, plot)?;
        if let Some(note) = note {
            canvas.text((plot.x, plot.bottom() + 54.0), Type::SMALL, &note);
        }
        Ok(canvas.finish(&format!(
            "Scatter of {} points over {} and {}",
            axis::grouped(shown),
            self.axes[0],
            self.axes[1]
        )))
    }

    /// The median of each class in pixels; `None` for a class without points.
    fn class_medians(
        &self,
        labels: &[u32],
        classes: usize,
        x_scale: Scale,
        y_scale: Scale,
    ) -> Vec<Option<(f64, f64)>> {
        let mut members: Vec<[Vec<f32>; 2]> = vec![Default::default(); classes];
        for (point, label) in self.points.iter().zip(labels) {
            if point.iter().all(|value| value.is_finite()) {
                members[*label as usize][0].push(point[0]);
                members[*label as usize][1].push(point[1]);
            }
        }
        let median = |values: &mut Vec<f32>| {
            let middle = values.len() / 2;
            (!values.is_empty()).then(|| f64::from(*values.select_nth_unstable_by(middle, f32::total_cmp).1))
        };
        members.iter_mut().map(|[x, y]| Some((x_scale.at(median(x)?), y_scale.at(median(y)?)))).collect()
    }
}

/// Plot sides and axis ranges so that one unit is as long on both axes; the plot is never flatter than 2 : 1.
fn equal_aspect(x: (f64, f64), y: (f64, f64)) -> (f64, f64, (f64, f64), (f64, f64)) {
    let (x, y) = (axis::padded(x, 0.04), axis::padded(y, 0.04));
    let (x_length, y_length) = (x.1 - x.0, y.1 - y.0);
    let longest = x_length.max(y_length);
    let grow = |range: (f64, f64), length: f64| {
        let missing = (longest / 2.0 - length).max(0.0) / 2.0;
        (range.0 - missing, range.1 + missing)
    };
    let (x, y) = (grow(x, x_length), grow(y, y_length));
    let pixels = |range: (f64, f64)| ((range.1 - range.0) / longest * SIDE).round();
    (pixels(x), pixels(y), x, y)
}

/// Writes class names at their medians, moved apart where they would touch.
fn draw_class_names(canvas: &mut Canvas, plot: Rect, names: &[String], places: Vec<Option<(f64, f64)>>) {
    let style = Type::new(12.0, Weight::SemiBold, crate::canvas::INK).anchored(Anchor::Middle).with_halo();
    let mut boxes: Vec<Rect> = Vec::new();
    let mut shown = Vec::new();
    for (name, place) in names.iter().zip(places) {
        if let Some((x, y)) = place {
            let (width, height) = (style.width(name) + 4.0, 15.0);
            boxes.push(Rect { x: x - width / 2.0, y: y - height / 2.0, width, height });
            shown.push(name);
        }
    }
    points::move_apart(&mut boxes, plot);
    for (place, name) in boxes.iter().zip(shown) {
        canvas.text(place.center(), style, name);
    }
}

/// What stands right of the plot and explains the colours.
enum Key<'a> {
    Nothing,
    Classes { labels: &'a [u32], names: Vec<String> },
    Bar { values: &'a [f32], name: &'a str, low: f64, high: f64 },
}

impl<'a> Key<'a> {
    fn new(colors: PointColors<'a>, count: usize) -> Result<Self, FigureError> {
        let check = |what, got| {
            if got == count { Ok(()) } else { Err(FigureError::Count { what, got, expected: count }) }
        };
        match colors {
            PointColors::Plain => Ok(Self::Nothing),
            PointColors::Classes { labels, names } => {
                check("labels", labels.len())?;
                let largest = labels.iter().copied().max().unwrap_or(0);
                if names.is_empty() {
                    // Labels are class indices; a stray huge one must not name a million classes.
                    let names = (0..=largest.min(9_999)).map(|label| label.to_string()).collect();
                    return Self::with_names(labels, names);
                }
                Self::with_names(labels, names.to_vec())
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

    fn with_names(labels: &'a [u32], names: Vec<String>) -> Result<Self, FigureError> {
        match labels.iter().position(|label| *label as usize >= names.len()) {
            Some(point) => Err(FigureError::Label { label: labels[point], point, names: names.len() }),
            None => Ok(Self::Classes { labels, names }),
        }
    }

    fn color(&self, index: usize) -> [u8; 3] {
        match self {
            Self::Nothing => palette::PLAIN,
            Self::Classes { labels, .. } => palette::class_color(labels[index] as usize),
            Self::Bar { values, low, high, .. } => {
                let value = f64::from(values[index]);
                if value.is_finite() {
                    palette::map_color((value - low) / (high - low))
                } else {
                    [160, 160, 160]
                }
            }
        }
    }

    /// Pixels right of the plot.
    fn width(&self) -> f64 {
        match self {
            Self::Nothing => 0.0,
            Self::Classes { names, .. } => {
                let names = names.iter().take(Self::lines(names.len())).map(String::as_str);
                34.0 + font::widest(
                    names.chain(["and 999 more"].into_iter().filter(|_| self.is_cut())),
                    12.0,
                    Weight::Regular,
                )
            }
            Self::Bar { low, high, .. } => {
                let ticks = axis::ticks(*low, *high, 6);
                58.0 + font::widest(ticks.labels.iter().map(String::as_str), SMALL, Weight::Regular)
            }
        }
    }

    fn height(&self, plot: f64) -> f64 {
        match self {
            Self::Classes { names, .. } => LEGEND_LINE * (Self::lines(names.len()) as f64 + 1.0) - 46.0,
            _ => plot,
        }
    }

    /// How many classes the legend names.
    fn lines(classes: usize) -> usize {
        if classes <= 24 { classes } else { 23 }
    }

    fn is_cut(&self) -> bool {
        matches!(self, Self::Classes { names, .. } if names.len() > 24)
    }

    fn draw(&self, canvas: &mut Canvas, plot: Rect) -> Result<(), FigureError> {
        match self {
            Self::Nothing => {}
            Self::Classes { names, .. } => {
                let x = plot.right() + 18.0;
                for (index, name) in names.iter().take(Self::lines(names.len())).enumerate() {
                    let y = plot.y + 8.0 + index as f64 * LEGEND_LINE;
                    let fill = palette::hex(palette::class_color(index));
                    canvas.circle((x + 4.0, y), 4.5, &format!("fill=\"{fill}\""));
                    canvas.text((x + 15.0, y), Type::LABEL, name);
                }
                if self.is_cut() {
                    let lines = Self::lines(names.len());
                    let at = (x + 15.0, plot.y + 8.0 + lines as f64 * LEGEND_LINE);
                    canvas.text(
                        at,
                        Type::LABEL.colored(SOFT_INK),
                        &format!("and {} more", names.len() - lines),
                    );
                }
            }
            Self::Bar { name, low, high, .. } => {
                let bar = Rect { x: plot.right() + 18.0, y: plot.y, width: 12.0, height: plot.height };
                let rows = 256;
                let share = |row: usize| 1.0 - row as f64 / (rows - 1) as f64;
                let pixels = (0..rows).flat_map(|row| palette::map_color(share(row))).collect();
                canvas.image(bar, &Picture::from_bytes(1, rows, 3, pixels).png()?, false);
                let scale = Scale { low: *low, high: *high, from: bar.bottom(), to: bar.y };
                let ticks = axis::ticks(*low, *high, 6);
                for (value, label) in ticks.values.iter().zip(&ticks.labels) {
                    let y = scale.at(*value);
                    canvas.line(
                        (bar.right(), y),
                        (bar.right() + axis::TICK, y),
                        &format!("stroke=\"{AXIS}\""),
                    );
                    canvas.text((bar.right() + axis::TICK + 4.0, y), Type::SMALL, label);
                }
                let x = plot.right() + self.width() - 6.0;
                canvas.text((x, bar.center().1), Type::LABEL.anchored(Anchor::Middle).upright(), name);
            }
        }
        Ok(())
    }
}
