//! The labels of samples, in small files beside their images.

use std::collections::HashMap;

use serde_json::Value;

use crate::classes::name_of_number;
use crate::table::roles::LABELS;

/// Longer texts are no names of classes.
const LONGEST_NAME: usize = 64;

/// Kinds of files that hold labels, the first that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LabelFile {
    /// The number or the name of a class.
    Class,
    /// An object that has it under a key.
    Object,
    /// A text, which may be the name of a class.
    Text,
}

impl LabelFile {
    fn of(extension: &str) -> Option<Self> {
        match extension {
            "cls" => Some(Self::Class),
            "json" => Some(Self::Object),
            "txt" => Some(Self::Text),
            _ => None,
        }
    }

    /// Whether files of this extension may hold labels.
    pub(super) fn is_one(extension: &str) -> bool {
        Self::of(extension).is_some()
    }
}

/// The label of each sample, where it has one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FoundLabels {
    pub(super) labels: Vec<Option<String>>,
    /// Whether they are texts that may as well be captions.
    pub(super) are_texts: bool,
}

/// What files of labels say.
#[derive(Default)]
pub(super) struct Labels {
    /// By extension, by sample.
    files: HashMap<String, HashMap<String, Option<String>>>,
}

impl Labels {
    /// Adds what the file of a sample says; `None` where that is no text.
    pub(super) fn add(&mut self, sample: String, extension: String, text: Option<String>) {
        self.files.entry(extension).or_default().insert(sample, text);
    }

    /// The labels of `samples`; `wanted` names the extension, or the key in `.json` files, and `none` says that there are none.
    ///
    /// # Errors
    /// If there is no such extension or key, in words that follow the archive's name.
    pub(super) fn of<'a>(
        &self,
        samples: impl Iterator<Item = &'a str>,
        wanted: Option<&str>,
    ) -> Result<Option<FoundLabels>, String> {
        let samples: Vec<&str> = samples.collect();
        let all = |extension: &str, key: Option<&str>| -> Vec<Option<String>> {
            let files = self.files.get(extension);
            let kind = LabelFile::of(extension);
            let text = |sample: &&str| files?.get(*sample)?.as_deref();
            samples.iter().map(|sample| label_in(kind?, text(sample)?, key)).collect()
        };
        let some = |labels: Vec<Option<String>>, are_texts| {
            labels.iter().any(Option::is_some).then_some(FoundLabels { labels, are_texts })
        };
        let extensions = ["cls", "json", "txt"];
        match wanted {
            Some("none") => Ok(None),
            Some(wanted) if self.files.contains_key(wanted) => Ok(some(all(wanted, None), false)),
            Some(wanted) => match some(all("json", Some(wanted)), false) {
                Some(found) => Ok(Some(found)),
                None => {
                    let mut there: Vec<&str> = self.files.keys().map(String::as_str).collect();
                    there.sort_unstable();
                    let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
                    Err(format!(
                        "has no labels {wanted:?}: neither files of this extension nor this key in .json files; kinds of \
                         labels that are there: {there}"
                    ))
                }
            },
            None => {
                Ok(extensions.iter().find_map(|extension| some(all(extension, None), *extension == "txt")))
            }
        }
    }
}

/// The label that a file holds.
fn label_in(kind: LabelFile, text: &str, key: Option<&str>) -> Option<String> {
    let text = text.trim();
    let is_name =
        |text: &str| !text.is_empty() && !text.contains('\n') && text.chars().count() <= LONGEST_NAME;
    match kind {
        LabelFile::Class | LabelFile::Text => is_name(text).then(|| text.to_owned()),
        LabelFile::Object => {
            let value: Value = serde_json::from_str(text).ok()?;
            let value = match (&value, key) {
                (Value::Object(fields), Some(key)) => fields.get(key)?,
                (Value::Object(fields), None) => {
                    LABELS.iter().chain(&["cls"]).find_map(|name| fields.get(*name))?
                }
                (value, _) => value,
            };
            match value {
                Value::String(name) => is_name(name).then(|| name.clone()),
                Value::Number(number) => {
                    number.as_f64().filter(|number| number.fract() == 0.0).and_then(name_of_number)
                }
                Value::Bool(mark) => Some(mark.to_string()),
                _ => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_found_in_every_kind_of_file() {
        let json = |text: &str| label_in(LabelFile::Object, text, None);
        assert_eq!(json(r#"{"caption": "a dog", "label": 3}"#).as_deref(), Some("3"));
        assert_eq!(json(r#"{"class": "dog"}"#).as_deref(), Some("dog"));
        assert_eq!(json("7").as_deref(), Some("7"));
        assert_eq!(
            [json(r#"{"label": 0.5}"#), json(r#"{"label": [1]}"#), json("{"), json("{}")],
            [const { None }; 4]
        );
        let by_key = label_in(LabelFile::Object, r#"{"label": 3, "kind": "red"}"#, Some("kind"));
        assert_eq!(by_key.as_deref(), Some("red"));
        assert_eq!(label_in(LabelFile::Class, " 12\n", None).as_deref(), Some("12"));
        assert_eq!(label_in(LabelFile::Text, "a\nb", None), None);
    }

    #[test]
    fn the_kind_of_label_that_is_there_is_taken_or_the_one_that_is_named() {
        let found = |labels: &[Option<&str>], are_texts| {
            let labels = labels.iter().map(|label| label.map(str::to_owned)).collect();
            Ok(Some(FoundLabels { labels, are_texts }))
        };
        let mut labels = Labels::default();
        labels.add("a".into(), "txt".into(), Some("a caption".into()));
        assert_eq!(labels.of(["a", "b"].into_iter(), None), found(&[Some("a caption"), None], true));
        labels.add("b".into(), "cls".into(), Some("1".into()));
        assert_eq!(labels.of(["a", "b"].into_iter(), None), found(&[None, Some("1")], false));
        let txt = labels.of(["a"].into_iter(), Some("txt"));
        assert_eq!(txt, found(&[Some("a caption")], false));
        assert_eq!(labels.of(["a"].into_iter(), Some("none")), Ok(None));
        let refusal = labels.of(["a"].into_iter(), Some("kind")).unwrap_err();
        assert!(refusal.ends_with("kinds of labels that are there: cls, txt"), "{refusal}");
    }
}
