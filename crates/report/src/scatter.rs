//! The latent plane as a scatter of points, coloured by class or by a value.

use crate::axis::{self, Scale};
use crate::canvas::{AXIS, Anchor, Canvas, INK, Rect, SMALL, Type};
use crate::color_key::{Key, PointColors};
use crate::error::FigureError;
use crate::figure::Figure;
use crate::font::{self, Weight};
use crate::points::{self, Dot};

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
/// With fewer points per class than this, a label would hide what it names.
const POINTS_PER_LABEL: usize = 20;
/// Points that say what they are; of more, so many are chosen.
const MOST_MARKS: usize = 12_000;

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

        let below = plot.bottom() + 46.0 + note.as_ref().map_or(0.0, |_| 16.0);
        let height = below.max(top + key.height());
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
        let every = points::spread_order(self.points.len()).take(MOST_MARKS);
        for index in every.filter(|index| self.points[*index].iter().all(|value| value.is_finite())) {
            let [x, y] = self.points[index];
            let at = (x_scale.at(f64::from(x)), y_scale.at(f64::from(y)));
            let place = format!("({}, {})", axis::concise(f64::from(x)), axis::concise(f64::from(y)));
            canvas.mark_point(
                at,
                key.describe(index).map_or(place.clone(), |what| format!("{what} {place}")),
                index,
            );
        }
        canvas.rect(plot, &format!("fill=\"none\" stroke=\"{AXIS}\""));
        if let Key::Classes { labels, names } = &key
            && (2..=LABELLED_CLASSES).contains(&names.len())
            && shown >= POINTS_PER_LABEL * names.len()
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
    let style = Type::new(12.0, Weight::SemiBold, INK).anchored(Anchor::Middle).with_halo();
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
