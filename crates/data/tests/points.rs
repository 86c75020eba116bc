//! Tables of points: what is read from text and NumPy's arrays, what is left out, and what is refused.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use data::{
    DataDirs, DataError, DataSpec, Impute, LabelSource, Points, TableOptions, UNKNOWN_CLASS, load_points,
    read_table,
};
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
        self.csv_with(text, LabelSource::Usual)
    }

    fn csv_with(&self, text: &str, label: LabelSource) -> Result<Points, DataError> {
        std::fs::write(self.path("table.csv"), text).unwrap();
        load_points(&self.path("table.csv"), &TableOptions { label, array: None })
    }

    fn load(&self, name: &str) -> Result<Points, DataError> {
        load_points(&self.path(name), &TableOptions::default())
    }

    fn message(&self, result: Result<Points, DataError>) -> String {
        let folder: &Path = self.0.path();
        result.unwrap_err().to_string().replace(&format!("{}/", folder.display()), "")
    }
}

/// Class names and numbers, and the number of each row.
fn owners(points: &Points) -> (Vec<String>, Vec<Option<i64>>) {
    let labels = points.labels.as_ref().unwrap();
    let numbers = labels.rows.iter().map(|row| labels.numbers[*row as usize]).collect();
    (labels.classes.clone(), numbers)
}

#[test]
fn arrays_of_any_numbers_become_rows() {
    let place = Place::new();
    let file = place.path("a.npy");
    let wanted: Vec<f32> = vec![1.0, -2.0, 3.0, 4.0, 5.0, 6.0];
    array![[1.0f64, -2.0, 3.0], [4.0, 5.0, 6.0]].write_npy(File::create(&file).unwrap()).unwrap();
    let points = place.load("a.npy").unwrap();
    assert_eq!((points.rows(), points.columns, &points.values), (2, 3, &wanted));
    assert_eq!((points.name.as_str(), points.labels), ("a", None));
    array![[1i64, -2, 3], [4, 5, 6]].write_npy(File::create(&file).unwrap()).unwrap();
    assert_eq!(place.load("a.npy").unwrap().values, wanted);
    // Column after column in the file, row after row here.
    let fortran = Array2::from_shape_vec((2, 3).f(), vec![1.0f32, 4.0, -2.0, 5.0, 3.0, 6.0]).unwrap();
    fortran.write_npy(File::create(&file).unwrap()).unwrap();
    assert_eq!(place.load("a.npy").unwrap().values, wanted);
    array![[true], [false]].write_npy(File::create(&file).unwrap()).unwrap();
    assert_eq!(place.load("a.npy").unwrap().values, [1.0, 0.0]);
    // Images are points, too.
    Array3::<u8>::zeros((4, 5, 6)).write_npy(File::create(&file).unwrap()).unwrap();
    let points = place.load("a.npy").unwrap();
    assert_eq!((points.rows(), points.columns), (4, 30));
}

#[test]
fn archives_hold_points_and_labels() {
    let place = Place::new();
    let write = |names: &[&str], label: &str, labels: Option<Vec<f64>>| {
        let mut npz = NpzWriter::new(File::create(place.path("a.npz")).unwrap());
        for name in names {
            npz.add_array(*name, &array![[name.len() as f32, 1.0], [2.0, 3.0]]).unwrap();
        }
        if let Some(labels) = labels {
            npz.add_array(label, &Array1::from(labels)).unwrap();
        }
        npz.finish().unwrap();
        place.load("a.npz")
    };
    let points = write(&["mean", "log_var"], "label", Some(vec![10.0, -1.0])).unwrap();
    assert_eq!(points.values[0], 4.0);
    assert_eq!(owners(&points), (vec!["-1".into(), "10".into()], vec![Some(10), Some(-1)]));
    for label in ["labels", "target", "targets", "y", "class", "Species", "y_train", "train_labels"] {
        let points = write(&["x"], label, Some(vec![1.0, f64::NAN])).unwrap();
        assert_eq!(owners(&points), (vec!["1".into(), UNKNOWN_CLASS.into()], vec![Some(1), None]), "{label}");
        let said = if label == "label" { "" } else { label };
        assert!(points.notes.iter().any(|note| note.contains(said)), "{label}: {:?}", points.notes);
    }
    assert_eq!(write(&["mean", "x"], "", None).unwrap().values[0], 1.0);
    assert_eq!(write(&["embeddings", "log_var"], "", None).unwrap().values[0], 10.0);
    // The only one that can hold points is meant.
    assert_eq!(write(&["mine"], "", None).unwrap().values[0], 4.0);
    let text = place.message(write(&["mine", "yours"], "label", Some(vec![1.0])));
    assert_eq!(
        text,
        "a.npz: --array NAME says which array holds the points; it holds label [1], mine [2, 2], yours [2, 2]"
    );
    write(&["mine", "yours"], "", None).unwrap_err();
    let options = TableOptions { array: Some("yours".into()), ..TableOptions::default() };
    assert_eq!(load_points(&place.path("a.npz"), &options).unwrap().values[0], 5.0);
    let text = place.message(write(&["x"], "label", Some(vec![1.0])));
    assert_eq!(text, "a.npz: array label: 1 labels, but array x has 2 rows: they must be one per row");
    let text = place.message(write(&["x"], "label", Some(vec![1.0, 0.5])));
    assert!(text.contains("array label: label 1 is 0.5: must be a whole number"), "{text}");
}

#[test]
fn csv_with_and_without_a_header() {
    let place = Place::new();
    let points = place.csv("1, 2.5\n-3,4e1\n").unwrap();
    assert_eq!((points.columns, points.values, points.labels), (2, vec![1.0, 2.5, -3.0, 40.0], None));
    let points = place.csv("a,Label,b\n1,7,2\n3,-1,4\n").unwrap();
    assert_eq!(points.values, [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(owners(&points), (vec!["-1".into(), "7".into()], vec![Some(7), Some(-1)]));
    let points = place.csv("x,y,label\n1,2,\"cat, big\"\n3,4,ant\n5,6,\"cat, big\"\n").unwrap();
    assert_eq!(points.columns, 2);
    assert_eq!(owners(&points), (vec!["ant".into(), "cat, big".into()], vec![Some(1), Some(0), Some(1)]));
    // What `embed` writes: the means are the points, numbers and names of classes stay.
    let header = "index,file,mean_1,mean_2,log_var_1,log_var_2,label,class,angle";
    let points = place.csv(&format!("{header}\n7,a.png,1,2,-1,-2,3,three,0.5\n")).unwrap();
    assert_eq!(points.values, [1.0, 2.0]);
    assert_eq!(owners(&points), (vec!["three".into()], vec![Some(3)]));
    assert_eq!((points.index, points.files), (Some(vec![7]), Some(vec!["a.png".into()])));
    assert!(points.notes.iter().any(|note| note.contains("log_var_1")), "{:?}", points.notes);
}

/// `rows` lines of `line(row)` below `header`.
fn text(header: &str, rows: usize, line: impl Fn(usize) -> String) -> String {
    format!("{header}\n{}", (0..rows).map(|row| line(row) + "\n").collect::<String>())
}

#[test]
fn what_counts_or_names_rows_is_no_coordinate() {
    let place = Place::new();
    let value = |row: usize| format!("{}.5", row * row % 7);
    for (header, first) in [
        (",a,b", 0),
        ("Unnamed: 0,a,b", 0),
        ("id,a,b", 4),
        ("n,a,b", 1),
        (",0,1", 0), // pandas' names of columns without names
    ] {
        let table = text(header, 12, |row| format!("{},{},{}", row + first, value(row), row * row));
        let points = place.csv(&table).unwrap();
        assert_eq!((points.columns, points.rows(), points.values[2]), (2, 12, 1.5), "{header}");
        assert!(points.notes.iter().any(|note| note.contains("is left out")), "{header}: {:?}", points.notes);
    }
    let points = place.csv(&text(",a,b", 12, |row| format!("{row},{},2", value(row)))).unwrap();
    assert_eq!(points.notes, ["column 1 (unnamed, running integers) is left out"]);
    // Numbers of rows in any order, names of rows, text.
    let points = place.csv(",a,b\n9,1,2\n4,3,4\n").unwrap();
    assert_eq!(points.notes, ["column 1 (unnamed, numbers of rows) is left out"]);
    let points = place.csv(",a,b\nu.png,1,2\nv.png,3,4\n").unwrap();
    assert_eq!((points.columns, points.files), (2, Some(vec!["u.png".into(), "v.png".into()])));
    let points = place.csv("a,colour,b\n1,red,2\n3,blue,4\n5,red,7\n6,red,1\n").unwrap();
    let said = "column colour (text: \"blue\", …; --label colour takes it for the classes) is left out";
    assert_eq!((points.columns, points.notes), (2, vec![said.to_owned()]));
    let points = place.csv("a,b\n1,2\n2,3\n3,4\n").unwrap();
    assert_eq!(points.columns, 2, "a few whole numbers in a row are an accident");
}

#[test]
fn numbers_name_columns_where_they_are_no_row() {
    let place = Place::new();
    let share = |row: usize, column: usize| format!("0.{}", 1 + (row * 37 + column * column * 11) % 89);
    let count = |row: usize, column: usize| ((row * 7 + column * column * 5) % 11).to_string();
    let line = |cell: &dyn Fn(usize, usize) -> String, row: usize, width: usize| {
        (0..width).map(|column| cell(row, column)).collect::<Vec<_>>().join(",")
    };
    for header in ["400,410,420,430", "2019,2020,2021", "40.0,41.0,42.0", "400,412,443", "0,1,2,3,4"] {
        let width = header.split(',').count();
        for cell in [&share as &dyn Fn(usize, usize) -> String, &count] {
            let points = place.csv(&text(header, 12, |row| line(cell, row, width))).unwrap();
            assert_eq!((points.rows(), points.columns), (12, width), "{header}: {:?}", points.notes);
            let said = format!("line 1 ({}) is taken for the columns' names", header.replace(',', ", "));
            assert!(points.notes[0].starts_with(&said), "{:?}", points.notes);
        }
    }
    // pandas writes the numbers of the rows below an empty name.
    let table = text(",400,410,420", 12, |row| format!("{row},{}", line(&share, row, 3)));
    let points = place.csv(&table).unwrap();
    assert_eq!((points.rows(), points.columns), (12, 3), "{:?}", points.notes);
    // Rows that are like the others, or blank, stay rows.
    for (first, cell) in [
        (
            "1,2,3",
            &(|row: usize, column: usize| (row + 2 * column).to_string()) as &dyn Fn(usize, usize) -> String,
        ),
        ("0,0,0", &share),
        ("1,1,0", &count),
        ("3,4,5", &count),
        ("0,1,2", &|row: usize, column: usize| [row + 1, row * 3 % 7, row * 5 % 7][column].to_string()),
    ] {
        let points = place.csv(&text(first, 12, |row| line(cell, row, 3))).unwrap();
        assert_eq!(points.rows(), 13, "{first}: {:?}", points.notes);
        let doubt = points.notes.iter().any(|note| note.contains("line 1 (3, 4, 5) is taken for a row"));
        assert_eq!(doubt, first == "3,4,5", "{:?}", points.notes);
    }
}

#[test]
fn labels_are_found_or_asked_for() {
    let place = Place::new();
    for name in ["label", "Labels", "target", "targets", "y", "class", "classes", "species", "category"] {
        let points = place.csv(&format!("a,b,{name}\n1,2,4\n3,4,10\n5,6,\n")).unwrap();
        assert_eq!(points.columns, 2, "{name}");
        let classes = vec!["4".into(), "10".into(), UNKNOWN_CLASS.into()];
        assert_eq!(owners(&points), (classes, vec![Some(4), Some(10), None]), "{name}");
    }
    let colours = "a,colour,b\n1,red,2\n3,blue,4\n";
    for name in ["colour", "Colour", "2"] {
        let points = place.csv_with(colours, LabelSource::Named(name.into())).unwrap();
        assert_eq!(owners(&points).0, ["blue", "red"], "{name}");
    }
    let text = place.message(place.csv_with(colours, LabelSource::Named("size".into())));
    assert_eq!(text, "table.csv: has no column \"size\" of labels; its columns are a, colour, b");
    let points = place.csv_with("a,b,target\n1,2,4\n3,4,1\n", LabelSource::Nothing).unwrap();
    assert_eq!((points.columns, points.labels), (2, None));
    assert_eq!(points.notes, ["column target (by its name no coordinate) is left out"]);
    // A number to predict is no class, and no coordinate.
    let points = place.csv("a,b,target\n1,2,4.25\n3,4,1\n").unwrap();
    assert_eq!((points.columns, points.labels.as_ref()), (2, None));
    assert!(points.notes.contains(&"column target is left out: 4.25 is no class".to_owned()));
    let text = place.message(place.csv_with("a,b\n1,2.5\n3,4\n", LabelSource::Named("b".into())));
    assert_eq!(text, "table.csv: line 1: column b holds no classes: 2.5 is no class");
}

#[test]
fn classes_of_less_usual_names_and_ids_are_no_coordinates() {
    let place = Place::new();
    for name in ["outlier", "is_anomaly", "Fraud", "attack", "gt", "class_id", "label_id", "digit"] {
        let table = text(&format!("a,b,{name}"), 12, |row| format!("{row}.5,2.5,{}", row % 2));
        let points = place.csv(&table).unwrap();
        assert_eq!((points.columns, owners(&points).0), (2, vec!["0".into(), "1".into()]), "{name}");
        assert_eq!(points.notes, [format!("column {name} holds the classes: 0, 1")]);
    }
    // Measurements of such a name, a stronger name, no classes.
    let points = place.csv("a,b,gt\n1.5,2,0.5\n3,4,1\n").unwrap();
    assert_eq!((points.columns, points.labels), (3, None));
    let points = place.csv("a,b,outlier,label\n1.5,2,0,4\n3,4,1,7\n").unwrap();
    assert_eq!((points.columns, owners(&points).0), (2, vec!["4".into(), "7".into()]));
    assert_eq!(points.notes, ["column outlier (by its name no coordinate) is left out"]);
    let points = place.csv("a,class_id,class_name\n1.5,0,ant\n3,1,bee\n").unwrap();
    assert_eq!((points.columns, owners(&points).0), (1, vec!["ant".into(), "bee".into()]));
    for name in ["user_id", "customerId", "orderID"] {
        let points = place.csv(&format!("{name},a,b\n17,1.5,2\n23,3,4\n40,5,6\n")).unwrap();
        assert_eq!(points.columns, 2, "{name}");
        assert_eq!(points.notes, [format!("column {name} (whole numbers, by its name ids) is left out")]);
    }
    let points = place.csv("a,outcome\n1.5,0\n3,1\n").unwrap();
    assert_eq!(points.columns, 2);
    assert_eq!(points.notes, ["column outcome holds only 0 and 1; --label outcome takes it for classes"]);
}

#[test]
fn numbers_to_predict_are_no_classes() {
    let place = Place::new();
    let table = text("a,b,target", 200, |row| format!("{row}.5,2.5,{}", row * row % 997));
    let points = place.csv(&table).unwrap();
    assert_eq!((points.columns, points.labels), (2, None));
    let said = "different numbers in 200 rows are no classes (--label target takes them for some)";
    assert!(points.notes[0].ends_with(said), "{:?}", points.notes);
    let points = place.csv_with(&table, LabelSource::Named("target".into())).unwrap();
    assert!(points.labels.is_some());
    let points = place.csv(&table.replace("a,b", "a,class")).unwrap();
    assert_eq!((points.columns, points.labels), (1, None), "{:?}", points.notes);
    let mut npz = NpzWriter::new(File::create(place.path("a.npz")).unwrap());
    npz.add_array("x", &Array2::<f32>::zeros((200, 2))).unwrap();
    npz.add_array("target", &(0..200i64).collect::<Array1<i64>>()).unwrap();
    npz.finish().unwrap();
    let points = place.load("a.npz").unwrap();
    assert_eq!(points.labels, None);
    assert!(points.notes.iter().any(|note| note.starts_with("array target is left out: 200")));
}

#[test]
fn other_tables_than_the_own_need_no_labels_names_or_order() {
    let place = Place::new();
    let open = |name: &str, spec: &DataSpec| {
        let spec = DataSpec { path: Some(place.path(name)), ..spec.clone() };
        data::open(&spec, &DataDirs::default(), &mut |_| ()).map(|splits| splits.train)
    };
    let write = |name: &str, table: &str| std::fs::write(place.path(name), table).unwrap();
    write("own.csv", &text("a,b,odd", 30, |row| format!("{row}.5,{},{}", row * row % 7, row % 2)));
    let spec = DataSpec { label: Some("odd".into()), ..DataSpec::default() };
    let own = open("own.csv", &spec).unwrap();
    assert_eq!(own.classes(), ["0", "1"]);
    let columns = own.inventory().unwrap().columns.clone();
    let spec = DataSpec { columns, array: Some("mine".into()), impute: Some(Impute::Mean), ..spec };
    let other = DataSpec { is_foreign: true, ..spec.clone() };
    let notes = |set: &data::Dataset| set.inventory().unwrap().notes.join("; ");

    write("new.csv", &text("c,b,a", 30, |row| format!("0.25,{},{row}.5", row * row % 7)));
    assert!(open("new.csv", &DataSpec { array: None, ..spec.clone() }).is_err());
    let new = open("new.csv", &other).unwrap();
    assert!(new.classes().is_empty());
    assert!(notes(&new).contains("left out, not among the run's columns: c"), "{}", notes(&new));
    let line = |row: usize| format!("{},{row}.5,{}", ["", "3"][row % 2], ["ant", "bee"][row % 2]);
    write("usual.csv", &text("a,b,species", 30, line));
    let usual = open("usual.csv", &other).unwrap();
    assert_eq!(usual.classes(), ["ant", "bee"]);
    assert!(notes(&usual).contains("15 missing values are filled"), "{}", notes(&usual));

    // Without names the places say what the columns are.
    let values = Array2::from_shape_fn((30, 2), |(row, column)| (row * (column + 1)) as f64 + 0.5);
    values.write_npy(File::create(place.path("new.npy")).unwrap()).unwrap();
    let new = open("new.npy", &other).unwrap();
    assert!(notes(&new).contains("columns 1, 2 are taken by their places for a, b"), "{}", notes(&new));
    let mut npz = NpzWriter::new(File::create(place.path("new.npz")).unwrap());
    npz.add_array("x", &values).unwrap();
    npz.finish().unwrap();
    assert!(open("new.npz", &spec).is_err());
    assert!(open("new.npz", &other).is_ok());
    let values = Array2::from_shape_fn((30, 3), |(row, column)| (row * (column + 1)) as f64 + 0.5);
    values.write_npy(File::create(place.path("wide.npy")).unwrap()).unwrap();
    let text = open("wide.npy", &other).unwrap_err().to_string();
    let said = "has no column a, which the run was trained on: its 2 columns were a, b, and here are 3 columns: 1, 2, 3";
    assert!(text.ends_with(said), "{text}");
}

#[test]
fn separators_marks_and_packing_are_found() {
    let place = Place::new();
    let wanted = vec![1.5, -2.0, 0.25, 3.0, 4.0, 5.5];
    for (name, text) in [
        ("t.csv", "a,b,c\n1.5,-2,0.25\n3,4,5.5\n"),
        ("t.csv", "\u{feff}a;b;c\n1,5;-2;0,25\n3;4;5,5\n"),
        ("t.tsv", "a\tb\tc\r\n1.5\t-2\t0.25\r\n3\t4\t5.5\r\n"),
        ("t.TXT", "1.5 -2 0.25\n3 4 5.5\n"),
        ("t.txt", "# a b c\n1.5 -2 0.25\n3 4 5.5\n"),
        ("t.txt", "# made today\n# a,b,c\n1.5 -2 0.25\n3 4 5.5\n"),
        ("t.csv", "# made today, by us\n#\na,b,c\n1.5,-2,0.25\n3,4,5.5\n"),
        ("t.txt", "    1.5000    -2.0000     0.2500\n    3.0000     4.0000     5.5000\n"),
        ("t.txt", "\"a\" \"b\" \"c\"\n\"first one\" 1.5 -2 0.25\n\"second\" 3 4 5.5\n"),
        ("t.txt", "a b c\n1 1.5 -2 0.25\n2 3 4 5.5\n"),
        ("t.csv", "a,b,c\n\"1,5\",-2,\"0,25\"\n3,4,\"5,5\"\n"),
        ("t.csv", "\"1,5\";\"-2\";\"0,25\"\n\"3\";\"4\";\"5,5\"\n"),
        ("t.data", "1.5,-2,0.25,Iris-setosa\n3,4,5.5,Iris-virginica\n\n"),
    ] {
        std::fs::write(place.path(name), text).unwrap();
        assert_eq!(place.load(name).unwrap().values, wanted, "{text}");
    }
    let points = place.csv("# one\n# two\n# u v\n1.5 2\n3 4\n").unwrap();
    assert_eq!(points.notes, ["2 lines of comment above the table are skipped"]);
    let text = place.message(place.csv("# one\na,b\n1,2\n3,x\n4,5\n"));
    assert_eq!(text, "table.csv: line 4: column b is \"x\": must be a finite number");
    let points = place.csv("a,flag,label\n1.5,True,True\n3,False,?\n4.5,true,False\n").unwrap();
    assert_eq!(points.values, [1.5, 1.0, 3.0, 0.0, 4.5, 1.0]);
    assert_eq!(owners(&points).0, ["False", "True", UNKNOWN_CLASS]);
    let mut packed = flate2::write::GzEncoder::new(
        File::create(place.path("t.csv.gz")).unwrap(),
        flate2::Compression::fast(),
    );
    packed.write_all(b"a,b\n1,2\n").unwrap();
    packed.finish().unwrap();
    let points = place.load("t.csv.gz").unwrap();
    assert_eq!((points.name.as_str(), points.values), ("t", vec![1.0, 2.0]));
}

#[test]
fn missing_values_are_located() {
    let place = Place::new();
    std::fs::write(place.path("t.csv"), "a,b\n1,2\n3,\nNA,5\n").unwrap();
    let table = read_table(&place.path("t.csv"), &TableOptions::default()).unwrap();
    assert_eq!((table.columns.as_slice(), table.rows()), (&["a".to_owned(), "b".to_owned()][..], 3));
    assert!(table.values[3].is_nan() && table.values[4].is_nan() && table.values[5] == 5.0);
    let text = place.message(place.load("t.csv"));
    assert_eq!(text, "t.csv: line 3: column b is \"\": must be a finite number");
    array![[1.0f32, 2.0], [3.0, f32::NAN]].write_npy(File::create(place.path("a.npy")).unwrap()).unwrap();
    let text = place.message(place.load("a.npy"));
    assert_eq!(text, "a.npy: row 2, counted from 1: column 2 is \"nan\": must be a finite number");
}

#[test]
fn what_is_no_table_says_where_and_why() {
    let place = Place::new();
    let rows = |first: &str| text(first, 20, |row| format!("{row}.5,{row},-{row}.25"));
    for (text, expected) in [
        ("".to_owned(), "line 1: holds no rows of numbers"),
        ("a,b\n".to_owned(), "line 1: holds no rows of numbers"),
        ("label\n1\n".to_owned(), "line 1: no column holds numbers of a point"),
        ("a,b\n1,2\n3\n".to_owned(), "line 3: 1 cells where the first line has 2"),
        ("a;b\n1;2\n3\n".to_owned(), "line 3: 1 cells where the first line has 2 (with semicolons between)"),
        ("a,b\n1,2\n3,x\n4,5\n".to_owned(), "line 3: column b is \"x\": must be a finite number"),
        ("1,2\n3,nan\n".to_owned(), "line 2: column 2 is \"nan\": must be a finite number"),
        (rows("NA,1.5,2"), "line 1: column 1 is \"NA\": must be a finite number"),
        (
            rows("1.5,x,2"),
            "line 1: column 2 is \"x\": must be a finite number (or, if this line names the columns, all cells must be \
             names)",
        ),
    ] {
        assert_eq!(place.message(place.csv(&text)), format!("table.csv: {expected}"));
    }
    std::fs::write(place.path("table.xls"), "1,2").unwrap();
    let text = place.message(place.load("table.xls"));
    assert_eq!(text, "table.xls: is no table: must be a .csv, .tsv, .npy, .npz, .h5 or .parquet file");
    let file = place.path("a.npy");
    array![1.0f32, 2.0].write_npy(File::create(&file).unwrap()).unwrap();
    let text = place.message(place.load("a.npy"));
    assert_eq!(text, "a.npy: shape [2]: must be [rows, columns], both at least 1");
    array![[1.0f64, 1e300]].write_npy(File::create(&file).unwrap()).unwrap();
    assert_eq!(
        place.message(place.load("a.npy")),
        "a.npy: row 1, counted from 1: column 2 is 1e300: more than 32 bits hold"
    );
}

#[cfg(not(feature = "parquet"))]
#[test]
fn parquet_without_its_feature_is_named() {
    let place = Place::new();
    std::fs::write(place.path("t.parquet"), "PAR1").unwrap();
    let text = place.message(place.load("t.parquet"));
    assert!(
        text.contains("this build does not read Parquet files: build it with the cargo feature `parquet`")
    );
}

#[cfg(feature = "parquet")]
mod parquet_files {
    use std::sync::Arc;

    use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    /// Three rows of x, a list of two numbers, a class and a name; one x is missing where `hole`.
    fn bytes(hole: bool) -> Vec<u8> {
        let schema = "message schema { optional double x; optional group codes (LIST) { repeated group list { \
                      optional double element; } } optional int64 label; optional byte_array file (UTF8); }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut bytes = Vec::new();
        let properties = Arc::new(WriterProperties::default());
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let (x, levels): (&[f64], _) =
            if hole { (&[1.5, 3.5], [1, 0, 1]) } else { (&[1.5, 2.5, 3.5], [1, 1, 1]) };
        column.typed::<DoubleType>().write_batch(x, Some(&levels), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let codes = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0];
        column.typed::<DoubleType>().write_batch(&codes, Some(&[3; 6]), Some(&[0, 1, 0, 1, 0, 1])).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&[10, -1, 10], Some(&[1; 3]), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let names = ["a.png", "b.png", "c.png"].map(ByteArray::from);
        column.typed::<ByteArrayType>().write_batch(&names, Some(&[1; 3]), None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        bytes
    }

    #[test]
    fn columns_lists_classes_and_names_are_read() {
        let place = Place::new();
        std::fs::write(place.path("t.parquet"), bytes(false)).unwrap();
        let points = place.load("t.parquet").unwrap();
        assert_eq!(points.values, [1.5, 0.5, 1.0, 2.5, 1.5, 2.0, 3.5, 2.5, 3.0]);
        assert_eq!(owners(&points), (vec!["-1".into(), "10".into()], vec![Some(10), Some(-1), Some(10)]));
        assert_eq!(points.files.unwrap(), ["a.png", "b.png", "c.png"]);
        std::fs::write(place.path("t.parquet"), bytes(true)).unwrap();
        let text = place.message(place.load("t.parquet"));
        assert_eq!(text, "t.parquet: row 2, counted from 1: column x is \"null\": must be a finite number");
    }

    #[test]
    fn damaged_files_are_refused_without_a_panic() {
        let (place, good) = (Place::new(), bytes(false));
        for at in (0..good.len()).step_by(5) {
            for value in [0, 0xff, good[at] ^ 1] {
                let mut bad = good.clone();
                bad[at] = value;
                std::fs::write(place.path("t.parquet"), &bad).unwrap();
                let _ = place.load("t.parquet");
            }
            std::fs::write(place.path("t.parquet"), &good[..at]).unwrap();
            assert!(place.load("t.parquet").is_err(), "cut at {at}");
        }
    }
}
