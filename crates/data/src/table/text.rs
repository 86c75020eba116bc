//! Text with commas, semicolons, tabs, bars or spaces between the cells.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use super::columns::{Cells, Column, Reading, Sheet, is_decimal_comma, reading};
use super::roles;
use super::scan::{ColumnScan, Scan, Style};
use crate::checksum;
use crate::error::DataError;

/// More text than this is no table to be held in memory.
const MOST_BYTES: u64 = 1 << 32;
/// What stands between cells, and how messages call it. The comma first: it is taken where nothing tells them apart.
const SEPARATORS: [(u8, &str); 5] =
    [(b',', "commas"), (b';', "semicolons"), (b'\t', "tabs"), (b'|', "bars"), (b' ', "spaces")];
/// Lines that are looked at to find the separator.
const SAMPLE: usize = 200;

/// Reads the cells of a table of text.
pub(crate) fn read(path: &Path) -> Result<Sheet, DataError> {
    let bytes = bytes(path)?;
    let Body { header, text, skipped } = body(decoded(path, &bytes)?);
    let style = style(text);
    let text = &*plain(text, style.separator);
    let refuse = |line, problem| DataError::Csv { file: path.to_path_buf(), line, problem };
    let lines_of_cells = || {
        let (above, names_rows) = (header.as_ref(), header.is_none() && has_names_of_rows(text, style));
        let rows = records(text, style.separator).map(|(record, line)| (record, line + skipped));
        let first = above.map(|names| (csv::StringRecord::from(names.clone()), skipped));
        first.into_iter().chain(rows).enumerate().map(move |(at, (record, line))| match at {
            0 if names_rows => (std::iter::once("").chain(&record).collect(), line),
            _ => (record, line),
        })
    };
    let scan = Scan::of(lines_of_cells(), style, &refuse)?;
    let mut notes = Vec::new();
    let has_names = scan.has_names(header.is_some(), &mut notes, &refuse)?;
    let Scan { names, first, first_line, columns, .. } = scan;
    let columns = columns.into_iter().enumerate().map(|(at, column)| {
        let column = if has_names { column } else { column.after(&names[at], first[at], first_line) };
        let ColumnScan { values, tally, missing, fault } = column;
        let text = fault.is_some().then(|| {
            let rows = lines_of_cells().skip(usize::from(has_names));
            rows.map(|(record, _)| record.get(at).unwrap_or_default().to_owned()).collect()
        });
        let name = Some(names[at].clone()).filter(|name| has_names && !name.is_empty());
        let cells = text.map_or(Cells::Numbers(values), Cells::Text);
        Column { name, cells, missing, fault: fault.filter(|_| tally.is_numeric()) }
    });
    let columns = columns.collect();
    match skipped - u64::from(header.is_some()) {
        0 => {}
        1 => notes.push("a line of comment above the table is skipped".to_owned()),
        lines => notes.push(format!("{lines} lines of comment above the table are skipped")),
    }
    if style.decimal_comma {
        notes.push("numbers are taken to have decimal commas".to_owned());
    }
    if has_names && first.iter().any(|reading| matches!(reading, Reading::Number(_))) {
        notes.push(match first.iter().all(|reading| matches!(reading, Reading::Number(_))) {
            true => format!(
                "line {first_line} ({}) is taken for the columns' names; if it is a row, put a line of names above it",
                roles::some(&names)
            ),
            false => format!("line {first_line} is taken for the columns' names"),
        });
    }
    Ok(Sheet { columns, notes, first_line: Some(first_line) })
}

/// The bytes of the file, unpacked.
fn bytes(path: &Path) -> Result<Vec<u8>, DataError> {
    let source = checksum::open(path)?;
    let mut bytes = Vec::new();
    let read = source.reader.take(MOST_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(DataError::io(path, "read"))?;
    if bytes.len() as u64 > MOST_BYTES {
        let problem = format!("more than {} GiB of text: save it as .npy or .parquet", MOST_BYTES >> 30);
        return Err(DataError::Table { file: path.to_path_buf(), problem });
    }
    Ok(bytes)
}

/// The text without its byte order mark.
fn decoded<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, DataError> {
    let refuse =
        |line, problem: &str| DataError::Csv { file: path.to_path_buf(), line, problem: problem.into() };
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(refuse(1, "is text in UTF-16: save it in UTF-8 (\"CSV UTF-8\")"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        refuse(line as u64, "is not text in UTF-8: save it in that encoding")
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// A table below lines of comment.
struct Body<'a> {
    /// Names of the columns from the last comment, where it has as many cells as the rows below it, and these begin.
    header: Option<Vec<String>>,
    text: &'a str,
    /// How many lines stand above `text`.
    skipped: u64,
}

/// Parts a table from the comments above it, which begin with `#`.
fn body(text: &str) -> Body<'_> {
    let (mut rest, mut last, mut skipped) = (text, None, 0);
    while let Some(comment) = rest.strip_prefix('#') {
        let (line, below) = comment.split_once('\n').unwrap_or((comment, ""));
        (rest, last, skipped) = (below, Some(line.trim()), skipped + 1);
    }
    let style = style(rest);
    let first = records(&plain(rest, style.separator), style.separator).next();
    let cells = first.map(|(record, _)| record).unwrap_or_default();
    let begins = cells.iter().any(|cell| matches!(reading(cell, style.decimal_comma), Reading::Number(_)));
    let header = last.filter(|_| begins).and_then(|line| {
        [style.separator, b','].into_iter().find_map(|separator| {
            let (names, _) = records(&plain(line, separator), separator).next()?;
            (names.len() == cells.len()).then(|| names.iter().map(str::to_owned).collect())
        })
    });
    Body { header, text: rest, skipped }
}

/// Whether the first line, of names alone, has a cell less than the others: R leaves out the one above the names of rows.
fn has_names_of_rows(text: &str, style: Style) -> bool {
    let mut rows = records(text, style.separator).map(|(record, _)| record);
    let Some(names) = rows.next() else { return false };
    let is_name = |cell: &str| reading(cell, style.decimal_comma) == Reading::Text;
    let mut sample = rows.take(SAMPLE).peekable();
    let is_longer = |row: csv::StringRecord| {
        row.len() == names.len() + 1 && row.get(names.len()).is_some_and(|cell| !cell.is_empty())
    };
    names.iter().all(is_name) && sample.peek().is_some() && sample.all(is_longer)
}

/// The text with one space for each run of spaces, and none around lines, where spaces stand between the cells.
fn plain(text: &str, separator: u8) -> Cow<'_, str> {
    if separator != b' ' {
        return Cow::Borrowed(text);
    }
    let (mut plain, mut is_quoted) = (String::with_capacity(text.len()), false);
    for line in text.split_inclusive('\n') {
        let line = if is_quoted { line } else { line.trim_start_matches(' ') };
        let (content, end) = line.split_at(line.trim_end_matches(['\r', '\n']).len());
        for letter in content.chars() {
            is_quoted ^= letter == '"';
            if letter != ' ' || is_quoted || !plain.ends_with(' ') {
                plain.push(letter);
            }
        }
        if !is_quoted {
            plain.truncate(plain.trim_end_matches(' ').len());
        }
        plain.push_str(end);
    }
    Cow::Owned(plain)
}

/// Rows of cells, each with the line on which it begins.
fn records(text: &str, separator: u8) -> impl Iterator<Item = (csv::StringRecord, u64)> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    // Text that is in memory and in UTF-8 has no errors.
    std::iter::from_fn(move || {
        let mut record = csv::StringRecord::new();
        reader.read_record(&mut record).ok().filter(|more| *more)?;
        let line = record.position().map_or(0, csv::Position::line);
        Some((record, line))
    })
}

/// The separator that makes the most cells numbers, in lines of equally many; of equals, that of the most cells.
fn style(text: &str) -> Style {
    let mut best = Style { separator: b',', separator_name: "commas", decimal_comma: false };
    let mut highest = (false, 0.0, 1);
    for (separator, separator_name) in SEPARATORS {
        let sample: Vec<csv::StringRecord> =
            records(&plain(text, separator), separator).take(SAMPLE).map(|(record, _)| record).collect();
        // The first line may be without a name for the names of the rows.
        let Some(first) = sample.first().map(csv::StringRecord::len) else { break };
        let width =
            sample.get(1).map(csv::StringRecord::len).filter(|width| *width == first + 1).unwrap_or(first);
        if width == 1 {
            continue; // it does not occur
        }
        // The first line may hold names.
        let rows = if sample.len() > 1 { &sample[1..] } else { &sample[..] };
        let even = rows.iter().filter(|record| record.len() == width).count() as f64 / rows.len() as f64;
        let cells = || rows.iter().flat_map(csv::StringRecord::iter);
        let commas = cells().filter(|cell| is_decimal_comma(cell)).count();
        let points = cells().filter(|cell| cell.contains('.') && cell.parse::<f64>().is_ok()).count();
        // Commas in quotes between commas may as well part thousands.
        let thousands = |cell: &&str| cell.split_once(',').is_none_or(|(_, part)| part.len() == 3);
        let is_certain =
            separator != b',' || !cells().filter(|cell| is_decimal_comma(cell)).all(|cell| thousands(&cell));
        let decimal_comma = commas > 0 && points == 0 && is_certain;
        let is_number = |cell: &&str| matches!(reading(cell, decimal_comma), Reading::Number(_));
        let numbers = cells().filter(is_number).count() as f64 / cells().count().max(1) as f64;
        // A first line that names every column tells more than numbers, of which a table of text has few.
        let names_all = first == width && even > 0.5;
        let score = (names_all, even * numbers, width);
        if score > highest {
            (highest, best) = (score, Style { separator, separator_name, decimal_comma });
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::style;

    #[test]
    fn the_separator_is_found() {
        for (text, separator, decimal_comma) in [
            ("a,b\n1,2\n3,4\n", b',', false),
            ("a;b\n1;2\n", b';', false),
            ("file,age,kind\na.png,1.5,tall oak\nb.png,2.5,old ash\n", b',', false),
            ("file,city\na.png,New York\nb.png,Den Haag\n", b',', false),
            ("a;b\n1,5;2,25\n", b';', true),
            ("a;b;c\n1,5;2,25;cat\n-1,5;2;dog\n", b';', true),
            ("1.5;2\n", b';', false),
            ("a\tb\n1,5\t2\n", b'\t', true),
            ("1 2 3\n4 5 6\n", b' ', false),
            ("  1.5   2 3\n 14.5 -12 6\n", b' ', false),
            ("a b\nr1 1 2\nr2 3 4\n", b' ', false),
            ("a,b\n\"1,5\",\"2,5\"\n", b',', true),
            ("a,b\n\"1,500\",\"2,500\"\n", b',', false),
            ("\"1,5\";\"2,5\"\n\"1,0\";\"2,25\"\n", b';', true),
            ("1, 2, 3\n4, 5, 6\n", b',', false),
            ("1|2\n", b'|', false),
            ("x,y,label\n1,2,\"cat; big\"\n3,4,\"ant; red\"\n", b',', false),
            ("1\n2\n", b',', false),
            ("a,b\n1,2\n3\n", b',', false),
            ("", b',', false),
        ] {
            let found = style(text);
            assert_eq!((found.separator, found.decimal_comma), (separator, decimal_comma), "{text:?}");
        }
    }
}
