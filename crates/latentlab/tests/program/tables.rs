//! Anyone's tables: which columns are the point, which the classes, and what is said of the rest.

use std::fs::{self, File};

use ndarray::{Array1, Array2};
use ndarray_npy::{NpzWriter, WriteNpyExt};

use crate::harness::{Place, column, read_table};

const ROWS: usize = 120;
const COLUMNS: usize = 5;

/// Three clouds, and the cloud of each row.
fn clouds() -> (Vec<[f64; COLUMNS]>, Vec<usize>) {
    let mut state = 7u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1u32 << 31) - 0.5
    };
    let centres: Vec<[f64; COLUMNS]> =
        (0..3).map(|_| std::array::from_fn(|column| 12.0 * random() * (1.0 + column as f64))).collect();
    let row = |i: usize| (std::array::from_fn(|column| centres[i % 3][column] + 2.0 * random()), i % 3);
    (0..ROWS).map(row).unzip()
}

/// Eigenvalues of the covariance, the largest first, and their vectors: by Jacobi's rotations.
fn components(rows: &[[f64; COLUMNS]]) -> Vec<(f64, [f64; COLUMNS])> {
    let n = rows.len() as f64;
    let mean: [f64; COLUMNS] = std::array::from_fn(|c| rows.iter().map(|row| row[c]).sum::<f64>() / n);
    let mut a: [[f64; COLUMNS]; COLUMNS] = std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            rows.iter().map(|row| (row[i] - mean[i]) * (row[j] - mean[j])).sum::<f64>() / (n - 1.0)
        })
    });
    let mut v: [[f64; COLUMNS]; COLUMNS] =
        std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))));
    for _ in 0..60 {
        for p in 0..COLUMNS {
            for q in p + 1..COLUMNS {
                let angle = 0.5 * (2.0 * a[p][q]).atan2(a[q][q] - a[p][p]);
                let (sin, cos) = angle.sin_cos();
                for row in a.iter_mut().chain(&mut v) {
                    (row[p], row[q]) = (cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]);
                }
                let (first, second) = (a[p], a[q]);
                a[p] = std::array::from_fn(|k| cos * first[k] - sin * second[k]);
                a[q] = std::array::from_fn(|k| sin * first[k] + cos * second[k]);
            }
        }
    }
    let mut found: Vec<(f64, [f64; COLUMNS])> =
        (0..COLUMNS).map(|i| (a[i][i], std::array::from_fn(|k| v[k][i]))).collect();
    found.sort_by(|x, y| y.0.total_cmp(&x.0));
    found
}

/// Maps `file` by principal components and compares with those of the true columns.
fn check(place: &Place, file: &str, more: &[&str], labels: Option<&[&str]>) -> String {
    let (rows, classes) = clouds();
    let ran = place.ok(&[&["map", file, "--method", "pca", "--out", "m.csv", "--force"], more].concat());
    let table = read_table(place, "m.csv");
    assert_eq!(table.1.len(), ROWS, "{file}");
    let truth = components(&rows);
    let n = rows.len() as f64;
    for (axis, (value, vector)) in truth.iter().take(2).enumerate() {
        let found: Vec<f64> =
            column(&table, &format!("map_{}", axis + 1)).iter().map(|cell| cell.parse().unwrap()).collect();
        let variance = found.iter().map(|x| x * x).sum::<f64>() / (n - 1.0);
        assert!((variance / value - 1.0).abs() < 1e-4, "{file}: variance {variance} instead of {value}");
        let mean: [f64; COLUMNS] = std::array::from_fn(|c| rows.iter().map(|row| row[c]).sum::<f64>() / n);
        let score = |row: &[f64; COLUMNS]| (0..COLUMNS).map(|c| (row[c] - mean[c]) * vector[c]).sum::<f64>();
        let sign = (score(&rows[0]) * found[0]).signum();
        for (row, found) in rows.iter().zip(&found) {
            assert!(
                (score(row) * sign - found).abs() < 1e-3,
                "{file}: {} instead of {}",
                found,
                score(row) * sign
            );
        }
    }
    match labels {
        Some(names) => {
            let wanted: Vec<&str> = classes.iter().map(|class| names[*class]).collect();
            assert_eq!(column(&table, "class"), wanted, "{file}");
        }
        None => assert!(!table.0.contains(&"class".to_owned()), "{file}"),
    }
    ran.stderr
}

/// Writes a table: `cell` makes the cells of a row around its values, written with `point` and `separator`.
fn write(
    place: &Place,
    name: &str,
    header: &str,
    separator: &str,
    cells: impl Fn(usize, &[String]) -> Vec<String>,
) {
    let (rows, _) = clouds();
    let mut text = if header.is_empty() { String::new() } else { format!("{header}\n") };
    for (i, row) in rows.iter().enumerate() {
        let values: Vec<String> = row.iter().map(|value| format!("{value:.6}")).collect();
        text += &(cells(i, &values).join(separator) + "\n");
    }
    fs::write(place.path(name), text).unwrap();
}

/// The values with `first` before and `last` behind them.
fn around(first: Option<String>, values: &[String], last: Option<String>) -> Vec<String> {
    first.into_iter().chain(values.iter().cloned()).chain(last).collect()
}

#[test]
fn what_counts_the_rows_is_no_coordinate() {
    let place = Place::new();
    write(&place, "pandas.csv", ",e0,e1,e2,e3,e4", ",", |i, v| around(Some(i.to_string()), v, None));
    let said = check(&place, "pandas.csv", &[], None);
    assert!(said.contains("pandas.csv: column 1 (unnamed, running integers) is left out"), "{said}");
    write(&place, "id.tsv", "id\te0\te1\te2\te3\te4", "\t", |i, v| {
        around(Some((i * 7 + 3).to_string()), v, None)
    });
    let said = check(&place, "id.tsv", &[], None);
    assert!(said.contains("id.tsv: column id (numbers of rows) is left out"), "{said}");
    // Names of columns that are numbers, as pandas writes a plain array.
    write(&place, "array.csv", ",0,1,2,3,4", ",", |i, v| around(Some(i.to_string()), v, None));
    check(&place, "array.csv", &[], None);
    // Text is left out and said; names of files go along.
    write(&place, "named.csv", "file,e0,e1,e2,e3,e4,note", ",", |i, v| {
        around(Some(format!("photo.{i}.png")), v, Some(format!("taken on day {i}")))
    });
    let said = check(&place, "named.csv", &[], None);
    assert!(said.contains("column note (text: \"taken on day 0\", …) is left out"), "{said}");
    let table = read_table(&place, "m.csv");
    assert_eq!(
        (&column(&table, "file")[17], &column(&table, "index")[17]),
        (&"photo.17.png".into(), &"17".into())
    );
}

#[test]
fn classes_are_recognised_or_named() {
    let place = Place::new();
    let names = ["4", "10", "-1"];
    for name in ["target", "y", "labels", "class", "species"] {
        let file = format!("{name}.csv");
        write(&place, &file, &format!("e0,e1,e2,e3,e4,{name}"), ",", |i, v| {
            around(None, v, Some(names[i % 3].into()))
        });
        let said = check(&place, &file, &[], Some(&names));
        assert!(said.contains(&format!("column {name} holds the classes: -1, 4, 10")), "{said}");
        // Labels keep their numbers.
        assert_eq!(column(&read_table(&place, "m.csv"), "label")[..3], names.map(str::to_owned));
    }
    let colours = ["red", "green", "blue"];
    write(&place, "hue.csv", "e0,e1,e2,e3,e4,hue", ",", |i, v| around(None, v, Some(colours[i % 3].into())));
    let said = check(&place, "hue.csv", &[], None);
    assert!(said.contains("--label hue takes it for the classes"), "{said}");
    check(&place, "hue.csv", &["--label", "hue"], Some(&colours));
    check(&place, "hue.csv", &["--label", "6"], Some(&colours));
    check(&place, "y.csv", &["--label", "none"], None);
    let ran = place.run(&["map", "hue.csv", "--label", "colour", "--out", "m.csv", "--force"]);
    assert!(ran.stderr.starts_with("error: hue.csv: has no column \"colour\" of labels"), "{}", ran.stderr);
    assert_eq!(ran.code, Some(2));
    let found = place.json(&["clusters", "target.csv", "--out", "which.csv"]);
    assert!(found["silhouette"].as_f64().unwrap() > 0.5, "{found}");
    let table = read_table(&place, "which.csv");
    let clusters = column(&table, "cluster");
    assert_eq!(column(&table, "label")[..2], ["4", "10"]);
    // Clouds far apart are clusters of their own.
    assert!((0..ROWS).all(|i| (0..ROWS).all(|j| (clusters[i] == clusters[j]) == (i % 3 == j % 3))));
    assert!(clusters.iter().all(|cluster| ["1", "2", "3"].contains(&cluster.as_str())));
}

#[test]
fn rows_of_unknown_class_are_mapped_and_not_measured() {
    let place = Place::new();
    let label = |i: usize| if i % 3 == 2 { String::new() } else { ["4", "10"][i % 3].to_owned() };
    write(&place, "blank.csv", "e0,e1,e2,e3,e4,label", ",", |i, v| around(None, v, Some(label(i))));
    check(&place, "blank.csv", &[], Some(&["4", "10", "(unknown)"]));
    assert_eq!(column(&read_table(&place, "m.csv"), "label")[..3], ["4", "10", ""]);
    let found = place.json(&["clusters", "blank.csv"]);
    let classes: Vec<&str> =
        found["classes"].as_array().unwrap().iter().map(|class| class["class"].as_str().unwrap()).collect();
    assert_eq!((classes, &found["points"]), (vec!["4", "10"], &80.into()));
    let text = place.ok(&["clusters", "blank.csv"]).stdout;
    assert!(text.contains("40 points of unknown class left out"), "{text}");
    // Grey among the colours.
    place.ok(&["map", "blank.csv", "--method", "pca", "--out", "m.svg"]);
    let svg = fs::read_to_string(place.path("m.svg")).unwrap();
    assert!(svg.contains("(unknown)") && svg.contains("#a0a0a0"));
}

#[test]
fn a_first_line_is_a_header_only_if_the_later_ones_say_so() {
    let place = Place::new();
    write(&place, "bare.csv", "", ",", |_, v| v.to_vec());
    check(&place, "bare.csv", &[], None);
    write(&place, "hole.csv", "", ",", |i, v| {
        let mut cells = v.to_vec();
        if i == 0 {
            cells[0] = "NA".into();
        }
        cells
    });
    let ran = place.run(&["map", "hole.csv", "--method", "pca", "--out", "hole.png"]);
    let expected = "error: hole.csv: line 1: column 1 is \"NA\": must be a finite number\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), expected));
}

#[test]
fn separators_are_found() {
    let place = Place::new();
    let label = |i: usize| Some(["a", "b", "c"][i % 3].to_owned());
    write(&place, "semicolons.csv", "e0;e1;e2;e3;e4;label", ";", |i, v| around(None, v, label(i)));
    check(&place, "semicolons.csv", &[], Some(&["a", "b", "c"]));
    write(&place, "commas.csv", "e0;e1;e2;e3;e4;label", ";", |i, v| {
        let v: Vec<String> = v.iter().map(|value| value.replace('.', ",")).collect();
        around(None, &v, label(i))
    });
    let said = check(&place, "commas.csv", &[], Some(&["a", "b", "c"]));
    assert!(said.contains("commas.csv: numbers are taken to have decimal commas"), "{said}");
}

#[test]
fn arrays_beside_the_points_hold_their_classes() {
    let place = Place::new();
    let (rows, classes) = clouds();
    let flat: Vec<f64> = rows.iter().flatten().copied().collect();
    let points = Array2::from_shape_vec((ROWS, COLUMNS), flat).unwrap();
    let numbers = [-1i64, 10, 4];
    let labels: Array1<i64> = classes.iter().map(|class| numbers[*class]).collect();
    for (array, name) in [("x", "labels"), ("x", "target"), ("embeddings", "y"), ("mine", "label")] {
        let mut npz = NpzWriter::new(File::create(place.path("t.npz")).unwrap());
        npz.add_array(array, &points).unwrap();
        npz.add_array(name, &labels).unwrap();
        npz.finish().unwrap();
        check(&place, "t.npz", &[], Some(&["-1", "10", "4"]));
        check(&place, "t.npz", &["--array", array, "--label", name], Some(&["-1", "10", "4"]));
        check(&place, "t.npz", &["--label", "none"], None);
        assert!(place.json(&["clusters", "t.npz"])["silhouette"].as_f64().unwrap() > 0.5);
    }
    let ran = place.run(&["map", "t.npz", "--array", "x", "--out", "m.png"]);
    assert!(
        ran.stderr.contains("t.npz: has no array x; it holds label [120], mine [120, 5]"),
        "{}",
        ran.stderr
    );
    // What `map` writes is a table like any other, classes and all.
    place.ok(&["map", "t.npz", "--method", "pca", "--out", "m.npz"]);
    place.ok(&["map", "m.npz", "--method", "pca", "--out", "again.csv"]);
    assert_eq!(column(&read_table(&place, "again.csv"), "class")[..2], ["-1", "10"]);
}

#[test]
fn a_report_of_a_table_speaks_of_rows() {
    let place = Place::new();
    let (rows, _) = clouds();
    let line = |row: &[f64; COLUMNS]| row.map(|value| value.to_string()).join(",");
    let lines: Vec<String> = rows.iter().map(line).collect();
    fs::write(place.path("clouds.csv"), format!("a,b,c,d,e\n{}\n", lines.join("\n"))).unwrap();
    place.ok(&["train", "--data", "clouds.csv", "--epochs", "1", "--out", "run"]);
    let page = fs::read_to_string(place.path("run/report.html")).unwrap();
    assert!(
        page.contains("(5 columns)")
            && page.contains("A principal component analysis of as many numbers does")
            && page.contains("Strange rows")
    );
    for part in ["1×5×1", "point at it to see", "per pixel in [0, 1]", "test image", "Pixel variance"] {
        assert!(!page.contains(part), "{part}");
    }
    let text = place.ok(&["evaluate", "run"]).stdout;
    assert!(text.contains("note: a principal component analysis of as many numbers does"), "{text}");
}

#[test]
fn a_run_takes_other_rows_without_the_labels_or_names_of_its_own() {
    let place = Place::new();
    let colours = ["red", "green", "blue"];
    write(&place, "hue.csv", "e0,e1,e2,e3,e4,hue", ",", |i, v| around(None, v, Some(colours[i % 3].into())));
    let train = ["train", "--data", "hue.csv", "--label", "hue", "--epochs", "1", "--out", "run"];
    let ran = place.ok(&[&train[..], &["--no-report"]].concat());
    assert!(ran.stderr.contains("97 rows to train"), "{}", ran.stderr);
    write(&place, "new.csv", "e0,e1,e2,e3,e4,extra", ",", |i, v| around(None, v, Some(format!("{i}.25"))));
    let ran = place.ok(&["anomalies", "run", "--data", "new.csv"]);
    assert!(ran.stdout.contains("120 rows in new"), "{}", ran.stdout);
    assert!(ran.stderr.contains("left out, not among the run's columns: extra"), "{}", ran.stderr);
    let flat: Vec<f64> = clouds().0.into_iter().flatten().collect();
    let points = Array2::from_shape_vec((ROWS, COLUMNS), flat).unwrap();
    points.write_npy(File::create(place.path("new.npy")).unwrap()).unwrap();
    let ran = place.ok(&["embed", "run", "--data", "new.npy", "--out", "codes.csv"]);
    assert!(ran.stdout.contains("120 rows in"), "{}", ran.stdout);
    assert!(ran.stderr.contains("are taken by their places for e0, e1, e2, e3, e4"), "{}", ran.stderr);
}
