//! Arrays in memory: read as the same arrays in an `.npz` file are, without a copy where they are pixels.

mod fixtures;

use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use data::{
    DataDirs, DataError, DataSpec, Dataset, Kind, Lender, MemoryArray, MemorySet, Splits, is_there, open,
    open_whole,
};
use fixtures::{image, npy, npz, open_path, write};

/// One array: its name, NumPy's description of its type, its shape, its bytes.
struct Given(&'static str, &'static str, Vec<usize>, Vec<u8>);

fn array(descriptor: &str, shape: &[usize], bytes: Vec<u8>) -> Result<MemoryArray, DataError> {
    let bytes = Arc::new(bytes);
    let lender: Lender = Arc::new(move || Arc::clone(&bytes) as _);
    MemoryArray::new(descriptor, shape, lender)
}

fn in_memory(arrays: &[Given], kind: Option<Kind>) -> MemorySet {
    let arrays = arrays.iter().map(|Given(name, descriptor, shape, bytes)| {
        ((*name).to_owned(), array(descriptor, shape, bytes.clone()).unwrap())
    });
    MemorySet::new("set", arrays.collect(), kind)
}

fn in_file(arrays: &[Given], path: &Path) {
    let members: Vec<(&str, Vec<u8>)> = arrays
        .iter()
        .map(|Given(name, descriptor, shape, bytes)| {
            let sides: String = shape.iter().map(|side| format!("{side}, ")).collect();
            (*name, npy(descriptor, "False", &format!("({sides})"), bytes))
        })
        .collect();
    write(path, &npz(&members));
}

fn floats(values: impl IntoIterator<Item = f32>) -> Vec<u8> {
    values.into_iter().flat_map(f32::to_le_bytes).collect()
}

fn same(a: &Dataset, b: &Dataset) -> bool {
    (a.len(), a.shape(), a.name(), a.labels(), a.classes())
        == (b.len(), b.shape(), b.name(), b.labels(), b.classes())
        && a.columns() == b.columns()
        && (0..a.len()).all(|i| image(a, i) == image(b, i) && a.position(i) == b.position(i))
}

#[test]
fn arrays_in_memory_are_read_as_those_of_a_file() {
    let bytes = |count: usize| (0..count).map(|i| (i * 37 % 256) as u8).collect::<Vec<u8>>();
    let labels = || Given("y", "<i8", vec![40], (0..40u64).flat_map(|i| (i % 3).to_le_bytes()).collect());
    let names = "catdogcow".repeat(14).chars().take(120).flat_map(|c| (c as u32).to_le_bytes()).collect();
    let doubles = (0..40 * 5).flat_map(|i| (f64::from(i) * 1.7 - 3.0).to_le_bytes()).collect();
    let cases: Vec<(Vec<Given>, bool)> = vec![
        (vec![Given("x", "|u1", vec![40, 4, 3, 3], bytes(40 * 36)), labels()], true),
        (vec![Given("x", "|u1", vec![40, 4, 5], bytes(800)), Given("y", "<U3", vec![40], names)], true),
        (vec![Given("x", "<f4", vec![40, 4, 5], floats((0..800).map(|i| i as f32 / 799.0)))], true),
        // What is no pixel as it lies: other ranges, transparency, channels first, wider numbers.
        (vec![Given("x", "<f4", vec![40, 4, 5], floats((0..800).map(|i| i as f32 / 400.0 - 1.0)))], false),
        (vec![Given("x", "|u1", vec![40, 4, 5], bytes(800).iter().map(|b| b % 2).collect())], false),
        (vec![Given("x", "|u1", vec![40, 4, 3, 4], bytes(40 * 48))], false),
        (vec![Given("x", "|u1", vec![40, 3, 4, 5], bytes(2400))], false),
        (
            vec![Given(
                "x",
                "<u2",
                vec![40, 4, 5],
                (0..800u16).flat_map(|i| (i * 81).to_le_bytes()).collect(),
            )],
            false,
        ),
        (
            vec![
                Given("x_train", "|u1", vec![40, 4, 5], bytes(800)),
                Given("x_test", "|u1", vec![20, 4, 5], bytes(400)),
            ],
            true,
        ),
        (vec![Given("x", "<f8", vec![40, 5], doubles), labels()], false),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (case, (arrays, is_shared)) in cases.iter().enumerate() {
        let set = in_memory(arrays, None);
        let file = folder.path().join(format!("{case}/set.npz"));
        std::fs::create_dir(file.parent().unwrap()).unwrap();
        in_file(arrays, &file);
        let (found, expected) = (open_path(set.path()).unwrap(), open_path(&file).unwrap());
        let parts = |splits: &Splits| [&splits.train, &splits.valid, &splits.test].map(Clone::clone);
        for (found, expected) in parts(&found).iter().zip(&parts(&expected)) {
            assert!(same(found, expected), "case {case}");
            assert_eq!(found.is_shared(), *is_shared, "case {case}");
        }
    }
}

#[test]
fn columns_have_the_names_that_are_given() {
    let names = "agekm ".chars().flat_map(|c| if c == ' ' { [0; 4] } else { (c as u32).to_le_bytes() });
    let values = (0..60).flat_map(|i| (f64::from(i) * 0.3).to_le_bytes()).collect();
    let table = [Given("x", "<f8", vec![30, 2], values), Given("columns", "<U3", vec![2], names.collect())];
    let set = in_memory(&table, None);
    let splits = open_path(set.path()).unwrap();
    assert_eq!(splits.train.columns().unwrap().names, ["age", "km"]);
    // Rows that come later are standardised as those were.
    let spec = DataSpec {
        path: Some(set.path().into()),
        columns: splits.train.columns().cloned(),
        ..DataSpec::default()
    };
    let all = open_whole(&spec, &DataDirs::default()).unwrap();
    let positions = (0..splits.test.len()).map(|i| splits.test.position(i));
    assert!(positions.enumerate().all(|(i, row)| image(&splits.test, i) == image(&all, row)));
}

#[test]
fn the_one_who_gives_arrays_says_what_they_are() {
    let bytes = || vec![Given("x", "|u1", vec![40, 64], (0..2560u32).map(|i| (i % 251) as u8).collect())];
    let (images, rows) = (in_memory(&bytes(), None), in_memory(&bytes(), Some(Kind::Table)));
    let columns = |set: &MemorySet| open_path(set.path()).unwrap().train.columns().is_some();
    assert!(!columns(&images) && columns(&rows));
}

#[test]
fn images_may_have_any_values_where_they_are_said_to_be_images() {
    let values = || floats((0..800).map(|i| i as f32 * 0.1 - 3.0));
    let given = || [Given("x", "<f4", vec![40, 4, 5], values())];
    assert!(open_path(in_memory(&given(), None).path()).is_err());
    let set = in_memory(&given(), Some(Kind::Images));
    let splits = open_path(set.path()).unwrap();
    let [low, high] = splits.train.inventory().unwrap().range.unwrap();
    assert_eq!((low as f32, high as f32), (-3.0, 799.0 * 0.1 - 3.0));
    let spec = DataSpec { path: Some(set.path().into()), ..DataSpec::default() };
    let all = open_whole(&spec, &DataDirs::default()).unwrap();
    assert_eq!((image(&all, 0)[0], image(&all, 39)[19]), (0.0, 1.0));
}

#[test]
fn the_same_arrays_have_the_same_path_until_the_last_is_gone() {
    let set = |first| in_memory(&[Given("x", "|u1", vec![20, 2, 2], (first..first + 80).collect())], None);
    let (a, b, other) = (set(0), set(0), set(1));
    assert!(a.path() == b.path() && a.path() != other.path());
    let path = a.path().to_owned();
    drop(a);
    assert!(is_there(&path) && open_path(&path).is_ok());
    drop(b);
    let error = open_path(&path).unwrap_err();
    assert!(!is_there(&path) && matches!(error, DataError::Forgotten { .. }), "{error}");
}

#[test]
fn an_array_that_was_written_to_is_refused() {
    static FIRST: AtomicU8 = AtomicU8::new(0);
    let lender: Lender = Arc::new(|| {
        let mut bytes: Vec<u8> = (0..80).collect();
        bytes[0] = FIRST.load(Ordering::Relaxed);
        Arc::new(bytes)
    });
    let array = MemoryArray::new("|u1", &[20, 2, 2], lender).unwrap();
    let set = MemorySet::new("set", vec![("x".into(), array)], None);
    assert!(open_path(set.path()).is_ok());
    FIRST.store(9, Ordering::Relaxed);
    assert!(matches!(open_path(set.path()), Err(DataError::Written { .. })));
}

#[test]
fn bytes_are_lent_as_long_as_images_are_held() {
    let bytes: Arc<Vec<u8>> = Arc::new((0..80).collect());
    let lent = Arc::new(Mutex::new(Arc::clone(&bytes)));
    let lender: Lender = Arc::new(move || Arc::clone(&lent.lock().unwrap()) as _);
    let array = MemoryArray::new("|u1", &[20, 2, 2], lender).unwrap();
    let set = MemorySet::new("set", vec![("x".into(), array)], None);
    let before = Arc::strong_count(&bytes);
    let spec = DataSpec { path: Some(set.path().into()), ..DataSpec::default() };
    let splits = open(&spec, &DataDirs::default(), &mut |_| ()).unwrap();
    assert_eq!(Arc::strong_count(&bytes), before + 1); // and none was copied
    drop(splits);
    assert_eq!(Arc::strong_count(&bytes), before);
}

#[test]
fn what_is_no_array_is_refused() {
    let refused = |descriptor: &str, shape: &[usize], length: usize| {
        array(descriptor, shape, vec![0; length]).unwrap_err().to_string()
    };
    assert!(refused("|O", &[4], 32).contains("type |O are neither numbers nor text"));
    assert!(refused("<f4", &[4, 2], 31).contains("31 bytes are no array of this shape"));
    assert!(refused("|u1", &[usize::MAX, 2], 31).contains("no array of this shape"));
}
