//! A column of a table on an axis: numbers on a linear or a logarithmic scale, names one above the other.

use crate::axis::{self, Ticks};
use crate::canvas::{AXIS, Canvas, INK, Rect, Type, number};
use crate::error::FigureError;
use crate::palette;
use crate::raster::Picture;

/// A column of a table: one value a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueColumn<'a> {
    /// Its heading: `learning_rate`.
    pub name: &'a str,
    /// A number for each row, NaN where there is none.
    pub values: &'a [f64],
    /// Of a column of names: the values are places in this list, from 0. Empty for numbers.
    pub names: &'a [String],
}

/// Positive numbers that span so many times the least are drawn on a logarithmic scale.
const LOGARITHMIC: f64 = 20.0;
/// So many different values, if they lie apart, are the ticks of their axis.
const MOST_VALUES: usize = 7;
/// Part of an axis between two such values.
const APART: f64 = 0.09;

/// A column ready to be drawn: where each row lies between 0 and 1.
pub(crate) struct ColumnScale<'a> {
    pub column: ValueColumn<'a>,
    low: f64,
    high: f64,
    is_logarithmic: bool,
    /// Values are parts of the axis, from 0 to 1.
    pub ticks: Ticks,
}

impl<'a> ColumnScale<'a> {
    /// Of a column of `rows` values; `share` of its length is free at both ends.
    pub fn new(column: ValueColumn<'a>, rows: usize, share: f64) -> Result<Self, FigureError> {
        if column.values.len() != rows {
            return Err(FigureError::Count {
                what: "values of a column",
                got: column.values.len(),
                expected: rows,
            });
        }
        let (least, most) = axis::extent(column.values.iter().copied())
            .ok_or(FigureError::NotFinite("values of a column"))?;
        let is_logarithmic = column.names.is_empty() && least > 0.0 && most / least >= LOGARITHMIC;
        let ends = if is_logarithmic { (least.log10(), most.log10()) } else { (least, most) };
        let (low, high) = axis::padded(ends, share);
        let ticks = Ticks { values: Vec::new(), labels: Vec::new() };
        let mut scale = Self { column, low, high, is_logarithmic, ticks };
        scale.ticks = scale.find_ticks();
        Ok(scale)
    }

    /// Where `value` lies, 0 at the low end and 1 at the high one; `None` for no number.
    pub fn share(&self, value: f64) -> Option<f64> {
        let value = if self.is_logarithmic { value.log10() } else { value };
        value.is_finite().then(|| (value - self.low) / (self.high - self.low))
    }

    /// Where row `row` lies.
    pub fn row(&self, row: usize) -> Option<f64> {
        self.share(self.column.values[row])
    }

    /// The value of row `row` in words.
    pub fn text(&self, row: usize) -> String {
        let value = self.column.values[row];
        match self.column.names.get(value as usize) {
            _ if !value.is_finite() => "–".to_owned(),
            Some(name) => name.clone(),
            None => plain(value),
        }
    }

    /// The colour of row `row`.
    pub fn color(&self, row: usize) -> String {
        let value = self.column.values[row];
        palette::hex(match self.row(row) {
            None => palette::UNKNOWN,
            Some(_) if !self.column.names.is_empty() => palette::class_color(value as usize),
            Some(share) => line_color(share),
        })
    }

    fn find_ticks(&self) -> Ticks {
        if !self.column.names.is_empty() {
            let shares = (0..self.column.names.len()).filter_map(|index| self.share(index as f64));
            return Ticks { values: shares.collect(), labels: self.column.names.to_vec() };
        }
        let mut distinct: Vec<f64> =
            self.column.values.iter().copied().filter(|value| value.is_finite()).collect();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        let shares: Vec<f64> = distinct.iter().filter_map(|value| self.share(*value)).collect();
        let lie_apart = shares.windows(2).all(|pair| pair[1] - pair[0] >= APART);
        let are_short = distinct.iter().all(|value| plain(*value).chars().count() <= 7);
        if distinct.len() <= MOST_VALUES && lie_apart && are_short {
            return Ticks { values: shares, labels: distinct.into_iter().map(plain).collect() };
        }
        if self.is_logarithmic {
            return self.decades();
        }
        let Ticks { values, labels } = axis::ticks(self.low, self.high, 5);
        Ticks { values: values.into_iter().filter_map(|value| self.share(value)).collect(), labels }
    }

    /// Powers of ten; where the axis has fewer than three, 2 and 5 times these as well.
    fn decades(&self) -> Ticks {
        let steps: &[f64] = if self.high - self.low < 3.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let powers = self.low.floor() as i32..=self.high.ceil() as i32;
        let all = powers.flat_map(|power| steps.iter().map(move |step| step * 10f64.powi(power)));
        let inside: Vec<f64> = all.filter(|value| (self.low..=self.high).contains(&value.log10())).collect();
        let shares = inside.iter().filter_map(|value| self.share(*value)).collect();
        Ticks { values: shares, labels: inside.into_iter().map(plain).collect() }
    }

    /// What the colours say, from `x` on beside `plot`: a bar with the ticks, or the names. Fits in [`Self::key_width`].
    pub fn draw_key(&self, canvas: &mut Canvas, x: f64, plot: Rect) -> Result<(), FigureError> {
        // Where the script of a page draws another in its place.
        let [left, top, height] = [x, plot.y, plot.height].map(number);
        canvas.open(&format!("class=\"key\" data-x=\"{left}\" data-y=\"{top}\" data-height=\"{height}\""));
        canvas.text((x, plot.y - 14.0), Type::LABEL.colored(INK), self.column.name);
        if !self.column.names.is_empty() {
            for (index, name) in self.column.names.iter().enumerate() {
                let y = plot.y + 8.0 + 19.0 * index as f64;
                let fill = palette::hex(palette::class_color(index));
                canvas.circle((x + 4.0, y), 4.5, &format!("fill=\"{fill}\""));
                canvas.text((x + 15.0, y), Type::LABEL, name);
            }
            canvas.close();
            return Ok(());
        }
        let bar = Rect { x, y: plot.y, width: 12.0, height: plot.height };
        let steps = 128;
        let share = |step: usize| 1.0 - step as f64 / (steps - 1) as f64;
        let pixels = (0..steps).flat_map(|step| line_color(share(step))).collect();
        canvas.image(bar, &Picture::from_bytes(1, steps, 3, pixels).png()?, false);
        for (share, label) in self.ticks.values.iter().zip(&self.ticks.labels) {
            let y = bar.bottom() - share * bar.height;
            canvas.line((bar.right(), y), (bar.right() + axis::TICK, y), &format!("stroke=\"{AXIS}\""));
            canvas.text((bar.right() + axis::TICK + 3.0, y), Type::SMALL, label);
        }
        canvas.close();
        Ok(())
    }

    /// Pixels that the key takes.
    pub fn key_width(&self) -> f64 {
        let labels = self.ticks.labels.iter().map(|label| Type::LABEL.width(label)).fold(0.0, f64::max);
        2.0 + (22.0 + labels).max(Type::LABEL.width(self.column.name))
    }
}

/// The colour of a share of an axis. The ends of the map are left out: thin lines of these do not stand out from dark paper,
/// or from white.
pub(crate) fn line_color(share: f64) -> [u8; 3] {
    palette::map_color(0.12 + 0.8 * share)
}

/// At most four significant digits, none of them superfluous: `8`, `0.002`, `98.31`, `1.5×10⁻⁵`.
fn plain(value: f64) -> String {
    let text = axis::concise(value);
    match text.split_once('.') {
        Some(_) if text.contains('×') => text.replace(".0×", "×"),
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale<'a>(values: &'a [f64], names: &'a [String]) -> ColumnScale<'a> {
        ColumnScale::new(ValueColumn { name: "x", values, names }, values.len(), 0.0).unwrap()
    }

    #[test]
    fn few_values_are_their_own_ticks_and_many_get_round_ones() {
        assert_eq!(scale(&[16.0, 4.0, 8.0, 4.0], &[]).ticks.labels, ["4", "8", "16"]);
        let many: Vec<f64> = (0..40).map(|i| 95.3 + 0.31 * f64::from(i)).collect();
        assert_eq!(scale(&many, &[]).ticks.labels, ["96", "98", "100", "102", "104", "106"]);
    }

    #[test]
    fn wide_spans_are_logarithmic() {
        let rates = scale(&[1e-4, 1e-3, 1e-2], &[]);
        let places: Vec<f64> = (0..3).map(|row| rates.row(row).unwrap()).collect();
        assert!((places[1] - 0.5).abs() < 1e-12 && places[0] == 0.0, "{places:?}");
        assert_eq!(rates.ticks.labels, ["1×10⁻⁴", "0.001", "0.01"]);
        let linear = scale(&[0.0, 1e-3, 1e-2], &[]);
        assert!((linear.row(1).unwrap() - 0.1).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_number_has_no_place() {
        let gaps = scale(&[1.0, f64::NAN, 3.0], &[]);
        assert_eq!((gaps.row(1), gaps.text(1)), (None, "–".to_owned()));
        let names = ["adam".to_owned(), "sgd".to_owned()];
        let kinds = scale(&[1.0, 0.0, f64::NAN], &names);
        assert_eq!([0, 1, 2].map(|row| kinds.text(row)), ["sgd", "adam", "–"]);
        assert_eq!(kinds.ticks.labels, names);
    }
}
