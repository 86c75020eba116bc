//! A [`Summary`] as aligned text: how it displays.

use std::fmt;

use crate::summary::{Row, Summary};

const HEADINGS: [&str; 4] = ["layer (type)", "output shape", "parameters", "connected to"];

fn write(summary: &Summary, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let rows = summary.parts.iter().flat_map(|part| part.layers.iter().map(cells));
    let mut widths = HEADINGS.map(width);
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(&row) {
            *widest = width(cell).max(*widest);
        }
    }
    for part in &summary.parts {
        writeln!(f, "{}", part.name)?;
        line(f, widths, &HEADINGS.map(str::to_owned))?;
        writeln!(f, "  {}", "─".repeat(widths.iter().sum::<usize>() + 3 * GAP.len()))?;
        for row in &part.layers {
            line(f, widths, &cells(row))?;
        }
        total(f, widths, "total", part.parameters, part.bytes)?;
        writeln!(f)?;
    }
    writeln!(f, "whole")?;
    for part in &summary.parts {
        total(f, widths, part.name, part.parameters, part.bytes)?;
    }
    total(f, widths, "total", summary.parameters, summary.bytes)?;
    let Summary { image, code, compression, .. } = summary;
    writeln!(f, "\n{} values to {}: compression {compression:.1}×", thousands(*image), thousands(*code))
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, f)
    }
}

const GAP: &str = "  ";

fn cells(row: &Row) -> [String; 4] {
    let output: Vec<String> = row.output.iter().map(ToString::to_string).collect();
    let connected = if row.connected_to.is_empty() { "–".to_owned() } else { row.connected_to.join(", ") };
    [format!("{} ({})", row.name, row.kind), output.join(" × "), thousands(row.parameters), connected]
}

/// The parameters stand to the right, everything else to the left.
fn line(f: &mut fmt::Formatter<'_>, widths: [usize; 4], cells: &[String; 4]) -> fmt::Result {
    let [layer, output, parameters, connected] = cells;
    let [a, b, c, _] = widths;
    writeln!(f, "  {layer:<a$}{GAP}{output:<b$}{GAP}{parameters:>c$}{GAP}{connected}")
}

fn total(f: &mut fmt::Formatter<'_>, widths: [usize; 4], name: &str, n: usize, bytes: usize) -> fmt::Result {
    let size = format!("{:.2} KB", bytes as f64 / 1024.0);
    line(f, widths, &[name.to_owned(), String::new(), thousands(n), size])
}

fn width(text: impl AsRef<str>) -> usize {
    text.as_ref().chars().count()
}

/// `1234567` as `1,234,567`.
fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
