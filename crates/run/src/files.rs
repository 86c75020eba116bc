//! Every file name in a run directory, in one table.

/// One file of a run directory, or one family of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Path relative to the run directory, `/` between parts; `{…}` stands for a choice.
    pub path: &'static str,
    /// What it holds.
    pub holds: &'static str,
    /// The verb that writes it.
    pub written_by: &'static str,
    /// Whether it is part of what training made: the manifest then records its hash when the run ends.
    pub sealed: bool,
}

pub(crate) const MANIFEST: File = File {
    path: "manifest.json",
    holds: "what was run, with which program, data and machine, how it ended, and the hashes of its files",
    written_by: "train",
    sealed: false, // it cannot hold its own hash
};

pub(crate) const RECIPE: File = File {
    path: "recipe.toml",
    holds: "the recipe as it was used, every setting filled in",
    written_by: "train",
    sealed: true,
};

pub(crate) const DATA_HINT: File = File {
    path: "data-hint.json",
    holds: "where the data lay on the machine that trained; later verbs look there first, and do without it elsewhere",
    written_by: "train",
    sealed: false, // true of one machine only
};

pub(crate) const EVENTS: File = File {
    path: "events.jsonl",
    holds: "one JSON object per line: each epoch's loss terms, checkpoints, warnings",
    written_by: "train",
    sealed: true,
};

pub(crate) const CHECKPOINT: File = File {
    path: "checkpoints/{slot}/checkpoint.json",
    holds: "how far training was, the trainer's counters, and the hashes of the files beside it",
    written_by: "train",
    sealed: true,
};

pub(crate) const WEIGHTS: File = File {
    path: "checkpoints/{slot}/weights.safetensors",
    holds: "the network's parameters by name (encoder.…, latent.…, decoder.…)",
    written_by: "train",
    sealed: true,
};

pub(crate) const OPTIMIZER: File = File {
    path: "checkpoints/{slot}/optimizer.safetensors",
    holds: "the optimizer's moments, to resume exactly",
    written_by: "train",
    sealed: true,
};

pub(crate) const TRAINING_WEIGHTS: File = File {
    path: "checkpoints/{slot}/training-weights.safetensors",
    holds: "the parameters that training goes on with, where weights.safetensors holds their average",
    written_by: "train",
    sealed: true,
};

pub(crate) const METRICS: File = File {
    path: "metrics.json",
    holds: "everything measured over whole splits, each with unit, range, direction and sample count",
    written_by: "evaluate",
    sealed: false,
};

pub(crate) const NORMAL: File = File {
    path: "normal.safetensors",
    holds: "what validation images score and look like, which others are compared with; made anew for other weights",
    written_by: "anomalies",
    sealed: false,
};

pub(crate) const FIGURE_SVG: File = File {
    path: "figures/{name}.svg",
    holds: "a figure, to scale and to edit",
    written_by: "any verb that draws",
    sealed: false,
};

pub(crate) const FIGURE_PNG: File = File {
    path: "figures/{name}.png",
    holds: "the same figure as pixels",
    written_by: "any verb that draws",
    sealed: false,
};

pub(crate) const IMAGES: File = File {
    path: "images.csv",
    holds: "which image was in which split, by a hash of its pixels, of images from a path",
    written_by: "train",
    sealed: true,
};

pub(crate) const REPORT: File = File {
    path: "report.html",
    holds: "everything about the run on one page that opens without a network",
    written_by: "train, report",
    sealed: false,
};

pub(crate) const EXPLORER: File = File {
    path: "explorer.html",
    holds: "the latent space to walk through, networks and images included, on one page that opens without a network",
    written_by: "explore",
    sealed: false,
};

pub(crate) const MLFLOW: File = File {
    path: "mlflow.json",
    holds: "which run of an MLflow server this one is told to, and how far that is",
    written_by: "train",
    sealed: false,
};

pub(crate) const LOCK: File = File {
    path: "lock",
    holds: "which process works on the run now; empty when none does",
    written_by: "train",
    sealed: false,
};

pub(crate) const CLAIM: File = File {
    path: "claim",
    holds: "which process works on the run, on a file system without locks; stays behind one that is killed",
    written_by: "study",
    sealed: false,
};

/// Every file that a run directory can hold. These names are the run's own: creating a run over an old one
/// removes what goes by them, and nothing else.
///
/// `{slot}` is `last` or `best`, and while a checkpoint is being replaced also `last.next`,
/// `last.previous` and so on (see [`crate::Slot`]); `{name}` is 1 to 64 of a–z, 0–9, `-` and `_`.
pub const FILES: &[File] = &[
    MANIFEST,
    RECIPE,
    DATA_HINT,
    IMAGES,
    EVENTS,
    CHECKPOINT,
    WEIGHTS,
    OPTIMIZER,
    TRAINING_WEIGHTS,
    METRICS,
    NORMAL,
    FIGURE_SVG,
    FIGURE_PNG,
    REPORT,
    EXPLORER,
    MLFLOW,
    LOCK,
    CLAIM,
];

impl File {
    /// The path with `choice` in the place of its `{…}`.
    pub(crate) fn named(&self, choice: &str) -> String {
        match (self.path.split_once('{'), self.path.split_once('}')) {
            (Some((before, _)), Some((_, after))) => format!("{before}{choice}{after}"),
            _ => self.path.to_owned(),
        }
    }

    /// The last part of the path.
    pub(crate) fn file_name(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// Whether the relative path `path` (with `/` between parts) is this file, or one of this family.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let (Some((before, _)), Some((_, after))) = (self.path.split_once('{'), self.path.split_once('}'))
        else {
            return path == self.path;
        };
        let choice = path.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        choice.is_some_and(|choice| {
            if self.path.contains("{slot}") {
                crate::slot::FOLDERS.iter().flatten().any(|folder| *folder == choice)
            } else {
                is_name(choice)
            }
        })
    }
}

/// Whether `name` can stand for `{name}`.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_belongs_to_one_entry() {
        for file in FILES {
            for choice in ["last", "best.previous", "loss-curves"] {
                let path = file.named(choice);
                let owners = FILES.iter().filter(|other| other.matches(&path)).count();
                assert!(owners <= 1 && (owners == 1 || file.path.contains('{')), "{path}: {owners} owners");
            }
        }
        assert!(WEIGHTS.matches("checkpoints/last.next/weights.safetensors"));
        assert!(FIGURE_PNG.matches("figures/latent_2d-0.png"));
        for foreign in
            ["notes.txt", "figures/../manifest.svg", "figures/A.png", "figures/.png", "x/recipe.toml"]
        {
            assert!(!FILES.iter().any(|file| file.matches(foreign)), "{foreign}");
        }
    }
}
