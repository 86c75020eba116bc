//! What the sub-folders of a folder of images are: splits, classes, or nothing.

use std::path::{Path, PathBuf};

use super::tree::Tree;
use crate::classes::UNKNOWN_CLASS;
use crate::error::DataError;
use crate::natural_order;
use crate::picture::source::Picture;

/// A part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Train,
    Valid,
    Test,
}

impl Role {
    pub(crate) const ALL: [Self; 3] = [Self::Train, Self::Valid, Self::Test];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Valid => "valid",
            Self::Test => "test",
        }
    }

    /// What a folder of this name holds by custom; `test1` is a test split too.
    pub(crate) fn of(name: &str) -> Option<Self> {
        match name.to_lowercase().trim_end_matches(|c: char| c.is_ascii_digit() || c == '_' || c == '-') {
            "train" | "training" | "train_images" | "seg_train" => Some(Self::Train),
            "val" | "valid" | "validation" | "dev" | "val_images" => Some(Self::Valid),
            "test" | "testing" | "test_images" | "seg_test" => Some(Self::Test),
            _ => None,
        }
    }
}

/// Pictures in the order in which they are read, with what is known of them.
#[derive(Debug)]
pub(crate) struct Listing {
    pub pictures: Vec<Picture>,
    /// The class of each picture and the classes' names, where sub-folders are classes or tables have labels.
    pub classes: Option<(Vec<u32>, Vec<String>)>,
    /// The split of each picture, where sub-folders or the names of tables are splits.
    pub roles: Option<Vec<Role>>,
    pub left_out: Vec<String>,
    pub notes: Vec<String>,
}

/// One folder's images: their class, if it has one, and their split.
struct Group<'a> {
    role: Role,
    class: Option<&'a str>,
    files: Vec<PathBuf>,
}

/// The split of a folder, and the class where its name holds one: `trainA` and `trainB` of pairs of domains.
fn role_and_domain(name: &str) -> Option<(Role, Option<&str>)> {
    if let Some(role) = Role::of(name) {
        return Some((role, None));
    }
    let (split, domain) = name.split_at_checked(name.len().checked_sub(1)?)?;
    let is_domain = domain.starts_with(|c: char| c.is_ascii_uppercase());
    Some((Role::of(split).filter(|_| is_domain)?, Some(domain)))
}

/// Whether folders of these names hold images and what was drawn over them, rather than classes.
fn are_images_and_masks(folders: &[Tree]) -> bool {
    let has =
        |names: &[&str]| folders.iter().any(|folder| names.contains(&folder.name.to_lowercase().as_str()));
    has(&["images", "image", "imgs", "img", "photos", "inputs"]) && has(&MASKS)
}

/// Names of folders with what was drawn over images.
const MASKS: [&str; 8] = [
    "masks",
    "mask",
    "ground_truth",
    "groundtruth",
    "annotations",
    "segmentations",
    "segmentation",
    "labels",
];

/// Refuses a folder of data sets, as MVTec's is before one of its categories is named: their splits are not those of
/// one set.
fn check_one_set(path: &Path, root: &Tree) -> Result<(), DataError> {
    let is_set =
        |folder: &&Tree| folder.folders.iter().any(|inner| Role::of(&inner.name) == Some(Role::Train));
    let sets: Vec<&Tree> = root.folders.iter().filter(is_set).collect();
    let [first, second, ..] = sets[..] else { return Ok(()) };
    let problem = format!(
        "holds {} data sets, each with its own train folder ({}, {}, …): name one of them, as {}",
        sets.len(),
        first.name,
        second.name,
        path.join(&first.name).display()
    );
    Err(DataError::Folder { path: path.to_path_buf(), problem })
}

/// Finds out what the folders of `tree`, read from `path`, are.
///
/// # Errors
/// Where images lie beside folders of images, so that nobody can tell.
pub(crate) fn layout(path: &Path, tree: &Tree) -> Result<Listing, DataError> {
    let (mut left_out, mut notes) = (Vec::new(), Vec::new());
    let mut root = tree;
    // Archives are often unpacked into a folder of their own name.
    while root.images.is_empty() && root.folders.len() == 1 && root.folders[0].images.is_empty() {
        root = &root.folders[0];
        notes.push(format!("all images lie in {}", root.name));
    }
    let roles: Vec<(Role, Option<&str>, &Tree)> = root
        .folders
        .iter()
        .filter_map(|folder| role_and_domain(&folder.name).map(|(role, domain)| (role, domain, folder)))
        .collect();
    let has = |wanted: Role| roles.iter().any(|(role, ..)| *role == wanted);
    let is_split = root.images.is_empty()
        && has(Role::Train)
        && (has(Role::Valid) || has(Role::Test) || root.folders.len() == 1);
    let mut groups = Vec::new();
    if is_split {
        for folder in root.folders.iter().filter(|folder| role_and_domain(&folder.name).is_none()) {
            let what = match folder.name.to_lowercase().as_str() {
                "ground_truth" => "masks of MVTec's layout",
                _ => "neither train, valid nor test",
            };
            left_out.push(format!("{} in {}: {what}", images(folder.count()), folder.name));
        }
        for role in Role::ALL {
            for (_, domain, folder) in roles.iter().filter(|(other, ..)| *other == role) {
                let of_folder = group(path, role, folder, &mut left_out, &mut notes)?;
                groups.extend(
                    of_folder.into_iter().map(|group| Group { class: group.class.or(*domain), ..group }),
                );
            }
        }
        let counts: Vec<String> = Role::ALL
            .into_iter()
            .filter(|role| has(*role))
            .map(|role| {
                let count = groups.iter().filter(|group| group.role == role).map(|group| group.files.len());
                format!("{} {}", role.name(), count.sum::<usize>())
            })
            .collect();
        notes.push(format!("sub-folders are taken for splits: {}", counts.join(", ")));
    } else {
        check_one_set(path, root)?;
        groups = group(path, Role::Train, root, &mut left_out, &mut notes)?;
        if !roles.is_empty() && groups.iter().any(|group| group.class.is_some()) {
            let names: Vec<&str> = roles.iter().map(|(.., folder)| folder.name.as_str()).collect();
            notes.push(format!(
                "{}: taken for a class, as there is no train folder beside another split",
                names.join(", ")
            ));
        }
    }
    let (labels, names) = number(&groups);
    let roles = groups.iter().flat_map(|group| group.files.iter().map(|_| group.role)).collect();
    let pictures = groups.into_iter().flat_map(|group| group.files).map(Picture::file).collect();
    let classes = (!names.is_empty()).then_some((labels, names));
    Ok(Listing { pictures, classes, roles: is_split.then_some(roles), left_out, notes })
}

/// The images of one folder: all without class, or those of each folder in it as a class.
fn group<'a>(
    path: &Path,
    role: Role,
    folder: &'a Tree,
    left_out: &mut Vec<String>,
    notes: &mut Vec<String>,
) -> Result<Vec<Group<'a>>, DataError> {
    let mut folder = folder;
    // As in seg_train/seg_train/CLASS.
    while folder.images.is_empty() && folder.folders.len() == 1 && folder.folders[0].images.is_empty() {
        folder = &folder.folders[0];
    }
    if folder.folders.is_empty() {
        return Ok(vec![Group { role, class: None, files: folder.images.clone() }]);
    }
    if let Some(image) = folder.images.first() {
        let image = image.strip_prefix(path).unwrap_or(image).display();
        let classes: Vec<&str> = folder.folders.iter().take(3).map(|folder| folder.name.as_str()).collect();
        let problem = format!(
            "holds images ({image}) beside sub-folders of images ({}): either all images lie in sub-folders, one per \
             class, or none does; move the {} into a sub-folder of their own",
            classes.join(", "),
            images(folder.images.len())
        );
        return Err(DataError::Folder { path: path.to_path_buf(), problem });
    }
    if are_images_and_masks(&folder.folders) {
        let (masks, images_of): (Vec<&Tree>, Vec<&Tree>) =
            folder.folders.iter().partition(|folder| MASKS.contains(&folder.name.to_lowercase().as_str()));
        left_out.extend(masks.iter().map(|mask| format!("{} in {}: masks", images(mask.count()), mask.name)));
        let files = |folder: &Tree| Group { role, class: None, files: folder.all() };
        return Ok(images_of.into_iter().map(files).collect());
    }
    let deeper: usize = folder.folders.iter().map(|class| class.count() - class.images.len()).sum();
    if deeper > 0 {
        notes.push(format!("{} in folders within classes: read as part of the class", images(deeper)));
    }
    let class = |class: &'a Tree| Group { role, class: Some(&class.name), files: class.all() };
    Ok(folder.folders.iter().map(class).collect())
}

/// The class of each file, and all classes in natural order; no names where no group has a class.
fn number(groups: &[Group<'_>]) -> (Vec<u32>, Vec<String>) {
    let mut names: Vec<&str> = groups.iter().filter_map(|group| group.class).collect();
    names.sort_by(|a, b| natural_order::compare(a, b));
    names.dedup();
    if names.is_empty() {
        return (Vec::new(), Vec::new());
    }
    if groups.iter().any(|group| group.class.is_none()) {
        names.push(UNKNOWN_CLASS);
    }
    let label = |group: &Group<'_>| {
        let class = group.class.unwrap_or(UNKNOWN_CLASS);
        names.iter().position(|name| *name == class).unwrap_or(0) as u32
    };
    let labels = groups.iter().flat_map(|group| {
        let label = label(group);
        group.files.iter().map(move |_| label)
    });
    (labels.collect(), names.into_iter().map(str::to_owned).collect())
}

fn images(count: usize) -> String {
    format!("{count} {}", if count == 1 { "image" } else { "images" })
}
