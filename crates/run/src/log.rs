//! The event log: `events.jsonl`, one JSON object a line, only ever added to.

use std::fs;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::document::{self, SCHEMA};
use crate::error::{Error, Result};
use crate::event::{Epoch, Event};
use crate::manifest::now;
use crate::regular_file::{check_regular, open_regular};

/// No event comes near this length.
const LONGEST_LINE: u64 = 1 << 20;

/// Adds events to a run's `events.jsonl`; made by [`crate::RunDir::event_log`].
#[derive(Debug)]
pub struct EventLog {
    file: fs::File,
    path: PathBuf,
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// When it was written (UTC, RFC 3339 in the file).
    pub time: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What a log holds; made by [`crate::RunDir::events`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Events {
    /// The lines, oldest first.
    pub lines: Vec<Line>,
    /// A last line that was cut off in the middle, if there is one: the process was killed while writing it.
    pub torn: Option<TornLine>,
}

impl Events {
    /// The epochs that count: where training went on from an earlier point than the log had reached, those behind
    /// that point were trained again.
    pub fn epochs(&self) -> Vec<&Epoch> {
        let mut epochs: Vec<&Epoch> = Vec::new();
        for line in &self.lines {
            match &line.event {
                Event::RunStarted { epoch: done, .. } => epochs.retain(|epoch| epoch.epoch <= *done),
                Event::Epoch(epoch) => epochs.push(epoch),
                _ => {}
            }
        }
        epochs
    }
}

/// A last line without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TornLine {
    /// Its number, from 1.
    pub line: usize,
    /// How many bytes of it are there.
    pub bytes: u64,
}

#[derive(Serialize)]
struct VersionedLine<'a> {
    schema: u64,
    #[serde(flatten)]
    line: &'a Line,
}

impl EventLog {
    /// Opens the log at `path` to add to it. A torn last line is cut off, and a warning put in its place.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let fail = || Error::io("open", path);
        check_regular(path).map_err(fail())?;
        let mut file =
            fs::OpenOptions::new().read(true).append(true).create(true).open(path).map_err(fail())?;
        let (end, whole) = whole_lines(&mut file).map_err(Error::io("read", path))?;
        let mut log = Self { file, path: path.to_owned() };
        if whole < end {
            log.file.set_len(whole).map_err(Error::io("write", path))?;
            let message = format!("removed {} bytes of an event that was cut off by a crash", end - whole);
            log.push(Event::Warning { message })?;
        }
        Ok(log)
    }

    /// Adds `event` with the time now. Each event is one write, so a reader sees whole lines.
    ///
    /// # Errors
    /// [`Error::Io`]; the log may then end in a torn line, which readers pass over.
    pub fn push(&mut self, event: Event) -> Result<()> {
        let line = Line { time: now(), event };
        let mut text = serde_json::to_vec(&VersionedLine { schema: SCHEMA, line: &line })
            .map_err(|error| Error::malformed(&self.path, 1, &error))?;
        text.push(b'\n');
        self.file.write_all(&text).map_err(Error::io("write", &self.path))
    }

    /// Waits until every event is on the disk.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn sync(&self) -> Result<()> {
        self.file.sync_data().map_err(Error::io("write", &self.path))
    }
}

/// The length of the file, and of its part up to the last line end.
fn whole_lines(file: &mut fs::File) -> std::io::Result<(u64, u64)> {
    let end = file.seek(SeekFrom::End(0))?;
    let mut piece = [0; 4096];
    let mut stop = end;
    while stop > 0 {
        let start = stop.saturating_sub(piece.len() as u64);
        let piece = &mut piece[..(stop - start) as usize];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(piece)?;
        if let Some(at) = piece.iter().rposition(|byte| *byte == b'\n') {
            return Ok((end, start + at as u64 + 1));
        }
        stop = start;
    }
    Ok((end, 0))
}

/// Reads the log at `path`; one that does not exist has no events.
pub(crate) fn read(path: &Path) -> Result<Events> {
    let fail = || Error::io("read", path);
    let mut reader = match open_regular(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Events::default()),
        file => BufReader::new(file.map_err(fail())?),
    };
    let mut events = Events::default();
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        let length = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut text).map_err(fail())? as u64;
        match text.last() {
            None => break,
            Some(b'\n') => events.lines.push(document::parse(&text, path, line)?),
            Some(_) if length == LONGEST_LINE => {
                let reason = format!("the line is longer than the {LONGEST_LINE} bytes allowed");
                return Err(Error::Malformed { path: path.to_owned(), line, column: 1, reason });
            }
            Some(_) => events.torn = Some(TornLine { line, bytes: length }),
        }
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::Terms;

    fn epoch(total: f64) -> Event {
        Event::Epoch(Epoch {
            epoch: 3,
            step: 1407,
            learning_rate: 1e-3,
            kl_weight: Some(0.1 + 0.2),
            train: Terms::from([("total".into(), total), ("kl".into(), 18.27)]),
            valid: Terms::from([("total".into(), f64::NAN), ("kl".into(), f64::INFINITY)]),
            images_per_second: f64::INFINITY,
            seconds: 1.5,
        })
    }

    fn warning(message: &str) -> Event {
        Event::Warning { message: message.into() }
    }

    fn messages(events: &Events) -> Vec<&str> {
        let message = |line| match line {
            &Line { event: Event::Warning { ref message }, .. } => Some(message.as_str()),
            _ => None,
        };
        events.lines.iter().filter_map(message).collect()
    }

    #[test]
    fn events_come_back_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        assert_eq!(read(&path).unwrap(), Events::default());
        let written = [
            Event::RunStarted {
                recipe: "r".into(),
                seed: u64::MAX,
                epoch: 0,
                step: 0,
                epochs: 30,
                parameters: 9,
            },
            epoch(1.0 / 3.0),
            Event::Checkpoint { slot: crate::Slot::Best, epoch: 3, step: 1407 },
            Event::LearningRate { epoch: 3, step: 1407, from: 1e-3, to: 5e-4, reason: "plateau".into() },
            Event::EarlyStop { epoch: 9, best_epoch: 4, best_total: 111.5 },
            Event::Interrupted { epoch: 9, step: 4000 },
            Event::Finished { epoch: 9, step: 4000, seconds: 12.25 },
            warning("two\nlines \u{2028} and \u{0} more"),
        ];
        let mut log = EventLog::open(&path).unwrap();
        written.iter().for_each(|event| log.push(event.clone()).unwrap());
        log.sync().unwrap();
        let read = read(&path).unwrap();
        assert_eq!(read.torn, None);
        let debug = |events: Vec<Event>| format!("{events:?}"); // NaN is not equal to itself
        assert_eq!(debug(read.lines.into_iter().map(|line| line.event).collect()), debug(written.into()));
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 8);
    }

    #[test]
    fn a_line_reads_as_documented() {
        let time = "2026-11-05T12:30:00.25Z".parse().unwrap();
        let text =
            serde_json::to_string(&VersionedLine { schema: 1, line: &Line { time, event: epoch(104.5) } });
        assert_eq!(
            text.unwrap(),
            concat!(
                r#"{"schema":1,"time":"2026-11-05T12:30:00.25Z","event":"epoch","epoch":3,"step":1407,"#,
                r#""learning_rate":0.001,"kl_weight":0.30000000000000004,"train":{"kl":18.27,"total":104.5},"#,
                r#""valid":{"kl":"inf","total":"NaN"},"images_per_second":"inf","seconds":1.5}"#
            )
        );
    }

    #[test]
    fn a_log_cut_at_any_byte_keeps_its_whole_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut log = EventLog::open(&path).unwrap();
        for message in ["one", "two", "three"] {
            log.push(warning(message)).unwrap();
        }
        let text = fs::read(&path).unwrap();
        for cut in 0..=text.len() {
            fs::write(&path, &text[..cut]).unwrap();
            let whole = text[..cut].iter().filter(|byte| **byte == b'\n').count();
            let tail = text[..cut].iter().rev().take_while(|byte| **byte != b'\n').count() as u64;
            let events = read(&path).unwrap();
            assert_eq!(messages(&events), ["one", "two", "three"][..whole]);
            assert_eq!(events.torn, (tail > 0).then_some(TornLine { line: whole + 1, bytes: tail }));

            EventLog::open(&path).unwrap().push(warning("after")).unwrap();
            let events = read(&path).unwrap();
            assert_eq!(events.torn, None);
            assert_eq!(events.lines.len(), whole + 1 + usize::from(tail > 0), "cut at {cut}");
            assert_eq!(messages(&events).last(), Some(&"after"));
        }
    }

    #[test]
    fn a_fault_in_the_middle_is_an_error_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut log = EventLog::open(&path).unwrap();
        log.push(warning("one")).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        for (line, expected) in [
            (good.replace("\"schema\":1", "\"schema\":7"), "has schema 7, this program reads schema 1"),
            (good.replace("warning", "wedding"), "line 2, column"),
            ("\0\0\0\n".into(), "line 2, column 1"),
            (format!("{}\n", "x".repeat(2 << 20)), "longer than the 1048576 bytes"),
        ] {
            fs::write(&path, format!("{good}{line}{good}")).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error_in_words() {
        let path = Path::new("/dev/full");
        let file = fs::OpenOptions::new().append(true).open(path).unwrap();
        let mut log = EventLog { file, path: path.to_owned() };
        let error = log.push(warning("lost")).unwrap_err().to_string();
        assert!(error.starts_with("/dev/full: cannot write: the disk is full ("), "{error}");
    }
}
