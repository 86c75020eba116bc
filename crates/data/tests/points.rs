//! Tables of points: what is read from `.npy`, `.npz` and `.csv`, and what is refused.

use std::fs::File;
use std::path::{Path, PathBuf};

use data::{DataError, Points, load_points};
use ndarray::{Array1, Array2, Array3, ShapeBuilder, array};
use ndarray_npy::{NpzWriter, WriteNpyExt};

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn csv(&self, text: &str) -> Result<Points, DataError> {
        std::fs::write(self.path("table.csv"), text).unwrap();
        load_points(&self.path("table.csv"))
    }

    fn message(&self, result: Result<Points, DataError>) -> String {
        let folder: &Path = self.0.path();
        result.unwrap_err().to_string().replace(&format!("{}/", folder.display()), "")
    }
}

#[test]
fn arrays_of_any_numbers_become_rows() {
    let place = Place::new();
    let file = place.path("a.npy");
    let wanted: Vec<f32> = vec![1.0, -2.0, 3.0, 4.0, 5.0, 6.0];
    array![[1.0f64, -2.0, 3.0], [4.0, 5.0, 6.0]].write_npy(File::create(&file).unwrap()).unwrap();
    let points = load_points(&file).unwrap();
    assert_eq!((points.rows(), points.columns, &points.values), (2, 3, &wanted));
    assert_eq!((points.name.as_str(), points.labels), ("a", None));
    array![[1i64, -2, 3], [4, 5, 6]].write_npy(File::create(&file).unwrap()).unwrap();
    assert_eq!(load_points(&file).unwrap().values, wanted);
    // Column after column in the file, row after row here.
    let fortran = Array2::from_shape_vec((2, 3).f(), vec![1.0f32, 4.0, -2.0, 5.0, 3.0, 6.0]).unwrap();
    fortran.write_npy(File::create(&file).unwrap()).unwrap();
    assert_eq!(load_points(&file).unwrap().values, wanted);
    // Images are points, too.
    Array3::<u8>::zeros((4, 5, 6)).write_npy(File::create(&file).unwrap()).unwrap();
    let points = load_points(&file).unwrap();
    assert_eq!((points.rows(), points.columns), (4, 30));
}

#[test]
fn archives_hold_points_and_labels() {
    let place = Place::new();
    let write = |names: &[&str], labels: Option<Vec<i64>>| {
        let file = place.path("a.npz");
        let mut npz = NpzWriter::new(File::create(&file).unwrap());
        for name in names {
            npz.add_array(*name, &array![[name.len() as f32, 1.0], [2.0, 3.0]]).unwrap();
        }
        if let Some(labels) = labels {
            npz.add_array("label", &Array1::from(labels)).unwrap();
        }
        npz.finish().unwrap();
        load_points(&file)
    };
    let points = write(&["mean", "log_var"], Some(vec![3, 0])).unwrap();
    assert_eq!((points.values[0], points.labels.as_deref()), (4.0, Some(&[3, 0][..])));
    assert_eq!(points.classes, ["0", "1", "2", "3"]);
    assert_eq!(write(&["mean", "x"], None).unwrap().values[0], 1.0);
    let text = place.message(write(&["codes"], None));
    assert_eq!(text, "a.npz: array x: no array of this name; the file holds [\"codes\"]");
    let text = place.message(write(&["x"], Some(vec![1])));
    assert_eq!(text, "a.npz: array label: 1 labels, but array x has 2 rows: they must be one per row");
    let text = place.message(write(&["x"], Some(vec![1, -1])));
    assert!(text.contains("label 1 is -1"), "{text}");
}

#[test]
fn csv_with_and_without_a_header() {
    let place = Place::new();
    let points = place.csv("1, 2.5\n-3,4e1\n").unwrap();
    assert_eq!((points.columns, points.values, points.labels), (2, vec![1.0, 2.5, -3.0, 40.0], None));
    let points = place.csv("a,Label,b\n1,7,2\n3,5,4\n").unwrap();
    assert_eq!((points.values.as_slice(), points.labels), (&[1.0, 2.0, 3.0, 4.0][..], Some(vec![7, 5])));
    let points = place.csv("x,y,label\n1,2,\"cat, big\"\n3,4,ant\n5,6,\"cat, big\"\n").unwrap();
    assert_eq!((points.columns, points.labels), (2, Some(vec![1, 0, 1])));
    assert_eq!(points.classes, ["ant", "cat, big"]);
    // What `embed` writes: the means are the points.
    let header = "file,mean_1,mean_2,log_var_1,log_var_2,label,class,angle";
    let points = place.csv(&format!("{header}\na.png,1,2,-1,-2,1,one,0.5\n")).unwrap();
    assert_eq!((points.values, points.labels), (vec![1.0, 2.0], Some(vec![1])));
    assert_eq!(points.classes, ["0", "one"]);
}

#[test]
fn what_is_no_table_says_where_and_why() {
    let place = Place::new();
    for (text, expected) in [
        ("", "line 1: holds no rows of numbers"),
        ("a,b\n", "line 1: holds no rows of numbers"),
        ("label\n1\n", "line 1: no column holds numbers of a point"),
        ("a,b\n1,2\n3\n", "line 3: 1 cells where the first line has 2"),
        ("a,b\n1,2\n3,x\n", "line 3: column b is \"x\": must be a finite number"),
        ("1,2\n3,nan\n", "line 2: column 2 is \"nan\": must be a finite number"),
    ] {
        assert_eq!(place.message(place.csv(text)), format!("table.csv: {expected}"));
    }
    std::fs::write(place.path("table.txt"), "1,2").unwrap();
    let text = place.message(load_points(&place.path("table.txt")));
    assert_eq!(text, "table.txt: is no table of points: must be a .npy, .npz or .csv file");
    let file = place.path("a.npy");
    array![1.0f32, 2.0].write_npy(File::create(&file).unwrap()).unwrap();
    let text = place.message(load_points(&file));
    assert_eq!(text, "a.npy: shape [2]: must be [rows, columns], both at least 1");
    array![[1.0f32, f32::NAN]].write_npy(File::create(&file).unwrap()).unwrap();
    assert_eq!(place.message(load_points(&file)), "a.npy: value 1 is NaN: all must be finite");
    array![[1.0f64, 1e300]].write_npy(File::create(&file).unwrap()).unwrap();
    assert_eq!(place.message(load_points(&file)), "a.npy: value 1 is inf: all must be finite");
    array![[true]].write_npy(File::create(&file).unwrap()).unwrap();
    let text = place.message(load_points(&file));
    assert_eq!(text, "a.npy: element type |b1: must be a float or an integer type");
}
