//! Numbers and tables as people read them.

use std::time::Duration;

use data::Dataset;

/// `1234567` as `1,234,567`.
pub fn grouped(n: impl TryInto<u64>) -> String {
    let digits = n.try_into().unwrap_or(u64::MAX).to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A loss or a metric with about five significant digits: `112.30`, `0.24200`.
pub fn value(x: f64) -> String {
    part(x, x)
}

/// `x` with as many decimals as [`value`] gives `whole`, so that parts are seen to add up to it.
pub fn part(x: f64, whole: f64) -> String {
    let decimals = match whole.abs() {
        size if size >= 1000.0 => 1,
        size if size >= 100.0 => 2,
        size if size >= 10.0 => 3,
        size if size >= 1.0 || size == 0.0 => 4,
        size if size >= 1e-3 => 5,
        size if size.is_finite() => return format!("{x:.2e}"),
        _ => 2,
    };
    format!("{x:.decimals$}")
}

/// `x` with a typographic minus, and never minus zero.
pub fn signed(x: f64, decimals: usize) -> String {
    let text = format!("{x:.decimals$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.bytes().all(|byte| matches!(byte, b'0' | b'.')) => zero.to_owned(),
        Some(size) => format!("−{size}"),
        None => text,
    }
}

/// `30 ms`, `0.8 s`, `12 s`, `3:05`, `1:02:05`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 0.1 {
        return format!("{:.0} ms", 1e3 * seconds);
    }
    if seconds < 10.0 {
        return format!("{seconds:.1} s");
    }
    let seconds = seconds.round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m}:{s:02}"),
        (h, m, s) => format!("{h}:{m:02}:{s:02}"),
    }
}

/// A part of a whole in per cent, to at most three digits: `1 %`, `0.25 %`.
pub fn percent(part: f64) -> String {
    format!("{} %", (1e5 * part).round() / 1e3)
}

/// `n` of something: `1 image`, `60,000 images`.
pub fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {one}s", grouped(n)) }
}

/// How many images, or rows of a table, `set` has.
pub fn size(set: &Dataset) -> String {
    count(set.len(), if set.columns().is_some() { "row" } else { "image" })
}

/// Rows of cells as lines, columns aligned (numbers to the right), two spaces apart.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let cells = |column: usize| rows.iter().filter_map(move |row| row.get(column));
    let is_number = |cell: &&String| cell.chars().all(|c| c.is_ascii_digit() || ",.-+".contains(c));
    let width = |cell: &str| cell.chars().count();
    let layout: Vec<(usize, bool)> = (0..columns)
        .map(|column| {
            let widest = cells(column).map(|cell| width(cell)).max().unwrap_or(0);
            (widest, cells(column).skip(1).filter(|cell| !cell.is_empty()).all(|cell| is_number(&cell)))
        })
        .collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, (widest, right)) in row.iter().zip(&layout) {
            let blank = " ".repeat(widest - width(cell));
            let (before, after) = if *right { (blank.as_str(), "") } else { ("", blank.as_str()) };
            line += &format!("  {before}{cell}{after}");
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([112.304, 0.242, 6.123456].map(value), ["112.30", "0.24200", "6.1235"]);
        assert_eq!([0.0, 1e-7, f64::NAN].map(value), ["0.0000", "1.00e-7", "NaN"]);
        assert_eq!([part(94.1, 112.3), part(18.2, 112.3)], ["94.10", "18.20"]);
        assert_eq!([signed(-1.26, 1), signed(-0.04, 1), signed(2.0, 0)], ["−1.3", "0.0", "2"]);
        let spoken = |seconds| duration(Duration::from_secs_f64(seconds));
        assert_eq!(
            [0.0312, 0.84, 12.4, 59.6, 185.0, 3725.0].map(spoken),
            ["31 ms", "0.8 s", "12 s", "1:00", "3:05", "1:02:05"]
        );
        assert_eq!((count(1, "image"), count(2_000, "image")), ("1 image".into(), "2,000 images".into()));
    }

    #[test]
    fn tables_align_numbers_to_the_right() {
        let row = |cells: [&str; 3]| cells.map(String::from).to_vec();
        let text =
            table(&[row(["name", "images", "where"]), row(["mnist", "70,000", ""]), row(["a", "5", "é"])]);
        assert_eq!(text, "  name   images  where\n  mnist  70,000\n  a           5  é\n");
    }
}
