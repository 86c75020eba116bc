//! What a command has to say on stdout when it is done: text for people or JSON for programs, never both.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::lab::comparison::ComparisonResult;
use crate::lab::numbers::table;
use serde_json::{Value, json};

use crate::program::failure::FAILURE;
use crate::program::interrupt::INTERRUPTED;
use crate::program::settings::Settings;

/// What a command answers a program: what it prints with `--json`, and how it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The result, an object.
    pub json: Value,
    /// Whether the work was asked to end before it was done; what was learned or measured is saved.
    pub is_interrupted: bool,
    /// Whether the answer is that something is wrong, as `verify` may find.
    pub is_failed: bool,
}

/// Exit code of `anomalies --fail` where something was flagged.
const ALARM: u8 = 3;

/// The result of a command.
#[derive(Debug)]
pub struct Outcome {
    text: String,
    json: Value,
    is_answer: bool,
    interrupted: bool,
    failed: bool,
    alarmed: bool,
}

impl Outcome {
    /// An answer to a question: printed even with `--quiet`.
    pub fn answer(text: impl Into<String>, json: Value) -> Self {
        Self { text: text.into(), json, is_answer: true, interrupted: false, failed: false, alarmed: false }
    }

    /// A report on something done: not printed with `--quiet`.
    pub fn done(text: impl Into<String>, json: Value) -> Self {
        Self { is_answer: false, ..Self::answer(text, json) }
    }

    /// Files that were written.
    pub fn files(what: &str, files: &[PathBuf]) -> Self {
        Self::done(format!("{what}\n"), json!({})).with_files(files)
    }

    /// What was compared.
    pub fn comparison(compared: &ComparisonResult) -> Self {
        let mut text = table(&compared.table);
        if !compared.words.is_empty() {
            text += &format!("\n{}\n", compared.words);
        }
        let report = compared.report.display().to_string();
        text += &format!("\n  {report}\n");
        Self::answer(text, compared.json.clone())
            .with("files", vec![report])
            .with("figures", compared.figures.clone())
    }

    /// The same with files that came with it: named below the text, and as `files` of the JSON object.
    pub fn with_files(mut self, files: &[PathBuf]) -> Self {
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        files.iter().for_each(|file| self.text += &format!("  {file}\n"));
        self.with("files", files)
    }

    /// The same with more text below its own.
    pub fn with_text(mut self, text: &str) -> Self {
        self.text += text;
        self
    }

    /// The same with one more entry in the JSON object.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        if let Value::Object(entries) = &mut self.json {
            entries.insert(key.to_owned(), value.into());
        }
        self
    }

    /// The same, of a command that the user stopped.
    pub fn interrupted(self, interrupted: bool) -> Self {
        Self { interrupted, ..self }
    }

    /// The same, of a command whose answer is that something is wrong.
    pub fn failed(self, failed: bool) -> Self {
        Self { failed, ..self }
    }

    /// The same, of a command that was to raise the alarm where it finds something.
    pub fn alarmed(self, alarmed: bool) -> Self {
        Self { alarmed, ..self }
    }

    /// Prints it.
    pub fn print(&self, settings: &Settings) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if settings.json {
            serde_json::to_writer_pretty(&mut out, &self.json)?;
            writeln!(out)?;
        } else if self.is_answer || !settings.quiet {
            out.write_all(self.text.as_bytes())?;
        }
        out.flush()
    }

    /// What a caller in this process gets.
    pub fn answer_of_call(self) -> Answer {
        Answer { json: self.json, is_interrupted: self.interrupted, is_failed: self.failed }
    }

    /// The process's exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self { interrupted: true, .. } => INTERRUPTED,
            Self { failed: true, .. } => FAILURE,
            Self { alarmed: true, .. } => ALARM,
            _ => 0,
        }
    }
}
