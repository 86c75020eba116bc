//! The page of all runs: the table, parallel coordinates, and a scatter of any two columns.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use report::{ColumnPlots, Page, PageItem, PageSection, PlotColumn, SortableCell, SortableTable};

use super::columns::{Column, Columns, cell};
use super::row::{RunRow, RunState};
use super::{RunTable, Value};
use crate::error::Error;
use crate::numbers::{count, grouped, value};

/// Axes that fit beside each other.
const MOST_AXES: usize = 9;
/// Names that can be told apart on an axis.
const MOST_NAMES: usize = 8;
/// Columns that say of each run what no other has.
const OF_ONE_RUN: [&str; 3] = ["run", "created", "problem"];

/// The page of `table` with these columns, to be written to `file`: runs that have a report are linked from there.
///
/// # Errors
/// If a figure cannot be drawn.
pub fn page(table: &RunTable, columns: &Columns, file: &Path) -> Result<Page, Error> {
    let mut sections = Vec::new();
    if let Some(plots) = plots(table, columns) {
        sections.push(PageSection {
            title: "What goes with what".into(),
            text: "Every line and every point is a run. Point at one to see which; it lights up in the table, too.".into(),
            items: vec![PageItem::Columns(plots)],
        });
    }
    let caption =
        "A click on a heading sorts. Losses are those of the best epoch, metrics those of the test images.";
    let shared = [shared_fact(table, "recipe"), shared_fact(table, "data")];
    // What is the same in all rows is said above them.
    let is_shown = |column: &&Column| {
        let place = ["recipe", "data"].iter().position(|key| *key == column.key);
        place.is_none_or(|place| shared[place].is_none())
    };
    let shown: Vec<&Column> = columns.columns.iter().filter(is_shown).collect();
    let head = shown.iter().map(|column| column.heading.clone()).collect();
    let row = |row: &RunRow| shown.iter().map(|column| sortable(row, column, file)).collect();
    let rows = table.rows.iter().map(row).collect();
    sections.push(PageSection {
        title: "Runs".into(),
        text: String::new(),
        items: vec![PageItem::Sortable(SortableTable { caption: caption.into(), head, rows })],
    });
    let completed = table.rows.iter().filter(|row| row.state == RunState::Completed).count();
    let title = count(table.rows.len(), "run");
    let [recipe, data] = shared;
    let of = recipe.map_or_else(String::new, |recipe| format!(" of {recipe}"));
    let on = data.map_or_else(String::new, |data| format!(" on {data}"));
    let completed = if completed == table.rows.len() { "all".to_owned() } else { grouped(completed) };
    Ok(Page {
        what: format!(
            "Trainings{of}{on}, {completed} completed. Settings that are the same in all are left out."
        ),
        verdict: best(table).unwrap_or_default(),
        title,
        sections,
        made: format!("Made by latentlab {}.", env!("CARGO_PKG_VERSION")),
        ..Page::default()
    })
}

/// What all runs have under `key`.
fn shared_fact(table: &RunTable, key: &str) -> Option<String> {
    let mut values = table.rows.iter().map(|row| row.get(key));
    let first = values.next()??;
    values.all(|other| other == Some(first)).then(|| first.to_string())
}

/// Which run has the lowest loss, where the losses can be compared: of one recipe's objective on the same data.
fn best(table: &RunTable) -> Option<String> {
    let with_loss: Vec<(&RunRow, f64)> = table
        .rows
        .iter()
        .filter_map(|row| Some((row, row.get("valid_total")?.number().filter(|loss| loss.is_finite())?)))
        .collect();
    let objective = |row: &RunRow| -> Vec<(String, Value)> {
        let is_meant = |key: &str| key.starts_with("objective.") || key.starts_with("data.");
        let settings = row.settings.iter().filter(|(key, _)| is_meant(key));
        settings.map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let first = objective(with_loss.first()?.0);
    if with_loss.len() < 2 || with_loss.iter().any(|(row, _)| objective(row) != first) {
        return None;
    }
    let (row, loss) = with_loss.iter().min_by(|(_, a), (_, b)| a.total_cmp(b))?;
    Some(format!("The lowest validation loss is {}, of {}.", value(*loss), row.folder.display()))
}

fn sortable(row: &RunRow, column: &Column, file: &Path) -> SortableCell {
    let link = (column.key == "run" && row.folder.join("report.html").is_file())
        .then(|| link(&row.folder.join("report.html"), file))
        .flatten();
    let number = row.get(&column.key).and_then(Value::number).filter(|number| number.is_finite());
    SortableCell { text: cell(row, &column.key), number, link }
}

/// The way from the page `from` to `to`, as an address.
fn link(to: &Path, from: &Path) -> Option<String> {
    let (to, from) = (std::path::absolute(to).ok()?, std::path::absolute(from).ok()?);
    let (to, from): (Vec<Component>, Vec<Component>) =
        (to.components().collect(), from.parent()?.components().collect());
    let common = to.iter().zip(&from).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n(Component::ParentDir, from.len() - common);
    let path: PathBuf = up.chain(to[common..].iter().copied()).collect();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte);
    let text = path.to_str()?.replace('\\', "/");
    Some(
        text.bytes()
            .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect(),
    )
}

/// The columns in which the runs differ; nothing where fewer than two can be drawn.
fn plots(table: &RunTable, columns: &Columns) -> Option<ColumnPlots> {
    let mut drawn: Vec<(&Column, PlotColumn)> =
        columns.columns.iter().filter_map(|column| Some((column, plot_column(table, column)?))).collect();
    // The loss last: it colours, and is what the others lead to.
    drawn.sort_by_key(|(column, _)| column.key == "valid_total");
    let is_setting = |column: &Column| table.rows.iter().any(|row| row.settings.contains_key(&column.key));
    let last = drawn.len().checked_sub(1).filter(|last| *last > 0)?;
    let number = |(_, plot): &&(&Column, PlotColumn)| plot.names.is_empty();
    let first = drawn.iter().position(|pair| number(&pair) && is_setting(pair.0)).unwrap_or(0);
    let second =
        drawn.iter().enumerate().position(|(at, pair)| at > first && number(&pair) && is_setting(pair.0));
    let is_axis = |at: &usize| drawn[*at].0.key != "seconds" && *at != last;
    let axes = (0..drawn.len()).filter(is_axis).take(MOST_AXES - 1).chain([last]).collect();
    Some(ColumnPlots {
        axes,
        rows: table.rows.iter().map(|row| row.folder.display().to_string()).collect(),
        shown: [first, last, second.unwrap_or(last)],
        columns: drawn.into_iter().map(|(_, plot)| plot).collect(),
    })
}

/// Numbers that differ, or a few names.
fn plot_column(table: &RunTable, column: &Column) -> Option<PlotColumn> {
    if OF_ONE_RUN.contains(&column.key.as_str()) {
        return None;
    }
    let cells: Vec<Option<&Value>> = table.rows.iter().map(|row| row.get(&column.key)).collect();
    let name = column.heading.clone();
    if cells.iter().flatten().all(|cell| cell.number().is_some()) {
        let values: Vec<f64> = cells
            .iter()
            .map(|cell| cell.and_then(Value::number).filter(|number| number.is_finite()).unwrap_or(f64::NAN))
            .collect();
        let mut finite = values.iter().filter(|value| value.is_finite());
        let first = finite.next()?;
        return finite.any(|other| other != first).then_some(PlotColumn { name, values, names: Vec::new() });
    }
    let texts = |cell: &Value| cell.to_string();
    let places: BTreeMap<String, f64> = cells.iter().flatten().map(|cell| (texts(cell), 0.0)).collect();
    let names: Vec<String> = places.into_keys().collect();
    let place = |cell: &Option<&Value>| {
        let at = cell.and_then(|cell| names.iter().position(|name| *name == texts(cell)));
        at.map_or(f64::NAN, |at| at as f64)
    };
    let values = cells.iter().map(place).collect();
    (2..=MOST_NAMES).contains(&names.len()).then_some(PlotColumn { name, values, names })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_from_the_page_to_the_report() {
        let way = |to: &str, from: &str| link(Path::new(to), Path::new(from)).unwrap();
        assert_eq!(way("runs/a/report.html", "runs.html"), "runs/a/report.html");
        assert_eq!(way("/x/runs/a b/report.html", "/x/pages/all.html"), "../runs/a%20b/report.html");
    }
}
