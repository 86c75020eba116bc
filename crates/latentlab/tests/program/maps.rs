//! `map`: a run's codes and anyone's points in two or three dimensions.

use std::fs;
use std::path::Path;

use ndarray::{Array1, Array2};
use ndarray_npy::NpzReader;

use crate::harness::{Place, png_size, trained};

/// Three clouds in five dimensions, far apart, as CSV with a label.
fn write_clouds(place: &Place, name: &str) {
    let mut text = "a,b,c,d,e,label\n".to_owned();
    for i in 0..90 {
        let class = i % 3;
        let cell = |column: usize| {
            let spread = ((i * 31 + column * 17) % 23) as f64 / 23.0;
            spread + if column == class { 8.0 } else { 0.0 }
        };
        let cells: Vec<String> = (0..5).map(|column| format!("{:.4}", cell(column))).collect();
        text += &format!("{},{}\n", cells.join(","), ["ash", "birch", "cedar"][class]);
    }
    fs::write(place.path(name), text).unwrap();
}

fn read(file: &Path) -> (Array2<f32>, Array1<i64>) {
    let mut npz = NpzReader::new(fs::File::open(file).unwrap()).unwrap();
    (npz.by_name("map").unwrap(), npz.by_name("label").unwrap())
}

#[test]
fn a_run_is_mapped_into_its_figures() {
    let place = trained();
    for (method, metric, figure) in
        [("tsne", "tsne_kl", "map-tsne"), ("pca", "explained_variance", "map-pca")]
    {
        let said = place.json(&["map", "vae", "--method", method, "--perplexity", "5"]);
        assert_eq!((&said["points"], &said["dims"]), (&30.into(), &2.into()));
        assert!(said[metric].as_f64().unwrap() > 0.0, "{said}");
        let (width, height) = png_size(&place.path(&format!("vae/figures/{figure}.png")));
        assert!(width > 800 && height > 400, "{width} × {height}");
    }
    png_size(&place.path("vae/figures/explained-variance.png"));
    // A table of the points does not go without the picture.
    fs::remove_file(place.path("vae/figures/map-pca.png")).unwrap();
    let said = place.json(&["map", "vae", "--method", "pca", "--out", "points.csv"]);
    assert!(said["files"].as_array().unwrap().iter().any(|file| file == "points.csv"), "{said}");
    png_size(&place.path("vae/figures/map-pca.png"));
}

#[test]
fn a_table_is_mapped_to_what_the_extension_says() {
    let place = Place::new();
    write_clouds(&place, "clouds.csv");
    let tsne = ["map", "clouds.csv", "--perplexity", "10", "--iterations", "300"];
    let said = place.json(&[&tsne[..], &["--out", "map.npz"]].concat());
    assert_eq!((&said["method"], &said["preset"]), (&"tsne".into(), &"sklearn".into()));
    assert_eq!(said["neighbours"], 10);
    for name in ["trustworthiness", "continuity", "knn_preservation"] {
        let value = said[name].as_f64().unwrap();
        assert!(value > 0.5 && value <= 1.0, "{name} {value}");
    }
    let (map, label) = read(&place.path("map.npz"));
    assert_eq!((map.shape(), label.len()), (&[90, 2][..], 90));
    // Clouds stay together: a point's nearest neighbour is of its class.
    for i in 0..90 {
        let distance = |j: &usize| (&map.row(i) - &map.row(*j)).mapv(|x| x * x).sum();
        let others = (0..90).filter(|j| *j != i);
        let nearest = others.min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap();
        assert_eq!(label[i], label[nearest], "point {i}");
    }
    place.ok(&[&tsne[..], &["--preset", "opentsne", "--dims", "3", "--out", "map.csv"]].concat());
    let table = fs::read_to_string(place.path("map.csv")).unwrap();
    assert!(table.starts_with("index,map_1,map_2,map_3,label,class\n"), "{table}");
    assert_eq!((table.lines().count(), table.lines().nth(2).unwrap().ends_with(",1,birch")), (91, true));
    place.ok(&[&tsne[..], &["--out", "map.svg"]].concat());
    let svg = fs::read_to_string(place.path("map.svg")).unwrap();
    for text in ["t-SNE, perplexity 10", "ash", "birch", "cedar"] {
        assert!(svg.contains(text), "{text}");
    }
    // Maps are tables, too.
    // Two dimensions are turned to their principal components: every neighbour stays one.
    let said = place.json(&["map", "map.npz", "--method", "pca", "--neighbours", "7", "--out", "again.png"]);
    for name in ["trustworthiness", "continuity", "knn_preservation"] {
        assert!(said[name].as_f64().unwrap() > 0.99, "{name} {said}");
    }
    let said = place.json(&["map", "map.npz", "--method", "pca", "--neighbours", "0", "--out", "plain.csv"]);
    assert!(said.get("trustworthiness").is_none() && said.get("neighbours").is_none(), "{said}");
    png_size(&place.path("again.png"));
}

#[test]
fn a_map_is_the_same_on_any_number_of_threads() {
    let place = Place::new();
    write_clouds(&place, "clouds.csv");
    let map = |threads: &str| {
        let file = format!("{threads}.npz");
        let arguments = ["map", "clouds.csv", "--perplexity", "9", "--threads", threads, "--out", &file];
        place.ok(&arguments);
        read(&place.path(&file)).0
    };
    assert!(map("1") == map("3"));
}

#[test]
fn what_cannot_be_mapped_is_said_before_anything_is_written() {
    let place = Place::new();
    write_clouds(&place, "clouds.csv");
    fs::write(place.path("taken.png"), "").unwrap();
    fs::write(place.path("hole.csv"), "1,2\n3,nan\n").unwrap();
    for (arguments, part) in [
        (
            &["map", "nowhere", "--out", "m.png"][..],
            "error: nowhere: there is neither a run nor a table of this name",
        ),
        (&["map", "clouds.csv"], "error: --out: is needed to map clouds.csv, which is no run"),
        (
            &["map", "clouds.csv", "--out", "m.pdf"],
            "error: --out m.pdf: must end in .npz, .csv, .png or .svg",
        ),
        (&["map", "clouds.csv", "--out", "taken.png"], "error: taken.png: is there already"),
        (
            &["map", "clouds.csv", "--out", "m.png", "--perplexity", "89"],
            "error: perplexity 89 does not fit 90 rows",
        ),
        (
            &["map", "clouds.csv", "--out", "m.png", "--method", "pca", "--neighbours", "45"],
            "error: --neighbours 45: 45 neighbours among 90 rows: must be at least 1 and fewer than half",
        ),
        (&["map", "clouds.csv", "--out", "m.png", "--preset", "umap"], "must be one of sklearn, opentsne"),
        (&["map", "clouds.csv", "--out", "m.png", "--dims", "4"], "4 is not in 2..=3"),
        (&["map", "hole.csv", "--out", "m.png"], "error: hole.csv: line 2: column 2 is \"nan\""),
    ] {
        let ran = place.run(arguments);
        assert!(ran.stderr.contains(part), "{arguments:?}: {}", ran.stderr);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}");
    }
    assert!(!place.path("m.png").exists());
}
