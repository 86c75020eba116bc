//! One image that the user names: by its position in a split, its file in the data set, or any file.

use std::path::Path;

use data::{Dataset, InputTransform, Splits};

use crate::error::Error;
use crate::lab::Lab;
use crate::numbers::grouped;
use crate::runs::{Run, SplitRequest};
use crate::split::Split;

/// An image, and what the network sees of it.
pub struct OneImage {
    /// The image alone.
    pub set: Dataset,
    /// What becomes of it before the network sees it.
    pub transform: InputTransform,
}

/// Finds images; opens the data set only if one of them needs it.
pub struct Finder<'a> {
    arguments: &'a SplitRequest,
    lab: &'a Lab,
    splits: Option<Splits>,
}

impl<'a> Finder<'a> {
    /// Looks in the split of `arguments`, then in the other ones, then for files.
    pub fn new(arguments: &'a SplitRequest, lab: &'a Lab) -> Self {
        Self { arguments, lab, splits: None }
    }

    /// Looks in `splits`, which `arguments` opened, then for files.
    pub fn among(splits: Splits, arguments: &'a SplitRequest, lab: &'a Lab) -> Self {
        Self { arguments, lab, splits: Some(splits) }
    }

    /// The image that `text`, given with `option`, names: a position in the split counted from 0, the name of a file of
    /// the set, whole or its end after a slash, with or without extension, or the path of an image file.
    pub fn find(&mut self, run: &Run, option: &str, text: &str) -> Result<OneImage, Error> {
        let position = text.parse::<usize>().ok();
        if position.is_none() && Path::new(text).is_file() {
            let (set, _) = run.load_images(Path::new(text), self.arguments.reading, self.lab)?;
            return Ok(OneImage { set, transform: run.own_transform(None)? });
        }
        let part = self.arguments.part(run);
        let splits = match self.splits.take() {
            Some(splits) => splits,
            None => self.arguments.open(run, self.lab)?,
        };
        let found = within(&splits, part, option, text);
        self.splits = Some(splits);
        Ok(OneImage { set: found?, transform: run.trained.transform })
    }
}

/// The image at a position of `part`, or of a name in it, or else anywhere.
fn within(splits: &Splits, part: Split, option: &str, text: &str) -> Result<Dataset, Error> {
    let (set, split) = (part.of(splits), part.name());
    let last = set.len().saturating_sub(1);
    if let Ok(position) = text.parse::<usize>() {
        if position <= last {
            return Ok(set.subset(&[position])?);
        }
        let count = grouped(set.len());
        let message = format!("{option} {position}: the {split} split has {count} images, 0 to {last}");
        return Err(Error::refused(message));
    }
    if let Some(position) = named(set, text) {
        return Ok(set.subset(&[position])?);
    }
    let all = splits.all()?;
    if let Some(position) = named(&all, text) {
        return Ok(all.subset(&[position])?);
    }
    let refusal = Error::refused(format!(
        "{option} {text}: there is neither a file of this name here nor one in {}",
        set.name()
    ));
    let example = set.file_name(0).map_or(String::new(), |name| format!(", a name such as {name}"));
    Err(refusal
        .hint(format!("a position in the {split} split, 0 to {last}{example}, or the path of an image")))
}

/// Position of the image whose file is called `text`: as it stands, or else the only one whose name ends so.
fn named(set: &Dataset, text: &str) -> Option<usize> {
    let names = || (0..set.len()).filter_map(|i| Some((i, set.file_name(i)?)));
    if let Some((position, _)) = names().find(|(_, name)| *name == text) {
        return Some(position);
    }
    let ends = |name: &str| {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        [name, stem].iter().any(|name| *name == text || name.ends_with(&format!("/{text}")))
    };
    let mut found = names().filter(|(_, name)| ends(name));
    let (position, _) = found.next()?;
    found.next().is_none().then_some(position)
}
