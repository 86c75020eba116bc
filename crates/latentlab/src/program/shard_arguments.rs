//! `--shard` and `--merge`: one large set over several processes.

use std::path::{Path, PathBuf};

use crate::lab::Shard;
use crate::lab::shards::Part;
use serde_json::json;

use crate::program::destination::check_file;
use crate::program::failure::Failure;
use crate::program::outcome::Outcome;

/// Where help lists these.
const SHARD_OPTIONS: &str = "Several processes";

/// `--shard` and `--merge`.
#[derive(Debug, Default, clap::Args)]
pub struct ShardArguments {
    /// Take the I-th of N shards of the rows, and write what --merge joins to --out FILE.part
    #[arg(long, value_name = "I/N", conflicts_with = "merge", help_heading = SHARD_OPTIONS)]
    pub shard: Option<Shard>,

    /// Join the parts of all N shards, with the options that these had: the same as of one process
    #[arg(long, value_name = "PART", num_args = 1.., help_heading = SHARD_OPTIONS)]
    pub merge: Vec<PathBuf>,
}

/// A checked file for a part.
pub struct PartFile<'a>(&'a Path);

impl<'a> PartFile<'a> {
    /// Checks the file before any work is done.
    pub fn new(out: Option<&'a Path>, shard: Shard, force: bool) -> Result<Self, Failure> {
        let is_part = |out: &&Path| out.extension().is_some_and(|extension| extension == "part");
        let Some(file) = out.filter(is_part) else {
            let given = out.map_or_else(String::new, |out| format!("--out {}: ", out.display()));
            let failure = Failure::mistake(format!("{given}--shard takes --out FILE.part"));
            return Err(failure.hint(format!(
                "such as --out {}-of-{}.part; --merge then makes a table of all parts",
                shard.index(),
                shard.count()
            )));
        };
        check_file(file, force)?;
        Ok(Self(file))
    }

    /// Writes it, and says what it is.
    pub fn write(&self, part: &Part, shard: Shard) -> Result<Outcome, Failure> {
        part.write(self.0)?;
        let (rows, total) = (part.rows(), part.total());
        let text = format!("shard {shard}: rows {} to {} of {total}", rows.start + 1, rows.end);
        let outcome = Outcome::files(&text, &[self.0.to_path_buf()]);
        let outcome = outcome.with("shard", shard.to_string());
        Ok(outcome.with("rows", json!([rows.start, rows.end])).with("images", total))
    }
}
