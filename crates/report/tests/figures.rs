//! Every figure of the list: same bytes as its golden file, well-formed, self-contained, and rasterised whole.
//!
//! After a wanted change, look at the pictures and renew the golden files with
//! `UPDATE_GOLDEN=1 cargo test -p latentlab-report --test figures`.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use report::{FIGURES, Figure};
use resvg::usvg::roxmltree::{Document, Node};

const DATA_URI: &str = "data:image/png;base64,";

/// The SVG with each embedded PNG replaced by a hash of its pixels: what the picture is does not depend on
/// the version of the compressor.
fn with_pixels_hashed(svg: &str) -> String {
    let mut parts = svg.split(DATA_URI);
    let mut text = parts.next().unwrap().to_string();
    for part in parts {
        let (encoded, rest) = part.split_once('"').expect("the end of the attribute");
        let (width, height, pixels) = decode(&STANDARD.decode(encoded).expect("base64"));
        let mut hasher = DefaultHasher::new();
        pixels.hash(&mut hasher);
        text.push_str(&format!("{width}×{height} {:016x}\"{rest}", hasher.finish()));
    }
    text
}

fn decode(file: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).expect("pixels");
    (info.width, info.height, pixels)
}

/// What must hold for any figure: XML that parses, finite numbers inside the page, nothing fetched.
fn check(figure: &Figure) {
    let document = Document::parse(figure.svg()).expect("well-formed XML");
    let root = document.root_element();
    assert_eq!(root.attribute("width"), Some(figure.width().to_string().as_str()));
    assert!(root.attribute("aria-label").is_some_and(|label| !label.is_empty()));
    for node in document.descendants().filter(Node::is_element) {
        for attribute in node.attributes() {
            let value = attribute.value();
            match attribute.name() {
                "x" | "x1" | "x2" | "cx" => inside(value, figure.width(), node),
                "y" | "y1" | "y2" | "cy" => inside(value, figure.height(), node),
                "width" | "height" | "r" => assert!(value.parse::<f64>().unwrap() > 0.0, "{node:?}"),
                "points" => {
                    for pair in value.split(' ') {
                        let (x, y) = pair.split_once(',').unwrap();
                        inside(x, figure.width(), node);
                        inside(y, figure.height(), node);
                    }
                }
                "href" => assert!(value.starts_with(DATA_URI), "{node:?}"),
                _ => {}
            }
        }
    }
    let (width, height, _) = decode(&figure.png(1.0).expect("a PNG"));
    assert_eq!((f64::from(width), f64::from(height)), (figure.width(), figure.height()));
}

fn inside(value: &str, limit: f64, node: Node) {
    let value: f64 = value.parse().unwrap_or_else(|_| panic!("{value} in {node:?}"));
    assert!((0.0..=limit).contains(&value), "{value} is not within 0 … {limit} in {node:?}");
}

#[test]
fn every_figure_is_as_its_golden_file() {
    for kind in FIGURES {
        let figure = (kind.example)().unwrap();
        assert_eq!(figure, (kind.example)().unwrap(), "{} differs from call to call", kind.name);
        check(&figure);
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{}.svg", kind.stem));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, figure.svg()).unwrap();
        }
        let golden =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(
            with_pixels_hashed(figure.svg()) == with_pixels_hashed(&golden),
            "{} differs from {}",
            kind.name,
            path.display()
        );
    }
}

#[test]
fn names_and_files_are_told_apart() {
    for (index, kind) in FIGURES.iter().enumerate() {
        assert!(FIGURES[..index].iter().all(|other| other.name != kind.name && other.stem != kind.stem));
        assert!(kind.stem.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", kind.stem);
        assert!(kind.shows.ends_with('.'), "{}", kind.shows);
    }
}

#[test]
fn awkward_scales_are_refused() {
    let figure = (FIGURES[0].example)().unwrap();
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e6] {
        assert!(matches!(figure.png(scale), Err(report::FigureError::Size { .. })), "{scale}");
    }
    let (width, _, _) = decode(&figure.png(0.5).unwrap());
    assert_eq!(f64::from(width), (figure.width() / 2.0).ceil());
}

mod awkward_tables {
    use super::check;
    use report::*;

    /// Well-spread numbers that are the same on every machine.
    fn spread(n: usize) -> impl Iterator<Item = f32> {
        (0..n).map(|i| (i as f32 * 0.618_034).fract() * 2.0 - 1.0)
    }

    #[test]
    fn loss_curves_of_any_length_with_gaps_and_constants() {
        let noisy: Vec<f64> = spread(1000).map(f64::from).collect();
        let mut gaps = noisy.clone();
        gaps.iter_mut().step_by(3).for_each(|value| *value = f64::NAN);
        gaps[7] = f64::INFINITY;
        let (one, two, constant) = ([3.5], [2e-7, 1e-7], [5.0; 30]);
        let series: [&[f64]; 6] = [&one, &two, &constant, &noisy, &gaps, &[0.0, 0.0]];
        for train in series {
            for valid in series {
                let terms = [
                    LossTerm { name: "total", train, valid },
                    LossTerm { name: "l<1>", train: valid, valid: &[] },
                ];
                for best_epoch in [None, Some(0), Some(1), Some(train.len()), Some(usize::MAX)] {
                    let title = Some("a title & more");
                    check(
                        &LossCurves { best_epoch, title, ..LossCurves::new(&terms, "nats") }.draw().unwrap(),
                    );
                }
            }
        }
    }

    #[test]
    fn loss_curves_that_show_nothing_are_refused() {
        let draw = |terms: &[LossTerm]| LossCurves::new(terms, "nats").draw().unwrap_err();
        assert_eq!(draw(&[]), FigureError::Empty("loss terms"));
        assert_eq!(draw(&[LossTerm { name: "total", train: &[], valid: &[] }]), FigureError::Empty("epochs"));
        let nan = [f64::NAN];
        let term = LossTerm { name: "total", train: &nan, valid: &[] };
        assert_eq!(draw(&[term]), FigureError::NotFinite("losses"));
    }

    #[test]
    fn grids_of_any_size_and_kind() {
        for [count, height, width, channels] in
            [[1, 1, 1, 1], [7, 28, 28, 1], [5, 300, 200, 3], [10, 4, 32, 1], [3, 65, 64, 3]]
        {
            let pixels: Vec<f32> = spread(count * height * width * channels).collect();
            let images = Images::new(&pixels, [count, height, width, channels]).unwrap();
            for columns in [0, 1, 3, 100] {
                let captions: Vec<String> =
                    (0..count).map(|i| format!("a rather long caption {i}")).collect();
                let grid =
                    ImageGrid { captions: &captions, title: Some("T"), ..ImageGrid::new(images, columns) };
                check(&grid.draw().unwrap());
            }
        }
    }

    #[test]
    fn grids_and_rows_that_do_not_fit_are_refused() {
        let pixels = vec![0.0; 4 * 9];
        let images = Images::new(&pixels, [4, 3, 3, 1]).unwrap();
        let two = ["a".to_string(), "b".to_string()];
        let grid = ImageGrid { captions: &two, ..ImageGrid::new(images, 2) };
        assert_eq!(grid.draw().unwrap_err(), FigureError::Count { what: "captions", got: 2, expected: 4 });
        let grid = ImageGrid { row_labels: &two, ..ImageGrid::new(images, 3) };
        check(&grid.draw().unwrap());
        assert_eq!(ImageGrid::new(images.first(0), 3).draw().unwrap_err(), FigureError::Empty("images"));
        assert_eq!(ComparisonRows::new(&[]).draw().unwrap_err(), FigureError::Empty("rows"));
        let row = |n| ImageRow { label: "row", images: images.first(n), captions: &[] };
        let error = ComparisonRows::new(&[row(4), row(3)]).draw().unwrap_err();
        assert_eq!(error, FigureError::Count { what: "images in a row", got: 3, expected: 4 });
    }

    #[test]
    fn scatters_of_any_number_and_extent() {
        for n in [1, 2, 50, 5_000, 5_001, 60_000] {
            let points: Vec<[f32; 2]> =
                spread(n).zip(spread(n + 13).skip(13)).map(|(x, y)| [x, y * y]).collect();
            let labels: Vec<u32> = (0..n as u32).map(|i| i % 10).collect();
            let colors = PointColors::Classes { labels: &labels, names: &[] };
            let figure =
                LatentScatter { colors, title: Some("Map"), ..LatentScatter::new(&points) }.draw().unwrap();
            assert!(figure.svg().len() < 1_000_000, "{n} points make {} bytes", figure.svg().len());
            check(&figure);
        }
        for points in [
            vec![[0.0, 0.0]; 9],
            vec![[1e30, 0.0], [-1e30, 1e-30]],
            vec![[f32::MAX, 0.0], [-f32::MAX, 0.0]],
            vec![[f32::NAN, 0.0], [2.0, 2.0], [1.0, f32::INFINITY]],
        ] {
            let values: Vec<f32> = (0..points.len()).map(|i| if i == 0 { f32::NAN } else { 4.0 }).collect();
            let colors = PointColors::Values { values: &values, name: "angle" };
            check(&LatentScatter { colors, ..LatentScatter::new(&points) }.draw().unwrap());
        }
    }

    #[test]
    fn scatters_with_many_or_long_classes() {
        let points: Vec<[f32; 2]> =
            spread(300).zip(spread(313).skip(13)).map(|(x, y)| [0.1 * x, 3.0 * y]).collect();
        for classes in [1, 2, 12, 20, 21, 24, 25, 200] {
            let labels: Vec<u32> = (0..300).map(|i| i % classes).collect();
            let names: Vec<String> = (0..classes).map(|i| format!("class number {i}")).collect();
            let colors = PointColors::Classes { labels: &labels, names: &names };
            check(&LatentScatter { colors, ..LatentScatter::new(&points) }.draw().unwrap());
        }
    }

    #[test]
    fn scatters_that_do_not_fit_are_refused() {
        let points = [[0.0, 1.0], [2.0, 3.0]];
        let draw = |colors| LatentScatter { colors, ..LatentScatter::new(&points) }.draw().unwrap_err();
        let names = ["a".to_string()];
        let error = draw(PointColors::Classes { labels: &[0, 1], names: &names });
        assert_eq!(error, FigureError::Label { label: 1, point: 1, names: 1 });
        let error = draw(PointColors::Classes { labels: &[0], names: &[] });
        assert_eq!(error, FigureError::Count { what: "labels", got: 1, expected: 2 });
        let error = draw(PointColors::Classes { labels: &[0, u32::MAX], names: &[] });
        assert!(matches!(error, FigureError::Label { label: u32::MAX, .. }));
        assert_eq!(
            draw(PointColors::Values { values: &[f32::NAN; 2], name: "v" }),
            FigureError::NotFinite("values")
        );
        assert_eq!(LatentScatter::new(&[]).draw().unwrap_err(), FigureError::Empty("points"));
        assert_eq!(
            LatentScatter::new(&[[f32::NAN; 2]]).draw().unwrap_err(),
            FigureError::NotFinite("points")
        );
    }

    #[test]
    fn manifolds_of_any_size() {
        for (steps, side, channels) in [(1, 28, 1), (2, 1, 3), (7, 128, 3), (15, 28, 1), (30, 28, 1)] {
            let grid = LatentGrid::square(-4.0, 4.0, steps);
            let pixels: Vec<f32> = spread(steps * steps * side * side * channels).collect();
            let images = Images::new(&pixels, [steps * steps, side, side, channels]).unwrap();
            let figure =
                Manifold { title: Some("The latent plane"), ..Manifold::new(images, &grid) }.draw().unwrap();
            check(&figure);
        }
        let grid = LatentGrid::square(-1.0, 1.0, 2);
        let images = Images::new(&[0.0; 3], [3, 1, 1, 1]).unwrap();
        let error = Manifold::new(images, &grid).draw().unwrap_err();
        assert_eq!(error, FigureError::Count { what: "decoded images", got: 3, expected: 4 });
        let error = Manifold::new(images.first(0), &LatentGrid { x: vec![], y: vec![] }).draw().unwrap_err();
        assert_eq!(error, FigureError::Empty("points in the latent grid"));
    }

    #[test]
    fn silhouettes_of_any_classes() {
        for (n, classes) in [(1, 1), (2, 2), (60, 3), (10_000, 10), (500, 120)] {
            let values: Vec<f32> = spread(n).collect();
            let labels: Vec<u32> = (0..n as u32).map(|i| i * i % classes * 3).collect();
            check(
                &SilhouettePlot { title: Some("Latent means"), ..SilhouettePlot::new(&values, &labels) }
                    .draw()
                    .unwrap(),
            );
        }
        // 10,000 samples do not make 10,000 points.
        let (values, labels): (Vec<f32>, Vec<u32>) = spread(60_000).zip((0..10).cycle()).unzip();
        let figure = SilhouettePlot::new(&values, &labels).draw().unwrap();
        assert!(figure.svg().len() < 60_000, "{} bytes", figure.svg().len());
        for constant in [0.0, -1.0, 1.0] {
            check(&SilhouettePlot::new(&[constant; 4], &[0, 0, 1, 1]).draw().unwrap());
        }
        // Class means and the overall mean are those of the samples.
        let figure = SilhouettePlot::new(&[0.5, 0.25, -0.5], &[4, 4, 9]).draw().unwrap();
        for text in [">4<", ">0.375<", ">9<", ">−0.500<", ">mean 0.0833<"] {
            assert!(figure.svg().contains(text), "{text}");
        }
    }

    #[test]
    fn silhouettes_that_do_not_fit_are_refused() {
        let names = ["a".to_string()];
        let draw = |values: &[f32], labels: &[u32]| {
            SilhouettePlot { names: &names, ..SilhouettePlot::new(values, labels) }.draw().unwrap_err()
        };
        assert_eq!(draw(&[], &[]), FigureError::Empty("samples"));
        assert_eq!(draw(&[0.0], &[]), FigureError::Count { what: "labels", got: 0, expected: 1 });
        assert_eq!(draw(&[0.0, 0.1], &[0, 1]), FigureError::Label { label: 1, point: 1, names: 1 });
        assert_eq!(draw(&[f32::NAN], &[0]), FigureError::NotFinite("silhouette coefficients"));
    }

    #[test]
    fn bars_of_any_number() {
        for n in [1, 2, 10, 40, 41, 784, 5_000] {
            let kl: Vec<f64> = spread(n).map(|value| f64::from(value).max(0.0)).collect();
            let active: Vec<bool> = kl.iter().map(|kl| *kl > 0.1).collect();
            let bars = KlBars { kl: &kl, active: &active, criterion: "Var(μ) > 0.01", title: Some("KL") };
            check(&bars.draw().unwrap());
            let ratios = vec![1.0 / n as f64; n];
            check(
                &ExplainedVariance { title: Some("PCA"), ..ExplainedVariance::new(&ratios) }.draw().unwrap(),
            );
        }
        for kl in [[0.0; 3], [-1e-9, 0.0, 1e-12], [1e300, 0.0, 1.0]] {
            check(&KlBars { kl: &kl, active: &[false; 3], criterion: "", title: None }.draw().unwrap());
        }
        check(&ExplainedVariance::new(&[1.0 + 1e-7, 0.5]).draw().unwrap());
        let bars = KlBars { kl: &[1.0, 2.0], active: &[true], criterion: "", title: None };
        let error = FigureError::Count { what: "active units", got: 1, expected: 2 };
        assert_eq!(bars.draw().unwrap_err(), error);
        assert_eq!(ExplainedVariance::new(&[]).draw().unwrap_err(), FigureError::Empty("components"));
        let error = ExplainedVariance::new(&[f64::NAN]).draw().unwrap_err();
        assert_eq!(error, FigureError::NotFinite("explained variances"));
    }

    #[test]
    fn kl_bars_stand_in_order() {
        let bars =
            KlBars { kl: &[0.5, 0.001, 2.0], active: &[true, false, true], criterion: "", title: None };
        let figure = bars.draw().unwrap();
        let at = |text: &str| figure.svg().find(text).unwrap_or_else(|| panic!("{text}"));
        assert!(at(">z₃<") < at(">z₁<") && at(">z₁<") < at(">z₂<"));
        assert!(figure.svg().contains("active (2 of 3)") && figure.svg().contains("sum 2.501 nats"));
    }

    #[test]
    fn posterior_panels_of_any_number() {
        let density: Vec<f64> = spread(40).map(|value| f64::from(value).abs()).collect();
        let panel = |dim| PosteriorPanel { dim, range: (-5.0, 4.0), density: &density, mean: -0.1, std: 1.2 };
        for n in [1, 4, 5, 6, 50] {
            let panels: Vec<PosteriorPanel> = (0..n).map(panel).collect();
            check(&PosteriorPanels { title: Some("q(z)"), ..PosteriorPanels::new(&panels) }.draw().unwrap());
        }
        // A collapsed or a far dimension leaves the others readable.
        let narrow = PosteriorPanel { range: (-1e-3, 1e-3), density: &[1e3], ..panel(1) };
        let far = PosteriorPanel { range: (-1e4, 1e4), density: &[5e-5], ..panel(2) };
        check(&PosteriorPanels::new(&[panel(0), narrow, far]).draw().unwrap());
        assert_eq!(PosteriorPanels::new(&[]).draw().unwrap_err(), FigureError::Empty("latent dimensions"));
        let none = PosteriorPanel { density: &[], ..panel(0) };
        assert_eq!(
            PosteriorPanels::new(&[none]).draw().unwrap_err(),
            FigureError::Empty("bins of a histogram")
        );
        let nan = PosteriorPanel { mean: f64::NAN, ..panel(0) };
        assert_eq!(
            PosteriorPanels::new(&[nan]).draw().unwrap_err(),
            FigureError::NotFinite("numbers of a histogram")
        );
    }

    #[test]
    fn roc_curves_of_any_length() {
        let steps: Vec<[f64; 2]> = (0..=60_000).map(|i| f64::from(i) / 6e4).map(|x| [x, x.sqrt()]).collect();
        let corner = [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
        let curves = [
            RocCurve { name: "reconstruction error", points: &steps, auroc: 2.0 / 3.0 },
            RocCurve {
                name: "a rather long name of a score that nobody would use",
                points: &corner,
                auroc: 1.0,
            },
        ];
        let figure = RocCurves { title: Some("Class 7 held out"), ..RocCurves::new(&curves) }.draw().unwrap();
        assert!(figure.svg().len() < 30_000, "{} bytes", figure.svg().len());
        check(&figure);
        assert_eq!(RocCurves::new(&[]).draw().unwrap_err(), FigureError::Empty("ROC curves"));
        let nan = RocCurve { name: "nan", points: &[[f64::NAN, 0.0]], auroc: 0.5 };
        assert_eq!(
            RocCurves::new(&[nan]).draw().unwrap_err(),
            FigureError::NotFinite("rates of a ROC curve")
        );
    }

    #[test]
    fn columns_of_any_kind_with_gaps_and_many_rows() {
        for rows in [1, 2, 40, 2000] {
            let names: Vec<String> = (0..rows).map(|row| format!("run <{row}>")).collect();
            let noisy: Vec<f64> = spread(rows).map(f64::from).collect();
            let mut gaps = noisy.clone();
            gaps.iter_mut().skip(1).step_by(3).for_each(|value| *value = f64::NAN);
            let wide: Vec<f64> = noisy.iter().map(|value| 10f64.powf(4.0 * value)).collect();
            let kinds = ["adam".to_owned(), "sgd & more".to_owned()];
            let kind: Vec<f64> = (0..rows).map(|row| (row % 2) as f64).collect();
            let column = |name, values, names| ValueColumn { name, values, names };
            let columns = [
                column("noisy", &noisy, &[]),
                column("a very long name of a setting", &gaps, &[]),
                column("wide", &wide, &[]),
                column("kind", &kind, &kinds[..]),
            ];
            for color in 0..columns.len() {
                check(
                    &ParallelCoordinates { rows: &names, columns: &columns, color, title: None }
                        .draw()
                        .unwrap(),
                );
                let [x, y, color] = [columns[1], columns[(color + 1) % 4], columns[color]];
                check(&ColumnScatter { rows: &names, x, y, color, title: Some("t") }.draw().unwrap());
            }
        }
    }

    #[test]
    fn columns_that_show_nothing_are_refused() {
        let (rows, values) = (["a".to_owned(), "b".to_owned()], [1.0, 2.0]);
        let column = |values| ValueColumn { name: "x", values, names: &[] };
        let draw = |columns: &[ValueColumn<'_>]| {
            ParallelCoordinates { rows: &rows, columns, color: 0, title: None }.draw().unwrap_err()
        };
        assert_eq!(draw(&[column(&values)]), FigureError::Empty("columns to compare"));
        let what = "values of a column";
        assert_eq!(
            draw(&[column(&values), column(&values[..1])]),
            FigureError::Count { what, got: 1, expected: 2 }
        );
        assert_eq!(draw(&[column(&values), column(&[f64::NAN; 2])]), FigureError::NotFinite(what));
        let none =
            ColumnScatter { rows: &[], x: column(&[]), y: column(&[]), color: column(&[]), title: None };
        assert_eq!(none.draw().unwrap_err(), FigureError::Empty("rows"));
    }
}
