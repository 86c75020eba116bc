//! Sets that are too large for memory: the same images, labels, hashes and refusals as in memory.

mod fixtures;

use std::path::Path;

use data::{ArrayProblem, DataDirs, DataError, DataSpec, Splits};
use fixtures::{gzip, idx, idx_labels, image, write};
use ndarray::{Array1, Array3, ShapeBuilder};

/// Opens `path` with room for so many bytes of pixels in memory.
fn open(path: &Path, memory: Option<u64>) -> Result<Splits, DataError> {
    let spec = DataSpec { path: Some(path.into()), ..DataSpec::default() };
    data::open(&spec, &DataDirs { memory, ..DataDirs::default() }, &mut |_| ())
}

/// Everything that a training takes from a set.
fn contents(splits: &Splits) -> String {
    let sets = [&splits.train, &splits.valid, &splits.test];
    let told = sets.map(|set| {
        let images: Vec<_> = (0..set.len()).map(|i| (image(set, i), set.label(i))).collect();
        format!("{} {} {:?} {:?} {images:?}", set.name(), set.shape(), set.classes(), set.files())
    });
    told.concat()
}

fn assert_same(path: &Path) {
    let (there, on_disk) = (open(path, None).unwrap(), open(path, Some(100)).unwrap());
    let name = path.display();
    assert!(!there.train.is_on_disk() && on_disk.train.is_on_disk(), "{name}");
    assert!(there.bytes_in_memory() > 100, "{name}");
    assert_eq!(on_disk.bytes_in_memory(), 0, "{name}");
    assert_eq!(contents(&there), contents(&on_disk), "{name}");
    assert!(on_disk.check().is_ok(), "{name}");
    let padded = (on_disk.train.padded(2), there.train.padded(2));
    assert_eq!(image(&padded.0, 3), image(&padded.1, 3), "{name}");
}

#[test]
fn images_on_disk_are_those_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let bytes = Array3::<u8>::from_shape_fn((60, 4, 5), |(i, y, x)| (i * 4 + y * 5 + x) as u8);
    let floats = bytes.mapv(|value| f32::from(value) / 256.0);
    ndarray_npy::write_npy(at("bytes.npy"), &bytes).unwrap();
    ndarray_npy::write_npy(at("floats.npy"), &floats).unwrap();
    write(&at("zipped.npy"), &gzip(&std::fs::read(at("floats.npy")).unwrap()));
    let mut archive = ndarray_npy::NpzWriter::new_compressed(std::fs::File::create(at("both.npz")).unwrap());
    archive.add_array("x", &floats).unwrap();
    archive.add_array("y", &Array1::from_shape_fn(60, |i| (i % 3) as i64)).unwrap();
    archive.finish().unwrap();
    // What is not as pixels are is made so, in memory and on disk.
    let colours =
        ndarray::Array4::<u8>::from_shape_fn((60, 3, 4, 5), |(i, c, y, x)| (i + c * 70 + y * 5 + x) as u8);
    ndarray_npy::write_npy(at("channels-first.npy"), &colours).unwrap();
    ndarray_npy::write_npy(at("doubles.npy"), &bytes.mapv(|value| f64::from(value) / 127.5 - 1.0)).unwrap();
    ndarray_npy::write_npy(at("bits.npy"), &bytes.mapv(|value| value % 2)).unwrap();
    ndarray_npy::write_npy(at("twelve-bits.npy"), &bytes.mapv(|value| u16::from(value) * 16)).unwrap();
    let alpha =
        ndarray::Array4::<u8>::from_shape_fn((60, 4, 5, 4), |(i, y, x, c)| (i + c * 60 + y * 5 + x) as u8);
    ndarray_npy::write_npy(at("alpha.npy"), &alpha).unwrap();
    for name in ["bytes", "floats", "zipped", "channels-first", "doubles", "bits", "twelve-bits", "alpha"] {
        assert_same(&at(&format!("{name}.npy")));
    }
    assert_same(&at("both.npz"));

    let values: Vec<u8> = (0..60 * 20u32).map(|i| (i % 251) as u8).collect();
    let images = idx(0x803, &[60, 4, 5], &values);
    write(&at("plain/train-images-idx3-ubyte"), &images);
    write(&at("plain/train-labels-idx1-ubyte"), &idx_labels(60));
    write(&at("packed/train-images-idx3-ubyte.gz"), &gzip(&images));
    assert_same(&at("plain"));
    assert_same(&at("packed"));

    for (i, class) in ["ape", "bee", "cat"].iter().cycle().take(30).enumerate() {
        let picture = image::RgbImage::from_fn(6, 5, |x, y| image::Rgb([i as u8 * 8, x as u8 * 40, y as u8]));
        std::fs::create_dir_all(at("photos").join(class)).unwrap();
        picture.save(at("photos").join(class).join(format!("{i}.png"))).unwrap();
    }
    assert_same(&at("photos"));
}

#[test]
fn what_is_refused_in_memory_is_refused_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let both = |problem: &str| {
        for memory in [None, Some(100)] {
            let error = open(&path, memory).unwrap_err().to_string();
            assert_eq!(error, format!("{}: {problem}", path.display()), "{memory:?}");
        }
    };
    let mut values = Array3::<f32>::from_elem((50, 3, 3), 0.5);
    values[[40, 1, 2]] = f32::NAN;
    ndarray_npy::write_npy(&path, &values).unwrap();
    both("value 365 is NaN: all must be finite");
    values[[40, 1, 2]] = 900.5;
    ndarray_npy::write_npy(&path, &values).unwrap();
    both(&ArrayProblem::Range { min: 0.5, max: 900.5 }.to_string());
    let bytes = std::fs::read(&path).unwrap();
    write(&path, &bytes[..bytes.len() - 4]);
    both("the header promises 1800 bytes of values, but 1796 are there");
    write(&path, &gzip(&bytes[..bytes.len() - 4]));
    both("the header promises 1800 bytes of values, but 1796 are there");
}

#[test]
fn fortran_order_is_for_memory_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    ndarray_npy::write_npy(&path, &Array3::<u8>::zeros((50, 3, 3).f())).unwrap();
    assert!(open(&path, Some(450)).is_ok());
    let error = open(&path, Some(449)).unwrap_err().to_string();
    assert!(
        error.contains("450 bytes are in Fortran order") && error.contains("numpy.ascontiguousarray"),
        "{error}"
    );
}
