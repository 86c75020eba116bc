//! Where the rows go that a run on a table gives, in the units of the table's owner.

use std::path::PathBuf;

use crate::Run;
use crate::data::Columns;
use crate::lab::arrays::{RowTable, TableFormat, Values};
use crate::lab::row_names::RowNames;

use crate::program::destination::{PictureArguments, check_file};
use crate::program::failure::Failure;

/// Where the rows of a run on a table go.
pub struct RowFile {
    out: PathBuf,
    format: TableFormat,
    columns: Columns,
}

impl RowFile {
    /// Checks `--out` of a run on a table; `None` for a run on images.
    pub fn new(arguments: &PictureArguments, opened: &Run) -> Result<Option<Self>, Failure> {
        let Some(columns) = opened.columns().cloned() else { return Ok(None) };
        let run = opened.dir.path().display();
        let Some(out) = arguments.out.clone() else {
            let failure = Failure::mistake(format!("--out: is needed, since {run} is a run on a table"));
            return Err(failure.hint("name a file for the rows: --out rows.csv or rows.npz"));
        };
        let Some(format) = TableFormat::by_extension(&out) else {
            let message =
                format!("--out {}: must end in .csv or .npz, since {run} is a run on a table", out.display());
            return Err(Failure::mistake(message));
        };
        check_file(&out, arguments.force)?;
        Ok(Some(Self { out, format, columns }))
    }

    /// Writes standardised rows, [rows, columns], in the units of the table; with what tells them apart, if that is known.
    pub fn write(&self, mut rows: Vec<f32>, names: Option<&RowNames>) -> Result<PathBuf, Failure> {
        self.columns.in_units(&mut rows);
        let width = self.columns.names.len();
        let mut table = RowTable::new(rows.len() / width);
        if let Some(names) = names {
            names.add_places(&mut table);
        }
        table.add_titled("x", self.columns.names.clone(), Values::Floats(rows));
        if let Some(names) = names {
            names.add_classes(&mut table);
        }
        table.write(&self.out, self.format)?;
        Ok(self.out.clone())
    }
}
