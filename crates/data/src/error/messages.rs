//! What each error says.

use testing::every_kind;

use super::missing_set::Attempt;
use super::*;
use crate::shape::ImageShape;

#[test]
fn every_error_says_where_what_and_what_is_allowed() {
    use DataError::{
        Absent, Archive, Array, Broken, Changed, CountMismatch, Csv, Field, Folder, Forgotten, Idx, Io,
        Memory, OtherFile, Picture, Table, Values, Written,
    };
    let absent = crate::error::missing_set::MissingSet {
        set: "mnist",
        folders: vec!["a/mnist".into(), "a".into()],
        attempts: vec![Attempt { url: "http://b/x.gz".into(), reason: "http status: 403 Forbidden".into() }],
        urls: vec!["http://b/x.gz".into()],
        place: Some("c/mnist".into()),
    };
    let denied = || io::Error::new(io::ErrorKind::PermissionDenied, "permission denied");
    let array = |member: Option<&str>| Array {
        file: "x.npz".into(),
        member: member.map(Into::into),
        problem: ArrayProblem::Label { index: 3, value: 0.5 },
    };
    every_kind!(
        [
            Field { .. },
            Io { .. },
            Idx { .. },
            CountMismatch { .. },
            OtherFile { .. },
            Array { .. },
            Csv { .. },
            Table { .. },
            Archive { .. },
            Picture { .. },
            Broken { .. },
            Folder { .. },
            Values { .. },
            Absent(_),
            Changed { .. },
            Forgotten { .. },
            Written { .. },
            Memory { .. },
        ],
        [
            (DataError::field("pad", 99, "must be at most 64"), "data.pad = 99: must be at most 64"),
            (DataError::io(Path::new("x.npy"), "open")(denied()), "x.npy: cannot open: permission denied"),
            (Archive { file: "x.tar".into(), problem: "is cut short".into() }, "x.tar: is cut short"),
            (
                Forgotten { path: "array:1/x".into() },
                "array:1/x: these arrays lay in memory, and are there no longer",
            ),
            (
                Written { array: "array:1/x: array y".into() },
                "array:1/x: array y: was written to since it was given: give it again",
            ),
            (
                Idx { file: "x-ubyte".into(), offset: 16, problem: IdxProblem::Trailing },
                "x-ubyte: at byte 16: more bytes follow than the header promises",
            ),
            (
                CountMismatch { images_file: "a".into(), images: 3, labels_file: "b".into(), labels: 1 },
                "a holds 3 images, but b holds 1 label: there must be one label per image",
            ),
            (
                OtherFile { file: "a".into(), wanted: "mnist/x".into(), actual: "fashion-mnist/x".into() },
                "a: holds the bytes of fashion-mnist/x, not of mnist/x: put each set into a folder of its own name",
            ),
            (array(None), "x.npz: label 3 is 0.5: must be a whole number"),
            (array(Some("y")), "x.npz: array y: label 3 is 0.5: must be a whole number"),
            (
                Csv { file: "x.csv".into(), line: 2, problem: "is not text in UTF-8".into() },
                "x.csv: line 2: is not text in UTF-8",
            ),
            (Table { file: "x.npz".into(), problem: "has no array z".into() }, "x.npz: has no array z",),
            (
                Picture { file: "x.png".into(), reason: "a broken image: it ends too early".into() },
                "x.png: a broken image: it ends too early",
            ),
            (
                Broken {
                    folder: "a".into(),
                    files: ["b.png", "c.jpg"]
                        .map(|name| BrokenFile {
                            file: Path::new("a").join(name),
                            reason: "it is empty".into()
                        })
                        .to_vec(),
                },
                "a: 2 image files cannot be used\n  b.png: it is empty\n  c.jpg: it is empty",
            ),
            (Folder { path: "a".into(), problem: "holds no images".into() }, "a: holds no images"),
            (
                Values { name: "mine".into(), problem: "3 labels for 4 images".into() },
                "data set mine: 3 labels for 4 images",
            ),
            (
                Absent(Box::new(absent)),
                "mnist is not on this machine, and downloading it failed.\nLooked in:\n  a/mnist\n  a\nTried:\n  \
                 http://b/x.gz: http status: 403 Forbidden\nTo place the files by hand, fetch\n  http://b/x.gz\ninto \
                 c/mnist (gzipped or not),\nor name the folder that has them with --data-dir or LATENTLAB_DATA.",
            ),
            (
                Changed { path: "x.npy".into() },
                "x.npy: was written to while its images were in use: what came of them is of no one set",
            ),
            (
                Memory { what: "photos: 9 images of 1×1×1".into(), bytes: 9 },
                "photos: 9 images of 1×1×1 needs 9 bytes of memory, more than the system gives",
            ),
        ]
    );
}

#[test]
fn every_problem_of_an_idx_file() {
    use IdxProblem::{
        Classes, Damaged, Empty, Label, Magic, Mislabelled, Overflow, Oversized, Shape, Trailing, Truncated,
    };
    let (found, expected) = (ImageShape::new(8, 8, 1), ImageShape::new(28, 28, 1));
    every_kind!(
        [
            Magic { .. },
            Mislabelled { .. },
            Truncated { .. },
            Oversized { .. },
            Trailing,
            Empty { .. },
            Overflow { .. },
            Label { .. },
            Classes { .. },
            Shape { .. },
            Damaged(_),
        ],
        [
            (
                Magic { found: 0xd03, expected: 0x803, wanted: "images" },
                "magic number 0x00000d03 is not that of an IDX file of images (0x00000803)",
            ),
            (
                Mislabelled { found: 0x801, actual: "labels", wanted: "images" },
                "mislabelled: this is a file of labels (magic number 0x00000801), not of images",
            ),
            (Truncated { expected: 12, found: 6 }, "truncated: 12 bytes should follow, 6 do"),
            (
                Oversized { expected: 4000, ceiling: 1032 },
                "the header promises 4000 bytes, but so short a gzip file can hold at most 1032",
            ),
            (Trailing, "more bytes follow than the header promises"),
            (Empty { axis: 2 }, "dimension 2 is 0: nothing to read"),
            (Overflow { dims: vec![9, 9] }, "dimensions [9, 9] are more than this machine can address"),
            (Label { label: 11, classes: 10 }, "label 11: must be below 10"),
            (Classes { limit: 9 }, "more than 9 different labels: they are no classes"),
            (Shape { found, expected }, "images are 8×8×1, the set's are 28×28×1"),
            (Damaged("corrupt".into()), "the compressed data are damaged: corrupt"),
        ]
    );
}

#[test]
fn every_problem_of_an_array() {
    use ArrayProblem::{
        Classes, Damaged, FortranOrder, Header, Label, Length, Missing, NoImages, NonFinite, Oversized,
        Range, Rows, Shape, Type,
    };
    every_kind!(
        [
            Header(_),
            Type { .. },
            Shape { .. },
            Length { .. },
            Oversized { .. },
            NonFinite { .. },
            Range { .. },
            Label { .. },
            Classes { .. },
            NoImages { .. },
            Rows { .. },
            Missing { .. },
            Damaged(_),
            FortranOrder { .. },
        ],
        [
            (
                FortranOrder { bytes: 99, most: 9 },
                "its 99 bytes are in Fortran order and more than the 9 that may be held in memory at a time: save it in \
                 C order (numpy.ascontiguousarray), which is read from disk as needed",
            ),
            (Header("it ends inside its header".into()), "not a NumPy array: it ends inside its header",),
            (
                Type { found: "<f8".into(), allowed: "uint8 or float32" },
                "element type <f8: must be uint8 or float32",
            ),
            (Shape { found: vec![2, 3], allowed: "[n]" }, "shape [2, 3]: must be [n]"),
            (Length { expected: 84, found: 80 }, "the header promises 84 bytes of values, but 80 are there",),
            (
                Oversized { expected: 4000, ceiling: 1032 },
                "the header promises 4000 bytes of values, but so short a gzip file can hold at most 1032",
            ),
            (NonFinite { index: 7, value: f64::INFINITY }, "value 7 is inf: all must be finite"),
            (
                Range { min: -1.0, max: 254.5 },
                "values lie in [-1, 254.5], which is none of the usual scales of images (0 to 255, 0 to 1, −1 to 1, 10 \
                 to 16 bits): say which values are black and white with data.range = [black, white]",
            ),
            (Label { index: 1, value: 1.5 }, "label 1 is 1.5: must be a whole number"),
            (Classes { limit: 65_536 }, "more than 65536 different labels: they are no classes"),
            (
                NoImages { found: vec!["a [3]".into(), "b [9, 2]".into()] },
                "none of its arrays has a usual name for images, and there is not one alone that can hold some; name one \
                 with data.array (--array NAME); the file holds a [3], b [9, 2]",
            ),
            (
                Rows { found: 3, expected: 4, of: "x".into() },
                "3 labels, but array x has 4 rows: they must be one per row",
            ),
            (Missing { found: vec!["codes".into()] }, "no array of this name; the file holds [\"codes\"]",),
            (Damaged("no end".into()), "the archive is damaged: no end"),
        ]
    );
}
