//! Whether the first line of a table of text holds the names of its columns, which the later lines tell.

use super::columns::Reading;

/// What the later lines of a column hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tally {
    pub numbers: usize,
    pub texts: usize,
    /// How many numbers are not whole.
    pub fractions: usize,
    /// Whether the cell of the first line stands here, too.
    pub repeats_first: bool,
    first: f64,
    last: f64,
    smallest: f64,
    largest: f64,
    /// Whether each number is the one before and 1.
    runs: bool,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            numbers: 0,
            texts: 0,
            fractions: 0,
            repeats_first: false,
            first: f64::NAN,
            last: f64::NAN,
            smallest: f64::INFINITY,
            largest: f64::NEG_INFINITY,
            runs: true,
        }
    }
}

impl Tally {
    /// Counts a number of the next line.
    pub fn add(&mut self, value: f64) {
        match self.numbers {
            0 => self.first = value,
            _ => self.runs &= value == self.last + 1.0,
        }
        self.numbers += 1;
        self.fractions += usize::from(value.fract() != 0.0);
        self.last = value;
        self.smallest = self.smallest.min(value);
        self.largest = self.largest.max(value);
    }

    pub fn is_numeric(&self) -> bool {
        self.numbers > 0 && self.numbers >= self.texts
    }

    /// Whether the column counts its rows.
    fn counts_rows(&self) -> bool {
        self.numbers > 1 && self.texts == 0 && self.fractions == 0 && self.runs
    }

    fn holds_decimals(&self) -> bool {
        2 * self.fractions > self.numbers
    }

    /// Whether `value` is further from the numbers than these are from each other.
    fn is_far_from(&self, value: f64) -> bool {
        let width = self.largest - self.smallest;
        value > self.largest + width || value < self.smallest - width
    }
}

/// What the first line is.
#[derive(Debug, PartialEq)]
pub(crate) enum FirstLine {
    Names,
    Row,
    /// A row that may as well be names.
    DoubtfulRow,
    /// A row with a cell that is no number, at this position.
    Broken(usize),
}

/// So few numbers rise, or lie far from others, by accident.
const FEW_COLUMNS: usize = 3;
/// Fewer rows than these say little about a column.
const FEW_ROWS: usize = 3;
/// So many whole numbers in a row that rise by the same step are no accident.
const LONG_RAMP: usize = 5;

/// Judges the first line from its `cells`, how they read, and what stands below each; of the lines below, `ramps` hold
/// numbers that rise by a constant step.
///
/// It holds names where a cell is a word above numbers. Numbers above numbers speak against it, unless they only count
/// the columns (as pandas names them), stand beside a name that only a column has (`is_known`), or are of another kind
/// than the rows (years or wavelengths above measurements).
pub(crate) fn judge(
    cells: &[&str],
    readings: &[Reading],
    below: &[Tally],
    ramps: usize,
    is_known: impl Fn(&str) -> bool,
) -> FirstLine {
    let columns = || cells.iter().zip(readings).zip(below).enumerate();
    if below.iter().all(|tally| tally.numbers + tally.texts == 0) {
        // There are no other lines.
        let is_row = readings.iter().any(|reading| matches!(reading, Reading::Number(_)));
        return if is_row { FirstLine::Row } else { FirstLine::Names };
    }
    let numeric = || columns().filter(|(_, (_, tally))| tally.is_numeric());
    let words: Vec<usize> =
        numeric().filter(|(_, ((_, reading), _))| **reading == Reading::Text).map(|(at, _)| at).collect();
    let numbers: Vec<(f64, &Tally)> = numeric()
        .filter_map(|(_, ((_, reading), tally))| match reading {
            Reading::Number(value) => Some((*value, tally)),
            _ => None,
        })
        .collect();
    let known = cells.iter().zip(below).any(|(cell, tally)| is_known(cell) && !tally.repeats_first);
    if numbers.is_empty() {
        let all_missing = readings.iter().all(|reading| *reading == Reading::Missing);
        let names = !words.is_empty() || (known && !all_missing);
        return if names { FirstLine::Names } else { FirstLine::Row };
    }
    let first = numbers[0].0;
    let counts = (first == 0.0 || first == 1.0)
        && numbers.iter().zip(0..).all(|((value, _), place)| *value == first + f64::from(place));
    let fractions = below.iter().any(|tally| tally.fractions > 0);
    let blank_corner = cells[0].is_empty();
    match counts {
        true if known || blank_corner || !words.is_empty() => FirstLine::Names,
        true if numbers.len() >= FEW_COLUMNS && fractions => FirstLine::Names,
        _ if known || words.len() > numbers.len() => FirstLine::Names,
        _ if blank_corner && below[0].counts_rows() => FirstLine::Names,
        _ if numbers.len() + usize::from(blank_corner) == cells.len() => judge_numbers(&numbers, ramps),
        _ => words.first().map_or(FirstLine::Row, |at| FirstLine::Broken(*at)),
    }
}

/// Judges a first line that holds nothing but numbers, each with what stands below.
fn judge_numbers(numbers: &[(f64, &Tally)], ramps: usize) -> FirstLine {
    let rows = numbers.iter().map(|(_, tally)| tally.numbers).max().unwrap_or(0);
    let rises = numbers.windows(2).all(|pair| pair[0].0 < pair[1].0);
    let whole = numbers.iter().all(|(value, _)| value.fract() == 0.0);
    let continued = numbers.iter().any(|(value, tally)| tally.counts_rows() && value + 1.0 == tally.first);
    if !whole || continued || 10 * ramps > rows {
        return FirstLine::Row;
    }
    let mut values: Vec<f64> = numbers.iter().map(|(value, _)| *value).collect();
    values.sort_by(f64::total_cmp);
    let differ = values.len() > 1 && values.windows(2).all(|pair| pair[0] < pair[1]);
    let ramp = is_ramp(numbers.iter().map(|(value, _)| *value));
    let decimals = numbers.iter().filter(|(_, tally)| tally.holds_decimals()).count();
    let above_decimals = 4 * decimals >= 3 * numbers.len();
    let far = rows >= FEW_ROWS && numbers.iter().all(|(value, tally)| tally.is_far_from(*value));
    let long_ramp = ramp && rows >= FEW_ROWS && (numbers.len() >= LONG_RAMP || numbers[0].0 == 0.0);
    let few = numbers.len() < FEW_COLUMNS;
    match above_decimals || far || long_ramp {
        true if rises && !few => FirstLine::Names,
        true if differ && (far || !few) => FirstLine::DoubtfulRow,
        false if ramp => FirstLine::DoubtfulRow,
        _ => FirstLine::Row,
    }
}

/// Whether the numbers rise by a constant step; fewer than three do not.
pub(crate) fn is_ramp(values: impl Iterator<Item = f64>) -> bool {
    let (mut count, mut last, mut step) = (0, f64::NAN, f64::NAN);
    for value in values {
        match count {
            0 => {}
            1 => step = value - last,
            _ if (value - last - step).abs() > 1e-6 * step.abs() => return false,
            _ => {}
        }
        (count, last) = (count + 1, value);
    }
    count >= FEW_COLUMNS && step > 0.0
}

#[cfg(test)]
mod tests {
    use super::super::columns::reading;
    use super::*;

    /// Judges `first` over columns of which each letter says what stands below: `f`ractions, `w`hole numbers, `t`ext,
    /// text that `r`epeats the first line's.
    fn judged(first: &str, below: &str) -> FirstLine {
        let cells: Vec<&str> = first.split(',').collect();
        let readings: Vec<Reading> = cells.iter().map(|cell| reading(cell, false)).collect();
        let tally = |letter| match letter {
            't' => Tally { texts: 9, ..Tally::default() },
            'r' => Tally { texts: 9, repeats_first: true, ..Tally::default() },
            _ => {
                let mut tally = Tally::default();
                let half = if letter == 'f' { 0.5 } else { 0.0 };
                for value in [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0] {
                    tally.add(value + half);
                }
                tally
            }
        };
        let below: Vec<Tally> = below.chars().map(tally).collect();
        judge(&cells, &readings, &below, 0, |cell| cell == "label")
    }

    #[test]
    fn later_lines_tell_what_the_first_is() {
        for (first, below) in [
            ("a,b,c", "fff"),
            (",a,b", "wff"),
            ("label,0,1,2", "wwww"),
            ("name,0,1,2", "wfff"),
            (",0,1,2", "wfff"),
            ("0,1,2,3", "ffff"),
            ("a,b,2019", "fff"),
            ("id,label", "wt"),
            ("0,1,2,3,4", "wwwww"),
            ("400,410,420", "fff"),
            ("400,412,443", "fff"),
            ("2019,2020,2021", "www"),
        ] {
            assert_eq!(judged(first, below), FirstLine::Names, "{first}");
        }
        for (first, below) in [
            ("1.5,2,3", "fff"),
            ("NA,2.5,3", "fff"),
            (",2.5,3", "fff"),
            ("0,0,0", "fff"),
            ("7,2,5", "www"),
            ("3.5,4.5,5.5", "www"),
            ("5.1,3.5,setosa", "fft"),
            ("a.png,1.5,2", "tff"),
            ("1.5,2,label", "ffr"),
        ] {
            assert_eq!(judged(first, below), FirstLine::Row, "{first}");
        }
        assert_eq!(judged("1.5,x,2.5", "fff"), FirstLine::Broken(1));
        for (first, below) in [("3,4,5", "www"), ("7,2,5", "fff"), ("400,410", "ff")] {
            assert_eq!(judged(first, below), FirstLine::DoubtfulRow, "{first}");
        }
    }
}
