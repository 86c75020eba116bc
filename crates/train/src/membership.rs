//! Which image is in which split, kept with the run: data that changed since training are told from those that did not,
//! and no image that was trained on is ever called a test image.

use std::collections::{HashMap, HashSet};
use std::fmt;

use data::{Dataset, Splits, fingerprints};

/// The first line of the table.
const HEADER: &str = "split,position,fingerprint,file";

/// A table of all images of `splits`, one a line: split, position in what was read, fingerprint of its pixels, file.
/// Images that validate and test stand in both splits.
pub fn membership(splits: &Splits) -> String {
    let mut table = format!("{HEADER}\n");
    for (name, part) in named(splits) {
        for (i, fingerprint) in fingerprints(part).into_iter().enumerate() {
            let file = part.file_name(i).unwrap_or_default();
            table += &format!("{name},{},{fingerprint:016x},{}\n", part.position(i), quoted(file));
        }
    }
    table
}

fn named(splits: &Splits) -> [(&'static str, &Dataset); 3] {
    [("train", &splits.train), ("valid", &splits.valid), ("test", &splits.test)]
}

/// A cell of CSV.
fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

/// How data differ from those that a run was trained on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataChange {
    /// Images of the training's splits that are there no more.
    pub gone: usize,
    /// Images that were in no split: they are new, or changed.
    pub new: usize,
}

impl fmt::Display for DataChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let are = |count: usize| if count == 1 { "image is" } else { "images are" };
        match self {
            Self { gone: 0, new: 0 } => {
                write!(f, "the same images lie in another order or under other names")
            }
            Self { gone: 0, new } => write!(f, "{new} {} new", are(*new)),
            Self { gone, new: 0 } => write!(f, "{gone} {} gone", are(*gone)),
            Self { gone, new } => write!(f, "{gone} {} gone, {new} {} new", are(*gone), are(*new)),
        }
    }
}

/// The splits of the training, made of the images that `splits` hold now: each image is known by its pixels, new ones
/// are in no split. `table` is what [`membership`] gave when the run began.
///
/// # Errors
/// In words, where the table is none or no image of a split is left.
pub fn training_splits(splits: &Splits, table: &str) -> Result<(Splits, DataChange), String> {
    let sources = Sources::of(splits);
    let mut places = Places::read(table, &sources)?;
    let mut change = DataChange { gone: 0, new: places.fill(&sources) };
    let mut part = |split: &'static str| -> Result<Dataset, String> {
        let images = places.images(split);
        change.gone += places.sizes.get(split).copied().unwrap_or(0) - images.len();
        let source = &sources.sets[sources.of_split[split]];
        source.subset(&images).map_err(|_| format!("none of its {split} images is left"))
    };
    let trained = Splits { train: part("train")?, valid: part("valid")?, test: part("test")? };
    Ok((trained, change))
}

/// The images that are there now, each set once, and which of the sets each split lies in.
struct Sources {
    sets: Vec<Dataset>,
    of_split: HashMap<&'static str, usize>,
}

impl Sources {
    fn of(splits: &Splits) -> Self {
        let (mut sets, mut of_split) = (Vec::<Dataset>::new(), HashMap::new());
        for (name, part) in named(splits) {
            let known = sets.iter().position(|set| set.shares_pixels_with(part));
            of_split.insert(name, known.unwrap_or(sets.len()));
            if known.is_none() {
                sets.push(part.whole());
            }
        }
        Self { sets, of_split }
    }
}

/// Where an image stood in training.
struct Place<'a> {
    /// Which of the sources that the splits lie in.
    source: usize,
    position: &'a str,
    file: &'a str,
    /// Its splits and where it stands in each: an image that validates may test, too.
    splits: Vec<(&'a str, usize)>,
    /// The image that stands there now.
    image: Option<usize>,
}

/// All places of a training.
struct Places<'a> {
    /// By the fingerprint of their image.
    of_image: HashMap<u64, Vec<Place<'a>>>,
    /// How many images each split had.
    sizes: HashMap<&'a str, usize>,
}

impl<'a> Places<'a> {
    /// Those of a table that [`membership`] gave; none has an image yet.
    fn read(table: &'a str, sources: &Sources) -> Result<Self, String> {
        const DAMAGED: &str = "the list of its images is damaged";
        let mut rows = table.lines();
        if rows.next() != Some(HEADER) {
            return Err(DAMAGED.to_owned());
        }
        let mut places = Self { of_image: HashMap::new(), sizes: HashMap::new() };
        for row in rows {
            let mut cells = row.splitn(4, ',');
            let mut cell = || cells.next().unwrap_or_default();
            let (split, position, fingerprint, file) = (cell(), cell(), cell(), cell());
            let (Ok(fingerprint), Some(source)) =
                (u64::from_str_radix(fingerprint, 16), sources.of_split.get(split))
            else {
                return Err(DAMAGED.to_owned());
            };
            places.add(fingerprint, *source, position, file, split);
        }
        Ok(places)
    }

    fn add(&mut self, fingerprint: u64, source: usize, position: &'a str, file: &'a str, split: &'a str) {
        let order = self.sizes.entry(split).or_default();
        let of_image = self.of_image.entry(fingerprint).or_default();
        let known = of_image
            .iter_mut()
            .find(|place| (place.source, place.position, place.file) == (source, position, file));
        match known {
            Some(place) => place.splits.push((split, *order)),
            None => {
                let splits = vec![(split, *order)];
                of_image.push(Place { source, position, file, splits, image: None });
            }
        }
        *order += 1;
    }

    /// Gives each image its place; says how many have none. Copies of an image take the places of their names first,
    /// and then those that are left.
    fn fill(&mut self, sources: &Sources) -> usize {
        let mut new = 0;
        for (at, set) in sources.sets.iter().enumerate() {
            let mut renamed = Vec::new();
            for (image, fingerprint) in fingerprints(set).into_iter().enumerate() {
                let file = set.file_name(image).map(quoted);
                match self.free(fingerprint, at).find(|place| file.as_deref() == Some(place.file)) {
                    Some(place) => place.image = Some(image),
                    None => renamed.push((image, fingerprint)),
                }
            }
            for (image, fingerprint) in renamed {
                match self.free(fingerprint, at).next() {
                    Some(place) => place.image = Some(image),
                    None => new += 1,
                }
            }
        }
        new
    }

    /// The places in a source that an image of this fingerprint may take.
    fn free(&mut self, fingerprint: u64, source: usize) -> impl Iterator<Item = &mut Place<'a>> {
        let places = self.of_image.get_mut(&fingerprint).into_iter().flatten();
        places.filter(move |place| place.image.is_none() && place.source == source)
    }

    /// The images of a split that are still there, in its order.
    fn images(&self, split: &str) -> Vec<usize> {
        let in_split = |place: &Place<'_>| {
            let (_, order) = place.splits.iter().find(|(name, _)| *name == split)?;
            Some((*order, place.image?))
        };
        let mut images: Vec<(usize, usize)> = self.of_image.values().flatten().filter_map(in_split).collect();
        images.sort_unstable();
        images.into_iter().map(|(_, image)| image).collect()
    }
}

/// How many of the images of `set` a run was trained on: those in the training split of `table`, which is what
/// [`membership`] gave when the run began, whatever their names and places now.
pub fn count_trained(set: &Dataset, table: &str) -> usize {
    let trained: HashSet<u64> = table
        .lines()
        .filter_map(|row| row.strip_prefix("train,")?.split(',').nth(1))
        .filter_map(|fingerprint| u64::from_str_radix(fingerprint, 16).ok())
        .collect();
    fingerprints(set).iter().filter(|fingerprint| trained.contains(fingerprint)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use data::ImageShape;

    /// Images of two pixels, the first of which is their number.
    fn set(numbers: &[u8]) -> Dataset {
        let pixels = numbers.iter().flat_map(|number| [*number, 7]).collect();
        let names = numbers.iter().map(|number| format!("{number}, \"odd\".png")).collect();
        let set = Dataset::from_bytes("numbers", ImageShape::new(1, 2, 1), pixels).unwrap();
        set.with_file_names(names).unwrap()
    }

    fn splits(set: &Dataset, parts: [&[usize]; 3]) -> Splits {
        let [train, valid, test] = parts.map(|part| set.subset(part).unwrap());
        Splits { train, valid, test }
    }

    fn numbers(set: &Dataset) -> Vec<u8> {
        let mut image = [0.0; 2];
        let mut number = |i| {
            set.image(i, &mut image);
            (image[0] * 255.0).round() as u8
        };
        (0..set.len()).map(&mut number).collect()
    }

    #[test]
    fn images_stay_in_the_splits_that_they_were_trained_in() {
        let before = set(&[10, 11, 12, 13, 14, 15]);
        let trained = splits(&before, [&[5, 0, 3], &[1], &[4, 2]]);
        let table = membership(&trained);
        assert_eq!(table.lines().nth(1).unwrap().split(',').next(), Some("train"));
        // One is new, one is gone, the others lie elsewhere and would be split otherwise.
        let now = set(&[9, 15, 14, 12, 11, 10]);
        let anew = splits(&now, [&[0, 3, 4], &[5], &[1, 2]]);
        let (again, change) = training_splits(&anew, &table).unwrap();
        assert_eq!(numbers(&again.train), [15, 10], "13 is gone; the order is the training's");
        assert_eq!((numbers(&again.valid), numbers(&again.test)), (vec![11], vec![14, 12]));
        assert_eq!(change, DataChange { gone: 1, new: 1 });
        assert_eq!(change.to_string(), "1 image is gone, 1 image is new");
        assert_eq!((count_trained(&now, &table), count_trained(&set(&[12, 13, 13]), &table)), (2, 2));
        let (same, change) = training_splits(&trained, &table).unwrap();
        assert_eq!((numbers(&same.train), change), (vec![15, 10, 13], DataChange::default()));
    }

    #[test]
    fn copies_of_an_image_keep_their_splits() {
        let before = set(&[1, 1, 2, 3]);
        let table = membership(&splits(&before, [&[0, 2], &[3], &[1]]));
        let now = set(&[1, 1, 1, 2, 3]);
        let (again, change) = training_splits(&splits(&now, [&[0], &[1], &[2]]), &table).unwrap();
        assert_eq!((numbers(&again.train), numbers(&again.test)), (vec![1, 2], vec![1]));
        assert_eq!(change, DataChange { gone: 0, new: 1 }, "a third copy");
    }

    #[test]
    fn a_copy_that_was_trained_on_does_not_take_the_place_of_a_test_image() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let before = set(&[1, 1, 2, 3]).with_file_names(names(&["a", "b", "c", "d"])).unwrap();
        let table = membership(&splits(&before, [&[0, 2], &[3], &[1, 3]]));
        let now = set(&[1, 2, 3]).with_file_names(names(&["a", "c", "d"])).unwrap();
        let (again, change) = training_splits(&splits(&now, [&[0], &[1], &[2]]), &table).unwrap();
        assert_eq!((numbers(&again.train), numbers(&again.test)), (vec![1, 2], vec![3]), "b is gone");
        assert_eq!(change, DataChange { gone: 1, new: 0 });
    }

    #[test]
    fn a_table_that_is_none_and_data_that_are_others_are_refused() {
        let before = splits(&set(&[1, 2, 3]), [&[0], &[1], &[2]]);
        assert!(training_splits(&before, "x").unwrap_err().contains("damaged"));
        assert!(
            training_splits(&before, &format!("{HEADER}\ntrain,0,zz,\n")).unwrap_err().contains("damaged")
        );
        let table = membership(&splits(&set(&[7, 8, 9]), [&[0], &[1], &[2]]));
        assert!(training_splits(&before, &table).unwrap_err().contains("none of its train images is left"));
    }
}
