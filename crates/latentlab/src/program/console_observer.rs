//! The console as the one who watches: notes and warnings as lines, stages and downloads as bars.

use std::time::Duration;

use crate::data::Event;
use crate::lab::numbers::grouped;
use crate::lab::{Observer, StageProgress};
use crate::train;
use indicatif::ProgressBar;

use crate::program::console::Console;
use crate::program::training_view::TrainingView;

impl Observer for Console {
    fn note(&self, text: &str) {
        Console::note(self, text);
    }

    fn detail(&self, text: &str) {
        Console::detail(self, text);
    }

    fn warn(&self, text: &str) {
        Console::warn(self, text);
    }

    fn stage(&self, what: &str, steps: u64) -> Box<dyn StageProgress> {
        Console::detail(self, what);
        let (length, template) = match steps {
            0 => (None, "{spinner} {prefix} {elapsed}"),
            _ => (Some(steps), "{prefix} {bar:24.cyan} {pos}/{len}  {eta} left"),
        };
        let bar = self.bar(length, template);
        bar.set_prefix(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Box::new(StageBar(bar))
    }

    fn downloads(&self) -> Box<dyn FnMut(Event<'_>) + '_> {
        let mut downloads = Downloads { console: self, bar: None };
        Box::new(move |event| downloads.hear(event))
    }

    fn training(&self) -> Box<dyn train::Observer + '_> {
        Box::new(TrainingView::new(self))
    }
}

/// A bar on a terminal; nothing elsewhere.
struct StageBar(ProgressBar);

impl StageProgress for StageBar {
    fn reach(&self, steps: u64) {
        self.0.set_position(steps);
    }
}

impl Drop for StageBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Shows downloads: a bar each on a terminal, a line at their beginning and end elsewhere.
struct Downloads<'a> {
    console: &'a Console,
    bar: Option<ProgressBar>,
}

const TEMPLATE: &str = "{prefix} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";

impl Downloads<'_> {
    fn hear(&mut self, event: Event<'_>) {
        match event {
            Event::Downloading { file, url, received, total } if self.bar.is_none() => {
                self.console.note(format_args!("downloading {url}"));
                let bar = self.console.bar(total, TEMPLATE);
                bar.set_prefix(file.to_owned());
                bar.set_position(received);
                self.bar = Some(bar);
            }
            Event::Downloading { file, received, total, .. } => {
                if let Some(bar) = &self.bar {
                    bar.set_position(received);
                }
                if total == Some(received) {
                    self.finish();
                    self.console.detail(format_args!("received {file}, {} bytes", grouped(received)));
                }
            }
            Event::Retrying { url, reason, pause } => {
                self.finish();
                self.console.note(format_args!("{url}: {reason}; trying again in {} s", pause.as_secs()));
            }
            Event::MirrorFailed { url, reason } => {
                self.finish();
                self.console.warn(format_args!("{url}: {reason}"));
            }
            Event::Differs { file, set } => self.console.warn(format_args!(
                "{}: is not the published file of {set}; using it as it is",
                file.display()
            )),
            _ => {}
        }
    }

    fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Downloads<'_> {
    fn drop(&mut self) {
        self.finish();
    }
}
