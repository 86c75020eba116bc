//! Classes that are known to be anomalous.

use data::Dataset;
use run::RunDir;

use crate::error::Error;
use crate::lab::Lab;
use crate::numbers::grouped;
use crate::runs::{ImageRequest, ImageSelection, Run};

/// Classes of a set that count as anomalous, by name.
pub fn anomalous_labels(set: &Dataset, names: &[String], option: &str) -> Result<Vec<u32>, Error> {
    if set.labels().is_none() {
        return Err(Error::refused(format!(
            "{option} {}: the classes of {} are not known",
            names.join(","),
            set.name()
        )));
    }
    let number = |name: &String| match set.classes().iter().position(|class| class == name) {
        Some(label) => Ok(label as u32),
        None => {
            let classes = set.classes().join(", ");
            Err(Error::refused(format!("{option} {name}: must be a class of {}: {classes}", set.name())))
        }
    };
    names.iter().map(number).collect()
}

/// Says so where the model has learned from images of the classes that are to be found.
pub fn warn_if_learned(learned: &[&str], run: &RunDir, lab: &Lab) {
    if !learned.is_empty() {
        let (classes, run) = (learned.join(", "), run.path().display());
        lab.warn(format_args!(
            "{run} was trained on images of class {classes} too, so they are no strangers to it; to hold a class out: \
             latentlab train RECIPE --set 'data.exclude_classes=[\"{}\"]'",
            learned[0]
        ));
    }
}

/// What is known to be anomalous.
pub struct AnomalousClasses {
    /// The classes by name.
    pub names: Vec<String>,
    /// Whether each image is of them.
    pub marks: Vec<bool>,
}

/// `None` where nothing is known to be anomalous.
pub(super) fn known(
    request: &ImageRequest,
    classes: &[String],
    run: &Run,
    images: &ImageSelection,
    lab: &Lab,
) -> Result<Option<AnomalousClasses>, Error> {
    let set = &images.set;
    let own_data = request.are_own(run);
    let excluded = &run.trained.recipe.data.exclude_classes;
    let by_itself = classes.is_empty() && own_data && excluded.is_empty();
    let names = match (classes, own_data) {
        ([], true) if excluded.is_empty() => images.strangers(),
        ([], true) => excluded.clone(),
        (given, _) => given.to_vec(),
    };
    if names.is_empty() {
        return Ok(None);
    }
    let numbers = anomalous_labels(set, &names, "--anomalous-class")?;
    if by_itself {
        let options: Vec<String> = names.iter().map(|name| format!("--anomalous-class {name}")).collect();
        lab.note(format_args!(
            "{}: all training images are of one class, so every other counts as anomalous",
            options.join(" ")
        ));
    } else if own_data {
        let learned: Vec<&str> =
            names.iter().filter(|name| images.learned.contains(*name)).map(String::as_str).collect();
        warn_if_learned(&learned, &run.dir, lab);
    }
    let marks: Vec<bool> =
        set.labels().unwrap_or_default().iter().map(|label| numbers.contains(label)).collect();
    let anomalous = marks.iter().filter(|mark| **mark).count();
    if by_itself && anomalous == marks.len() {
        return Ok(None);
    }
    if anomalous == 0 || anomalous == marks.len() {
        let part = match request.files {
            Some(_) => String::new(),
            None => format!("{} ", request.set.part(run).name()),
        };
        let all = grouped(marks.len());
        return Err(Error::refused(format!(
            "--anomalous-class {}: {} of the {all} {part}images are of it; there must be some of both kinds",
            names.join(","),
            grouped(anomalous)
        )));
    }
    Ok(Some(AnomalousClasses { names, marks }))
}
