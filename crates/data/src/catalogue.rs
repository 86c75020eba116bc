//! The sets that have a name: one slice that opening, help, the `data` verb and the tests all go through.

use crate::shape::ImageShape;

/// A set that a recipe can ask for by name.
#[derive(Debug, PartialEq, Eq)]
pub struct NamedSet {
    /// As written in a recipe.
    pub name: &'static str,
    /// One line for people.
    pub description: &'static str,
    /// Shape of each image (the default one, where the recipe can choose).
    pub shape: ImageShape,
    /// Names of the classes, in the order of their numbers.
    pub classes: &'static [&'static str],
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a named set comes from.
#[derive(Debug, PartialEq, Eq)]
pub enum Origin {
    /// Four IDX files that are found on disk or downloaded.
    Published {
        /// Training images.
        train: usize,
        /// Test images.
        test: usize,
        /// The files, in the order of [`IDX_FILES`].
        files: [PublishedFile; 4],
        /// Addresses that the gzipped file's name is appended to, best first.
        mirrors: &'static [&'static str],
    },
    /// Drawn on demand by [`synthetic_digits`](crate::synthetic_digits).
    Drawn,
}

/// One file of a published set.
#[derive(Debug, PartialEq, Eq)]
pub struct PublishedFile {
    /// Name without `.gz`.
    pub name: &'static str,
    /// Its published checksum.
    pub checksum: Checksum,
}

/// A published checksum, in hexadecimal.
#[derive(Debug, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-256 of the decompressed file.
    Sha256(&'static str),
    /// MD5 of the gzipped file as published; says nothing about a file that was packed anew.
    GzipMd5(&'static str),
}

/// File names (without `.gz`) of MNIST and all sets in its form: training images and labels, test images and
/// labels.
pub const IDX_FILES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

const fn files(checksums: [Checksum; 4]) -> [PublishedFile; 4] {
    let [a, b, c, d] = checksums;
    [
        PublishedFile { name: IDX_FILES[0], checksum: a },
        PublishedFile { name: IDX_FILES[1], checksum: b },
        PublishedFile { name: IDX_FILES[2], checksum: c },
        PublishedFile { name: IDX_FILES[3], checksum: d },
    ]
}

/// Every set that has a name.
pub static CATALOGUE: &[NamedSet] = &[
    NamedSet {
        name: "mnist",
        description: "handwritten digits (LeCun, Cortes, Burges)",
        shape: ImageShape::new(28, 28, 1),
        classes: &DIGITS,
        origin: Origin::Published {
            train: 60_000,
            test: 10_000,
            files: files([
                Checksum::Sha256("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
                Checksum::Sha256("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
                Checksum::Sha256("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
                Checksum::Sha256("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
            ]),
            mirrors: &[
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
            ],
        },
    },
    NamedSet {
        name: "fashion-mnist",
        description: "photographs of clothing (Xiao, Rasul, Vollgraf 2017)",
        shape: ImageShape::new(28, 28, 1),
        classes: &[
            "T-shirt/top",
            "trouser",
            "pullover",
            "dress",
            "coat",
            "sandal",
            "shirt",
            "sneaker",
            "bag",
            "ankle boot",
        ],
        origin: Origin::Published {
            train: 60_000,
            test: 10_000,
            files: files([
                Checksum::GzipMd5("8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
                Checksum::GzipMd5("25c81989df183df01b3e8a0aad5dffbe"),
                Checksum::GzipMd5("bef4ecab320f06d8554ea6380940ec79"),
                Checksum::GzipMd5("bb300cfdad3c16e7a12a480ee83cd310"),
            ]),
            mirrors: &["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
        },
    },
    NamedSet {
        name: "synthetic-digits",
        description: "handwriting practice: digits drawn from strokes with known factors, needs no files",
        shape: ImageShape::new(28, 28, 1),
        classes: &DIGITS,
        origin: Origin::Drawn,
    },
];

/// The set of this name.
pub fn find(name: &str) -> Option<&'static NamedSet> {
    CATALOGUE.iter().find(|set| set.name == name)
}

/// All names, as a list for messages.
pub(crate) fn names() -> String {
    CATALOGUE.iter().map(|set| format!("\"{}\"", set.name)).collect::<Vec<_>>().join(", ")
}

impl NamedSet {
    /// The classes' names, owned.
    pub(crate) fn class_names(&self) -> Vec<String> {
        self.classes.iter().map(ToString::to_string).collect()
    }
}
