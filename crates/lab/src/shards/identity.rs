//! What parts must have in common to be parts of one whole.

use data::Dataset;
use run::Digest;
use serde_json::{Map, Value, json};

use crate::numbers::grouped;
use crate::runs::{Run, SplitRequest};

/// What a part was made of and how: parts with the same can be joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartIdentity {
    verb: String,
    weights_sha256: String,
    /// Of the images: what their files held, and which of them, in their order.
    images_sha256: String,
    /// Rows of the whole.
    total: u64,
    /// The options that numbers depend on, as words.
    options: Vec<(String, String)>,
}

impl PartIdentity {
    /// That of what `verb` makes of `set` with `run`; `options` are its own that numbers depend on.
    pub fn new(
        verb: &str,
        run: &Run,
        set: &Dataset,
        request: &SplitRequest,
        options: &[(&str, String)],
    ) -> Self {
        let noise = request.noise.map_or_else(|| "the recipe's".to_owned(), |noise| noise.to_string());
        let usual = [("--invert", request.reading.invert.to_string()), ("--noise", noise)];
        let options = usual.iter().chain(options);
        Self {
            verb: verb.to_owned(),
            weights_sha256: run.trained.weights_sha256.clone(),
            images_sha256: digest(set),
            total: set.len() as u64,
            options: options.map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        }
    }

    /// Rows of the whole.
    pub fn total(&self) -> usize {
        self.total as usize
    }

    /// The command that made the part.
    pub fn verb(&self) -> &str {
        &self.verb
    }

    /// In what this part differs from what is `wanted`, in words that follow its name; `None` where they belong together.
    pub(super) fn difference(&self, wanted: &Self) -> Option<String> {
        let short = |sha256: &str| sha256.get(..8).unwrap_or(sha256).to_owned();
        if self.verb != wanted.verb {
            return Some(format!("is of `latentlab {}`, not of `latentlab {}`", self.verb, wanted.verb));
        }
        if self.weights_sha256 != wanted.weights_sha256 {
            let [theirs, ours] = [&self.weights_sha256, &wanted.weights_sha256].map(|sha256| short(sha256));
            return Some(format!(
                "is of other weights (SHA-256 {theirs}…) than this run and checkpoint have ({ours}…)"
            ));
        }
        if self.total != wanted.total {
            let [theirs, ours] = [self.total, wanted.total].map(|total| grouped(total as usize));
            return Some(format!("is of {theirs} rows, but the images that are named here are {ours}"));
        }
        if self.images_sha256 != wanted.images_sha256 {
            return Some(
                "is of other images than those that are named here, or they have changed".to_owned(),
            );
        }
        let differs = |((name, theirs), (_, ours)): (&(String, String), &(String, String))| {
            (theirs != ours).then(|| format!("was made with {name} {theirs}, and here it is {ours}"))
        };
        self.options.iter().zip(&wanted.options).find_map(differs)
    }

    pub(super) fn to_json(&self) -> Value {
        let options: Map<String, Value> =
            self.options.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        json!({
            "verb": self.verb, "weights_sha256": self.weights_sha256, "images_sha256": self.images_sha256,
            "total": self.total, "options": options,
        })
    }

    pub(super) fn from_json(json: &Value) -> Option<Self> {
        let text = |key: &str| json[key].as_str().map(str::to_owned);
        let option = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
        Some(Self {
            verb: text("verb")?,
            weights_sha256: text("weights_sha256")?,
            images_sha256: text("images_sha256")?,
            total: json["total"].as_u64()?,
            options: json["options"].as_object()?.iter().map(option).collect::<Option<_>>()?,
        })
    }
}

/// What tells `set` from any other: what was read, and which of it.
fn digest(set: &Dataset) -> String {
    let mut all = set.shape().to_string().into_bytes();
    let files = set.files().iter().chain(set.clean_files());
    all.extend(files.flat_map(|file| file.sha256.bytes()));
    if set.files().is_empty() {
        all.extend(set.name().bytes());
    }
    all.extend((0..set.len()).flat_map(|i| (set.position(i) as u64).to_le_bytes()));
    Digest::of(&all).sha256
}
