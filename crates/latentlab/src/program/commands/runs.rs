//! `runs`: all runs in one table, and the removal of those that are no longer wanted.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use crate::lab::numbers::{count, table};
use crate::lab::run_table::{Columns, Filter, PruneList, RunState, RunTable, Sort, page};
use crate::lab::size;
use crate::run::atomic_write;
use serde_json::json;

use crate::program::destination::check_file;
use crate::program::failure::Failure;
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// List all runs in one table, to sort, filter, draw, and clear away
///
/// Each run has its recipe, its data, the settings in which the runs differ, its state, its best validation loss, what
/// `evaluate` measured, time and date. Keys are those of recipes (model.latent.size, or only size where no other key ends
/// in it), names of metrics, and: run, recipe, data, state, epochs, epochs_asked, valid_total, best_epoch, seconds,
/// created, program, problem. Folders are looked through to their ground, but not through links.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab runs                                      what there is in runs/ and studies/, the newest first
  latentlab runs studies/kl-weight --sort valid_total
  latentlab runs --metrics psnr,silhouette --sort -psnr
  latentlab runs --filter 'recipe ~ conv' --filter 'learning_rate <= 1e-3' --state completed
  latentlab runs --columns run,latent.size,seed,psnr --csv table.csv
  latentlab runs --html runs.html                     table, parallel coordinates and scatter on one page
  latentlab runs --prune --state failed,interrupted   removes them, once you have said yes")]
pub struct Arguments {
    /// Folders that hold runs, however deep, or single runs [default: runs, and studies where it is there]
    #[arg(value_name = "FOLDER")]
    pub folders: Vec<PathBuf>,

    /// Metrics to show, with commas between [default: those of the usual ones that most runs have]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub metrics: Option<Vec<String>>,

    /// Order by this key; with - before it from the largest down [default: -created]
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub sort: Option<Sort>,

    /// Show only runs of which this is true: a key, one of = != < <= > >= ~ (contains), and a value; may be given more than
    /// once
    #[arg(long = "filter", value_name = "KEY OP VALUE")]
    pub filters: Vec<Filter>,

    /// Show only runs in this state; several with commas between
    #[arg(long = "state", value_name = "STATE", value_enum, value_delimiter = ',')]
    pub states: Vec<RunState>,

    /// Columns by their keys, with commas between
    #[arg(long, value_name = "KEYS", value_delimiter = ',', conflicts_with = "metrics")]
    pub columns: Option<Vec<String>>,

    /// Write the table as CSV, numbers in full and all settings that differ; - for stdout
    #[arg(long, value_name = "FILE", conflicts_with = "prune")]
    pub csv: Option<PathBuf>,

    /// Write a page with the table, parallel coordinates, and a scatter of any two columns
    #[arg(long, value_name = "FILE", conflicts_with = "prune")]
    pub html: Option<PathBuf>,

    /// Overwrite the files that are there
    #[arg(long, conflicts_with = "prune")]
    pub force: bool,

    /// Remove the runs that --filter or --state select, after showing them and asking. What is running, cannot be read as a
    /// run, or is a link, is left alone, as is everything in a run's folder that is not of the run
    #[arg(long)]
    pub prune: bool,

    /// Remove without asking
    #[arg(long, requires = "prune")]
    pub yes: bool,
}

/// Settings that are columns of a terminal.
const MOST_SETTINGS: usize = 6;

/// Lists, or removes.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    if arguments.prune && arguments.filters.is_empty() && arguments.states.is_empty() {
        return Err(Failure::mistake("--prune: does not say which runs")
            .hint("--state failed,interrupted or --filter 'KEY OP VALUE' select them; without --prune they are listed"));
    }
    arguments.check_files(settings)?;
    let mut runs = RunTable::read(&arguments.folders())?;
    let all = runs.rows.len();
    if let Some(sort) = &arguments.sort {
        runs.sort(sort)?;
    }
    runs.filter(&arguments.filters)?;
    runs.rows.retain(|row| arguments.states.is_empty() || arguments.states.contains(&row.state));
    runs.notes.iter().for_each(|note| settings.lab.note(note));
    if arguments.prune {
        return prune(&runs, arguments.yes, settings);
    }
    let columns = arguments.columns(&runs, MOST_SETTINGS)?;
    let mut files = Vec::new();
    if let Some(file) = &arguments.csv {
        let csv = arguments.columns(&runs, usize::MAX)?.csv(&runs)?;
        if file == Path::new("-") {
            return Ok(Outcome::answer(String::from_utf8_lossy(&csv), json!({})));
        }
        atomic_write(file, &csv)?;
        files.push(file.clone());
    }
    if let Some(file) = &arguments.html {
        let page = page(&runs, &arguments.columns(&runs, usize::MAX)?, file)?;
        atomic_write(file, page.html()?.as_bytes())?;
        files.push(file.clone());
    }
    let text = match runs.rows.len() {
        0 if all == 0 => "no runs here; `latentlab train` makes one\n".to_owned(),
        0 => format!("none of {} is as asked for\n", count(all, "run")),
        _ => format!("{}{}", table(&columns.text(&runs)), summary(&runs, &columns, all)),
    };
    let rows: Vec<_> = runs.rows.iter().map(|row| row.json()).collect();
    let keys: Vec<_> = columns.columns.iter().map(|column| &column.key).collect();
    let json = json!({ "runs": rows, "columns": keys, "notes": runs.notes });
    Ok(Outcome::answer(text, json).with_files(&files))
}

impl Arguments {
    fn folders(&self) -> Vec<PathBuf> {
        let usual = || ["runs", "studies"].map(PathBuf::from).into_iter().filter(|folder| folder.is_dir());
        match self.folders.as_slice() {
            [] if usual().count() == 0 => vec!["runs".into()], // which is then said not to be there
            [] => usual().collect(),
            given => given.to_vec(),
        }
    }

    fn check_files(&self, settings: &Settings) -> Result<(), Failure> {
        let is_stdout = |file: &&PathBuf| file.as_path() == Path::new("-");
        if settings.json && self.csv.iter().any(|file| is_stdout(&file)) {
            return Err(Failure::mistake("--csv -: stdout takes the JSON of --json; name a file"));
        }
        let files = self.csv.iter().filter(|file| !is_stdout(file)).chain(&self.html);
        files.into_iter().try_for_each(|file| check_file(file, self.force))
    }

    fn columns(&self, runs: &RunTable, most: usize) -> Result<Columns, Failure> {
        Ok(match &self.columns {
            Some(keys) => Columns::of(runs, keys)?,
            None => Columns::usual(runs, self.metrics.as_deref(), most)?,
        })
    }
}

fn summary(runs: &RunTable, columns: &Columns, all: usize) -> String {
    let states = [
        RunState::Running,
        RunState::Completed,
        RunState::Interrupted,
        RunState::Failed,
        RunState::Unreadable,
    ];
    let of_state = |state: &RunState| runs.rows.iter().filter(|row| row.state == *state).count();
    let counted = states.iter().map(|state| (of_state(state), state)).filter(|(count, _)| *count > 0);
    let parts: Vec<String> = counted.map(|(count, state)| format!("{count} {state}")).collect();
    let shown = runs.rows.len();
    let of = if shown < all { format!("{shown} of {}", count(all, "run")) } else { count(all, "run") };
    let mut text = format!("\n{of}: {}\n", parts.join(", "));
    if !columns.left_out.is_empty() {
        let named: Vec<&str> = columns.left_out.iter().take(6).map(String::as_str).collect();
        let more = if named.len() < columns.left_out.len() { ", …" } else { "" };
        text += &format!("they differ in more settings, which --columns shows: {}{more}\n", named.join(", "));
    }
    text
}

/// Removes what is confirmed.
fn prune(runs: &RunTable, is_confirmed: bool, settings: &Settings) -> Result<Outcome, Failure> {
    let list = PruneList::new(runs);
    for (folder, why) in &list.left {
        settings.lab.note(format_args!("left alone: {}: {why}", folder.display()));
    }
    let left: Vec<_> = list
        .left
        .iter()
        .map(|(folder, why)| json!({ "run": folder.display().to_string(), "why": why }))
        .collect();
    let nothing = |text: &str| Outcome::done(text, json!({ "removed": [], "left": left, "bytes": 0 }));
    if list.runs.is_empty() {
        return Ok(nothing("nothing to remove\n"));
    }
    if !is_confirmed && !confirm(&list, settings)? {
        return Ok(nothing("nothing was removed\n"));
    }
    let (mut removed, mut text) = (Vec::new(), String::new());
    for run in &list.runs {
        let stays = run.remove()?;
        let folder = run.folder.display().to_string();
        let stays = stays.map_or_else(String::new, |entry| {
            format!("; {entry:?} and perhaps more are not of the run and stay")
        });
        text += &format!("removed  {folder}{stays}\n");
        removed.push(folder);
    }
    text += &format!("{}, {}\n", count(removed.len(), "run"), size(list.bytes()));
    Ok(Outcome::done(text, json!({ "removed": removed, "left": left, "bytes": list.bytes() })))
}

/// Shows the runs, and asks.
fn confirm(list: &PruneList, settings: &Settings) -> Result<bool, Failure> {
    if !settings.may_ask() || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::mistake(format!(
            "--prune: would remove {} and asks before that, which takes a terminal",
            count(list.runs.len(), "run")
        ))
        .hint("without --prune the same command lists them; --yes removes them without asking"));
    }
    let mut rows = vec![["run", "state", "size"].map(String::from).to_vec()];
    for run in &list.runs {
        rows.push(vec![run.folder.display().to_string(), run.state.to_string(), size(run.bytes)]);
    }
    let (runs, bytes) = (count(list.runs.len(), "run"), size(list.bytes()));
    let mut terminal = io::stderr().lock();
    let asked = write!(terminal, "{}\nremove {runs}, {bytes}? Type yes: ", table(&rows));
    asked
        .and_then(|()| terminal.flush())
        .map_err(|error| Failure::fault(format!("stderr: cannot write: {error}")))?;
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| Failure::fault(format!("stdin: cannot read: {error}")))?;
    Ok(answer.trim() == "yes")
}
