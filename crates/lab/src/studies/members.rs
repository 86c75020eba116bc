//! The members of a study: a training for each model and seed, each with a name of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use run::Digest;
use train::{Override, Recipe, StopRule, Study, StudyModel};

use crate::error::Error;
use crate::lab::Lab;
use crate::studies::options::{Selection, StudyOptions};

/// Longer names of folders are cut.
const LONGEST_NAME: usize = 100;

/// A study with its members, in the order of models and seeds.
pub struct StudyPlan {
    /// The study as it is run.
    pub study: Study,
    /// Its models.
    pub models: Vec<StudyModel>,
    /// Its members.
    pub members: Vec<StudyMember>,
    /// Its folder.
    pub folder: PathBuf,
}

/// One training of a study.
pub struct StudyMember {
    /// Its name, which its folder has: `kl-weight-0.1-seed-0`.
    pub name: String,
    /// Its model, by position.
    pub model: usize,
    /// What is trained.
    pub recipe: Recipe,
    /// Folder of its run.
    pub folder: PathBuf,
}

impl StudyPlan {
    /// Every member, with its recipe read.
    ///
    /// # Errors
    /// If a recipe is refused, or two members would share a folder.
    pub fn new(study: Study, options: &StudyOptions, lab: &Lab) -> Result<Self, Error> {
        let study = match &options.values {
            Some(values) => study.with_values(values)?,
            None => study,
        };
        let study = Study { seeds: options.seeds.unwrap_or(study.seeds).max(1), ..study };
        let folder = options.folder.clone().unwrap_or_else(|| Path::new("studies").join(&study.name));
        let models = study.models();
        let mut members = Vec::new();
        let mut names = BTreeMap::new();
        for (index, model) in models.iter().enumerate() {
            let first = model.recipe(&options.overrides)?;
            for note in first.notes() {
                lab.note(format_args!("{}: {note}", model.name));
            }
            for more in 0..u64::from(study.seeds) {
                let seed = i64::try_from(first.seed.saturating_add(more)).unwrap_or(i64::MAX);
                let recipe =
                    model.recipe(&[&options.overrides[..], &[Override::set("seed", seed)?]].concat())?;
                let name = format!("{}-seed-{}", slug(&model.name), recipe.seed);
                if let Some(other) = names.insert(name.clone(), index) {
                    let other = &models[other].name;
                    return Err(Error::refused(format!(
                        "{other:?} and {:?}: both would be trained in the folder {name}; give one another name",
                        model.name
                    )));
                }
                let folder = folder.join("runs").join(&name);
                members.push(StudyMember { name, model: index, recipe, folder });
            }
        }
        Ok(Self { study, models, members, folder })
    }

    /// Whether each member is one of `selection`.
    ///
    /// # Errors
    /// For a name that no member has.
    pub fn selected(&self, selection: &Selection) -> Result<Vec<bool>, Error> {
        let names: Vec<&str> = self.members.iter().map(|member| member.name.as_str()).collect();
        selection.of(&names)
    }

    /// The rule by which members end early.
    pub fn rule(&self) -> Option<StopRule> {
        self.study.stop
    }
}

/// A model's name as a folder's: letters, digits and points, everything else a hyphen; a sign before a number stays.
fn slug(name: &str) -> String {
    let mut hyphened = String::new();
    let mut before = ' ';
    for (at, c) in name.char_indices() {
        let is_sign =
            c == '-' && before == ' ' && name[at + 1..].starts_with(|next: char| next.is_ascii_digit());
        match c {
            _ if is_sign => hyphened.push_str("minus-"),
            c if c.is_ascii_alphanumeric() || c == '.' => hyphened.push(c.to_ascii_lowercase()),
            _ => hyphened.push('-'),
        }
        before = c;
    }
    let parts: Vec<&str> = hyphened.split('-').filter(|part| !part.is_empty()).collect();
    let mut slug = if parts.is_empty() { "model".into() } else { parts.join("-") };
    if slug.len() > LONGEST_NAME {
        slug.truncate(LONGEST_NAME - 9);
        slug += &format!("-{}", &Digest::of(name.as_bytes()).sha256[..8]);
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_stay_below_their_folder() {
        assert_eq!(
            ["KL weight 0.1", "VAE", "../x", "ä", "shift -1", "shift 1", "a-1"].map(slug),
            ["kl-weight-0.1", "vae", "..-x", "model", "shift-minus-1", "shift-1", "a-1"]
        );
        let long = |end: &str| slug(&format!("{}{end}", "long ".repeat(40)));
        assert!(long("a").len() <= LONGEST_NAME && long("a") != long("b"), "{}", long("a"));
    }
}
