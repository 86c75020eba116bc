//! Every verb that reads a run, on one small VAE: the files it leaves and what it says about them.

use std::fs;
use std::path::Path;

use latentlab::data::{self, DataSpec};
use ndarray_npy::NpzReader;

use crate::harness::{Place, png_size, trained, write_images};

/// The shape of an array in an `.npz` file.
fn npz_shape<T: ndarray_npy::ReadableElement>(file: &Path, array: &str) -> Vec<usize> {
    let mut npz = NpzReader::new(fs::File::open(file).unwrap()).unwrap();
    let array: ndarray::ArrayD<T> = npz.by_name(array).unwrap();
    array.shape().to_vec()
}

/// Where a test may write: a folder below the shared place.
fn out(name: &str) -> String {
    fs::create_dir_all(trained().path("out")).unwrap();
    format!("out/{name}")
}

#[test]
fn evaluate_averages_over_the_split_and_keeps_the_result() {
    let place = trained();
    let test = place.json(&["evaluate", "vae"]);
    let term = |name: &str| test[name].as_f64().unwrap();
    assert!((term("total") - term("reconstruction") - term("kl")).abs() < 1e-6);
    assert_eq!((&test["images"], &test["split"]), (&30.into(), &"test".into()));
    assert!(term("mse") > 0.0 && term("psnr") > 5.0 && term("ssim") < 1.0 && term("images_per_second") > 0.0);
    // The best checkpoint's validation is the one that training saw.
    let valid = place.json(&["evaluate", "vae", "--split", "valid"]);
    let events = fs::read_to_string(place.path("vae/events.jsonl")).unwrap();
    assert!(events.contains(&format!("\"total\":{}", valid["total"])), "{}\n{events}", valid["total"]);
    let metrics = fs::read_to_string(place.path("vae/metrics.json")).unwrap();
    assert!(metrics.contains("\"test\"") && metrics.contains("\"valid\"") && metrics.contains("ssim"));
    let text = place.ok(&["evaluate", "vae"]).stdout;
    assert!(text.contains("nats per image") && text.contains("images/s"), "{text}");
}

#[test]
fn embed_writes_arrays() {
    let (place, file) = (trained(), out("codes.npz"));
    let said = place.json(&["embed", "vae", "--split", "train", "--sample", "--out", &file]);
    assert_eq!(
        said["arrays"],
        serde_json::json!(["index", "mean", "log_var", "z", "label", "class", "classes", "factors"])
    );
    let file = place.path(&file);
    for array in ["mean", "log_var", "z"] {
        assert_eq!(npz_shape::<f32>(&file, array), [243, 2], "{array}");
    }
    assert_eq!(npz_shape::<i64>(&file, "label"), [243]);
    assert_eq!(npz_shape::<f32>(&file, "factors"), [243, data::FACTOR_NAMES.len()]);
}

#[test]
fn embed_writes_tables() {
    let (place, file) = (trained(), out("codes.csv"));
    place.ok(&["embed", "vae", "--out", &file]);
    let table = fs::read_to_string(place.path(&file)).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("index,mean_1,mean_2,log_var_1,log_var_2,label,class,"), "{}", lines[0]);
    assert_eq!(lines.len(), 31);
    let columns = lines[0].split(',').count();
    assert!(lines.iter().all(|line| line.split(',').count() == columns));

    let (images, file) = (place.path("out/strokes"), out("own.csv"));
    write_images(&images, 2);
    place.ok(&["embed", "vae", "--images", "out/strokes", "--out", &file]);
    let table = fs::read_to_string(place.path(&file)).unwrap();
    assert!(table.starts_with("index,file,mean_1,mean_2,log_var_1,log_var_2\n0,stroke-0.png,"), "{table}");
}

#[test]
fn generate_is_a_function_of_seed_and_place() {
    let place = trained();
    let (few, many, other) = (out("few.npz"), out("many.npz"), out("other.npz"));
    place.ok(&["generate", "vae", "-n", "3", "--out", &few]);
    place.ok(&["generate", "vae", "-n", "300", "--out", &many]);
    place.ok(&["generate", "vae", "-n", "3", "--seed", "9", "--out", &other]);
    let array = |file: &str| -> ndarray::Array4<f32> {
        NpzReader::new(fs::File::open(place.path(file)).unwrap()).unwrap().by_name("x").unwrap()
    };
    let (few, many, other) = (array(&few), array(&many), array(&other));
    assert_eq!(many.shape(), [300, 28, 28, 1]);
    assert!(few == many.slice(ndarray::s![..3, .., .., ..]) && few != other);
}

#[test]
fn samplers_draw_from_where_the_codes_lie() {
    let place = trained();
    let array = |file: &str| -> ndarray::Array4<f32> {
        NpzReader::new(fs::File::open(place.path(file)).unwrap()).unwrap().by_name("x").unwrap()
    };
    let mut sets = Vec::new();
    for (name, sampler) in [
        ("prior", &["--sampler", "prior"][..]),
        ("gaussian", &["--sampler", "gaussian"]),
        ("gmm", &["--sampler", "gmm", "--components", "3"]),
    ] {
        let (few, many) = (out(&format!("few-{name}.npz")), out(&format!("many-{name}.npz")));
        place.ok(&[&["generate", "vae", "-n", "3", "--out", &few], sampler].concat());
        place.ok(&[&["generate", "vae", "-n", "200", "--out", &many], sampler].concat());
        assert!(array(&few) == array(&many).slice(ndarray::s![..3, .., .., ..]), "{name}");
        sets.push(array(&many));
    }
    assert!(sets[0] != sets[1] && sets[1] != sets[2]);
    let said = place.json(&["generate", "vae", "-n", "2", "--sampler", "gmm", "--out", &out("two.npz")]);
    // Two dimensions near N(0, I), whose codes have a mean log density of −(1 + ln 2π).
    let found = said["log_likelihood"].as_f64().unwrap();
    assert!((found + 1.0 + std::f64::consts::TAU.ln()).abs() < 1.5, "{found}");
    assert_eq!(said["sampler"], "gmm");
}

#[test]
fn without_a_sampler_it_is_said_which_is_taken_and_why() {
    let place = trained();
    let array = |file: &str| -> ndarray::Array4<f32> {
        NpzReader::new(fs::File::open(place.path(file)).unwrap()).unwrap().by_name("x").unwrap()
    };
    let (chosen, asked, near) = (out("chosen.npz"), out("asked.npz"), out("near.npz"));
    let said = place.json(&["generate", "vae", "-n", "4", "--out", &chosen]);
    let reason = said["reason"].as_str().unwrap();
    assert!(
        reason.contains("mix with reconstructed test images to") || reason.contains("unjudged"),
        "{reason}"
    );
    let mut options = vec!["--sampler", said["sampler"].as_str().unwrap()];
    if let Some((_, components)) = reason.split_once("--components ") {
        options.extend(["--components", components.split(',').next().unwrap()]);
    }
    place.ok(&[&["generate", "vae", "-n", "4", "--out", &asked], &options[..]].concat());
    assert!(array(&chosen) == array(&asked), "{reason}");
    // Without deviations every image is that of a mean.
    let cold = ["--sampler", "prior", "--temperature", "1e-6"];
    place.ok(&[&["generate", "vae", "-n", "2", "--out", &near], &cold[..]].concat());
    let near = array(&near);
    let apart =
        (&near.slice(ndarray::s![0, .., .., ..]) - &near.slice(ndarray::s![1, .., .., ..])).mapv(f32::abs);
    assert!(apart.iter().all(|difference| *difference < 1e-4));
    let refused = place.run(&["generate", "vae", "--temperature", "0"]);
    assert!(refused.stderr.contains("must be a number above 0 and at most 10"), "{}", refused.stderr);
}

#[test]
fn what_was_generated_is_a_data_set() {
    let (place, file) = (trained(), out("set.npz"));
    place.ok(&["generate", "vae", "-n", "40", "--out", &file]);
    let spec = DataSpec { path: Some(place.path(&file)), ..DataSpec::default() };
    let splits = data::open(&spec, &data::DataDirs::default(), &mut |_| ()).unwrap();
    assert_eq!(splits.train.shape(), data::ImageShape::new(28, 28, 1));
    let said = place.json(&["data", &file]);
    assert_eq!(said["images"], 40);
}

#[test]
fn pictures_go_where_they_are_asked_to() {
    let place = trained();
    let (png, svg, folder) = (out("samples.png"), out("samples.svg"), out("samples"));
    place.ok(&["generate", "vae", "-n", "6", "--out", &png]);
    let size = png_size(&place.path(&png));
    assert!(size.0 > 4 * size.1 && size.1 > 100, "{size:?}"); // one row
    place.ok(&["generate", "vae", "-n", "6", "--out", &svg]);
    assert!(fs::read_to_string(place.path(&svg)).unwrap().starts_with("<svg"));
    place.ok(&["generate", "vae", "-n", "6", "--out", &folder]);
    assert_eq!(fs::read_dir(place.path(&folder)).unwrap().count(), 6);
    assert_eq!(png_size(&place.path(&folder).join("sample-00005.png")), (28, 28));
    // Nothing is overwritten unasked.
    let again = place.run(&["generate", "vae", "-n", "6", "--out", &png]);
    assert_eq!(again.code, Some(2));
    place.ok(&["generate", "vae", "-n", "12", "--out", &png, "--force"]);
    assert_ne!(png_size(&place.path(&png)), size);
}

#[test]
fn in_the_run_figures_are_replaced() {
    let place = Place::new();
    place.ok(&[&["train", "synthetic-digits-plane", "--out", "run"], &crate::harness::TINY[..]].concat());
    write_images(&place.path("strokes"), 4);
    for (verb, figure) in [
        (&["reconstruct", "run", "-n", "3"][..], "reconstructions"),
        (&["generate", "run", "-n", "3"], "samples"),
        (&["decode", "run", "--z", "-1,0"], "decoded"),
        (&["manifold", "run", "--steps", "3"], "manifold"),
        (&["denoise", "run", "strokes"], "denoised-images"),
    ] {
        for _ in 0..2 {
            let said = place.json(verb);
            let files = ["png", "svg"].map(|ending| format!("run/figures/{figure}.{ending}"));
            assert_eq!(said["files"], serde_json::json!(files));
            png_size(&place.path(&files[0]));
        }
    }
}

#[test]
fn reconstruct_takes_splits_and_files() {
    let place = trained();
    let (png, folder) = (out("reconstructed.png"), out("reconstructed"));
    place.ok(&["reconstruct", "vae", "--split", "train", "-n", "4", "--out", &png]);
    let (width, height) = png_size(&place.path(&png));
    assert!(width > height && height > 250, "{width} × {height}"); // four columns of two
    // Many images stand in blocks of ten columns, not in one endless row.
    place.ok(&["reconstruct", "vae", "--split", "train", "-n", "25", "--out", &png, "--force"]);
    let (width, height) = png_size(&place.path(&png));
    assert!(width < 2000 && height > 700, "{width} × {height}");
    let ran = place.ok(&["reconstruct", "vae", "--split", "train", "-n", "240", "--out", &png, "--force"]);
    assert!(ran.stderr.contains("drawing the first 200 of 240 images"), "{}", ran.stderr);
    write_images(&place.path("out/originals"), 2);
    place.ok(&["reconstruct", "vae", "--images", "out/originals", "--out", &folder]);
    assert_eq!(png_size(&place.path(&folder).join("stroke-1.png")), (28, 28));
}

#[test]
fn decode_and_manifold_take_coordinates() {
    let place = trained();
    let (points, plane) = (out("points.npz"), out("plane.png"));
    place.ok(&["decode", "vae", "--z", "-1,0", "--z=0.5,1e-1", "--out", &points]);
    assert_eq!(npz_shape::<f32>(&place.path(&points), "x"), [2, 28, 28, 1]);
    let said =
        place.json(&["manifold", "vae", "--range", "-2,2", "--steps", "5", "--dims", "2,1", "--out", &plane]);
    assert_eq!(said["images"], 25);
    let (width, height) = png_size(&place.path(&plane));
    assert!(width > 280 && height > 280);
    let svg = fs::read_to_string(place.path("out/plane.svg")).unwrap();
    assert!(svg.contains("−2.0") && svg.contains("2.0"), "the ticks carry the coordinates");
}

#[test]
fn interpolate_begins_and_ends_at_the_images() {
    let place = trained();
    let array = |file: &str| -> ndarray::Array4<f32> {
        NpzReader::new(fs::File::open(place.path(file)).unwrap()).unwrap().by_name("x").unwrap()
    };
    let ends = out("ends");
    place.ok(&["reconstruct", "vae", "-n", "6", "--out", &format!("{ends}.npz")]);
    let ends = array(&format!("{ends}.npz"));
    for (name, spherical) in [("line", &[][..]), ("arc", &["--spherical"])] {
        let (file, png) = (out(&format!("{name}.npz")), out(&format!("{name}.png")));
        let arguments = ["interpolate", "vae", "--from", "2", "--to", "5", "--steps", "7"];
        place.ok(&[&arguments[..], spherical, &["--out", &file]].concat());
        let way = array(&file);
        assert_eq!(way.shape(), [7, 28, 28, 1]);
        let image = |set: &ndarray::Array4<f32>, i: usize| set.index_axis(ndarray::Axis(0), i).to_owned();
        assert!(image(&way, 0) == image(&ends, 2) && image(&way, 6) == image(&ends, 5), "{name}");
        place.ok(&[&arguments[..], spherical, &["--out", &png]].concat());
        let (width, height) = png_size(&place.path(&png));
        assert!(width > 5 * height && height > 100, "{width} × {height}"); // nine images in one row
    }
    let (line, arc) = (array("out/line.npz"), array("out/arc.npz"));
    assert!(line != arc, "the arc is another way");
}

#[test]
fn traverse_moves_one_dimension_at_a_time() {
    let place = trained();
    let (file, png, held) = (out("traversal.npz"), out("traversal.png"), out("held.npz"));
    let said = place.json(&["traverse", "vae", "--range", "-2,2", "--steps", "5", "--out", &file]);
    assert_eq!((&said["dims"], &said["images"]), (&serde_json::json!([1, 2]), &10.into()));
    let array = |file: &str| -> ndarray::Array4<f32> {
        NpzReader::new(fs::File::open(place.path(file)).unwrap()).unwrap().by_name("x").unwrap()
    };
    let images = array(&file);
    let decoded = out("axis.npz");
    place.ok(&["decode", "vae", "--z=-2,0", "--z=0,0", "--z=0,1", "--out", &decoded]);
    let decoded = array(&decoded);
    for (image, code) in [(0, 0), (2, 1), (7, 1), (8, 2)] {
        let axis = ndarray::Axis(0);
        assert!(images.index_axis(axis, image) == decoded.index_axis(axis, code), "{image}");
    }
    place.ok(&["traverse", "vae", "--dims", "2", "--image", "4", "--steps", "5", "--out", &held]);
    assert_eq!(array(&held).shape(), [5, 28, 28, 1]);
    place.ok(&["traverse", "vae", "--out", &png]);
    let (width, height) = png_size(&place.path(&png));
    assert!(width > 1000 && height > 200, "{width} × {height}");
}

#[test]
fn summary_and_data_describe() {
    let place = trained();
    let summary = place.json(&["summary", "vae"]);
    assert_eq!(summary["parameters"], place.json(&["summary", "synthetic-digits-plane"])["parameters"]);
    let sets = place.json(&["data"]);
    let names: Vec<&str> =
        sets["sets"].as_array().unwrap().iter().filter_map(|set| set["name"].as_str()).collect();
    assert_eq!(names, data::CATALOGUE.iter().map(|set| set.name).collect::<Vec<_>>());
    assert!(
        place
            .ok(&["data"])
            .stdout
            .contains("not here; would be downloaded to [DIR]/cache/latentlab/data/mnist")
    );

    let preview = out("preview.png");
    let digits = place.json(&["data", "synthetic-digits", "--preview", &preview]);
    assert_eq!((&digits["shape"], &digits["images"]), (&serde_json::json!([28, 28, 1]), &12_000.into()));
    let (width, height) = png_size(&place.path(&preview));
    assert!(width > 1000 && height > 1000);
}
