//! The page as a file: what was put in comes out again, and no text becomes markup.

use std::collections::BTreeSet;
use std::io::Read as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use explorer::program::network_program;
use explorer::{Blobs, Explorer, ImageSheets, Part, Precision, payload};
use flate2::read::DeflateDecoder;
use network::{Network, parameter_views};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Names that would leave their place if they could.
const HOSTILE: [&str; 6] = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "\"'&<img src=x onerror=alert(1)>",
    "line\u{2028}end\u{2029}",
    "\u{202e}gnp.exe\u{202c}",
    "]]>{{ title }}\\u003c/script>",
];

fn network() -> (Network, Vec<f32>) {
    let network: Network = serde_json::from_str(
        r#"{
            "input": [2, 2, 1],
            "encoder": [{ "layer": "flatten" }],
            "latent": { "kind": "gaussian", "size": 3 },
            "decoder": [{ "layer": "dense", "units": 4 }, { "layer": "reshape", "shape": [2, 2, 1] }],
            "objective": { "reconstruction": { "loss": "bce" } }
        }"#,
    )
    .unwrap();
    let parameters = parameter_views(&network).unwrap().iter().map(|view| view.range.end).max().unwrap();
    (network, (0..parameters).map(|i| i as f32 / 7.0 - 1.0).collect())
}

/// Every kind of everything, under hostile names.
fn explorer() -> Explorer {
    let name = |at: usize| HOSTILE[at % HOSTILE.len()].to_owned();
    let mut blobs = Blobs::default();
    let (network, parameters) = network();
    let program = network_program(&network, &parameters);
    let single = Precision::Single;
    let weights = blobs.weights(&program.weights, Precision::Half);
    let codes: Vec<f32> = (0..15).map(|i| i as f32 * 0.1 - 0.7).collect();
    let model = payload::Model {
        name: name(0),
        about: name(1),
        network: payload::WeightedProgram { program: program.program, weights },
        codes: payload::Codes::Whole(blobs.floats(Part::Codes, &[5, 3], &codes, Precision::Half)),
        code_shape: vec![3],
        is_variational: true,
        dims: vec![payload::Dimension {
            information: 1.5,
            mean: 0.0,
            deviation: 1.0,
            low: -2.0,
            high: 2.0,
            histogram: vec![0.5, 0.5],
        }],
        layers: vec![payload::MapLayer {
            kind: payload::LayerKind::Pca,
            title: "PCA".into(),
            axes: ["a".into(), "b".into()],
            note: name(2),
            positions: Some(blobs.floats(Part::Maps, &[5, 2], &codes[..10], single)),
            inverse: Some(payload::Inverse {
                mean: blobs.floats(Part::Maps, &[3], &codes[..3], single),
                components: blobs.floats(Part::Maps, &[2, 3], &codes[..6], single),
            }),
        }],
        columns: vec![payload::Column::Number {
            name: name(3),
            unit: "nats".into(),
            about: String::new(),
            values: blobs.floats(Part::Columns, &[5], &[1.0, f32::NAN, 3.0, 1e9, -0.0], single),
        }],
        score: Some(name(3)),
        samplers: vec![payload::Sampler {
            name: "prior",
            about: String::new(),
            weights: blobs.floats(Part::Samplers, &[1], &[1.0], single),
            means: blobs.floats(Part::Samplers, &[1, 3], &[0.0; 3], single),
            factors: None,
        }],
        input: payload::InputRules {
            shape: vec![2, 2, 1],
            pad: 0,
            fit: "resize",
            range: [0.0, 1.0],
            invert: false,
            background: 0,
            binarise: false,
            is_digits: false,
            table: Some(payload::TableRules { names: vec![name(4)], mean: vec![0.0], deviation: vec![1.0] }),
        },
    };
    let sheets = ImageSheets::new(5, [2, 2, 1], |at, image| image.fill(at as f32 / 4.0)).unwrap();
    let images = sheets.store(1_000, &mut blobs).unwrap();
    Explorer {
        title: name(0),
        what: name(2),
        made: "Made by a test".into(),
        left_out: vec![name(5)],
        points: payload::Points {
            count: 5,
            what: name(1),
            index: blobs.positions(Part::Points, &[9, 8, 70_000, 6, 5]),
            files: Some(blobs.texts(Part::Points, &(0..5).map(name).collect::<Vec<_>>())),
            labels: Some(blobs.categories(Part::Points, &[0, 1, 2, 3, 300])),
            classes: (0..301).map(name).collect(),
            unknown_class: Some(3),
        },
        images: Some(images),
        columns: vec![payload::Column::Category {
            name: name(4),
            about: name(5),
            values: blobs.categories(Part::Columns, &[0, 1, 0, 1, 1]),
            names: (0..2).map(name).collect(),
        }],
        models: vec![model],
        blobs,
    }
}

/// The text of the element `<script … id="ID" …>`.
fn element<'a>(html: &'a str, id: &str) -> &'a str {
    let at = html.find(&format!(" id=\"{id}\"")).unwrap_or_else(|| panic!("no element {id}"));
    let from = at + html[at..].find('>').unwrap() + 1;
    &html[from..from + html[from..].find("</script>").unwrap()]
}

/// The bytes of a blob, as the page reads them.
fn blob(html: &str, blob: &Value) -> Vec<u8> {
    let id = format!("blob-{blob}");
    let bytes = STANDARD.decode(element(html, &id)).unwrap();
    if html.contains(&format!("id=\"{id}\" data-stored=\"plain\"")) {
        return bytes;
    }
    let mut read = Vec::new();
    DeflateDecoder::new(&bytes[..]).read_to_end(&mut read).unwrap();
    read
}

/// The numbers of an array, as the page reads them.
fn numbers(html: &str, array: &Value) -> Vec<f64> {
    let bytes = blob(html, &array["blob"]);
    let width = match array["type"].as_str().unwrap() {
        "u8" => 1,
        "f16" | "u16" => 2,
        "f24" => 3,
        _ => 4,
    };
    let number = |bytes: &[u8]| match array["type"].as_str().unwrap() {
        "u8" => f64::from(bytes[0]),
        "u16" => u16::from_le_bytes(bytes.try_into().unwrap()).into(),
        "u32" => u32::from_le_bytes(bytes.try_into().unwrap()).into(),
        "f24" => f32::from_le_bytes([0, bytes[0], bytes[1], bytes[2]]).into(),
        "f32" => f32::from_le_bytes(bytes.try_into().unwrap()).into(),
        _ => half::f16::from_le_bytes(bytes.try_into().unwrap()).to_f64(),
    };
    let values: Vec<f64> = bytes.chunks_exact(width).map(number).collect();
    let sides = array["shape"].as_array().unwrap().iter().map(|side| side.as_u64().unwrap());
    assert_eq!(values.len() as u64, sides.product::<u64>());
    values
}

#[test]
fn what_was_put_in_comes_out_again() {
    let page = explorer();
    let html = page.html().unwrap().text;
    let payload: Value = serde_json::from_str(element(&html, "payload")).unwrap();
    assert_eq!(numbers(&html, &payload["points"]["index"]), [9.0, 8.0, 70_000.0, 6.0, 5.0]);
    assert_eq!(payload["points"]["labels"]["type"], "u16");
    assert_eq!(numbers(&html, &payload["points"]["labels"]), [0.0, 1.0, 2.0, 3.0, 300.0]);
    let files: Vec<String> =
        serde_json::from_slice(&blob(&html, &payload["points"]["files"]["blob"])).unwrap();
    assert_eq!(files, HOSTILE[..5]);
    assert_eq!(payload["points"]["classes"][8], HOSTILE[2]);
    let model = &payload["models"][0];
    let codes = numbers(&html, &model["codes"]);
    assert!(
        codes.iter().enumerate().all(|(i, code)| (code - (i as f64 * 0.1 - 0.7)).abs() < 5e-4),
        "{codes:?}"
    );
    let losses = numbers(&html, &model["columns"][0]["values"]);
    assert!(losses[1].is_nan() && losses[3] == 1e9, "{losses:?}");
    let weights = numbers(&html, &model["network"]["weights"]);
    let (_, parameters) = network();
    assert!(weights.iter().zip(&parameters).all(|(a, b)| (a - f64::from(*b)).abs() < 2e-3));
    assert_eq!(model["network"]["encoder"][0]["kind"], "flatten");
    assert_eq!(payload["title"], HOSTILE[0]);
}

#[test]
fn halves_give_way_to_singles_where_they_would_be_infinite() {
    let mut blobs = Blobs::default();
    let kept = |blobs: &mut Blobs, values: &[f32]| {
        blobs.floats(Part::Codes, &[values.len()], values, Precision::Half).number
    };
    assert_eq!(kept(&mut blobs, &[65_504.0, -1.0, f32::NAN]), payload::NumberType::F16);
    assert_eq!(kept(&mut blobs, &[65_536.0]), payload::NumberType::F32);
}

#[test]
fn no_name_becomes_markup() {
    let html = explorer().html().unwrap().text;
    // The page's own elements are all there are: payload, blobs, script.
    let blobs = explorer().blobs.len();
    assert_eq!(html.matches("<script").count(), 2 + blobs);
    assert_eq!(html.matches("</script>").count(), 2 + blobs);
    let lower = html.to_lowercase();
    for part in ["<img", "<!--"] {
        assert!(!lower.contains(part), "{part}");
    }
    assert!(html.contains("<title>&#60;/script&#62;"), "{}", &html[..900]);
}

#[test]
fn the_page_allows_its_own_script_and_no_connection() {
    let html = explorer().html().unwrap().text;
    let from = html.rfind("<script>").unwrap() + "<script>".len();
    let script = &html[from..from + html[from..].find("</script>").unwrap()];
    let hash = STANDARD.encode(Sha256::digest(script));
    let policy = html.split("http-equiv=\"Content-Security-Policy\" content=\"").nth(1).unwrap();
    assert_eq!(
        policy.split('"').next().unwrap(),
        format!(
            "default-src 'none'; script-src 'sha256-{hash}' 'wasm-unsafe-eval'; worker-src blob:; img-src data: blob:; \
             style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
        )
    );
}

#[test]
fn the_parts_add_up_to_the_file() {
    let html = explorer().html().unwrap();
    let sum: usize = html.contents.iter().map(|part| part.bytes).sum();
    let frame = html.text.len() - sum;
    assert!((500..6_000).contains(&frame), "{frame} bytes of frame in {}", html.text.len());
    let payload: Value = serde_json::from_str(element(&html.text, "payload")).unwrap();
    assert_eq!(payload["contents"], serde_json::to_value(&html.contents).unwrap());
}

/// The fields of an interface of `page/src/payload.ts`.
fn fields(interface: &str) -> BTreeSet<String> {
    let source = include_str!("../page/src/payload.ts");
    let body = source
        .split(&format!("export interface {interface} {{\n"))
        .nth(1)
        .unwrap_or_else(|| panic!("no interface {interface}"));
    let body = body.split("\n}\n").next().unwrap();
    let field = |line: &str| {
        let (name, _) = line.strip_prefix("  ")?.split_once(':')?;
        let name = name.trim_end_matches('?');
        name.bytes().all(|byte| byte.is_ascii_alphanumeric()).then(|| name.to_owned())
    };
    body.lines().filter_map(field).collect()
}

#[test]
fn both_sides_of_the_payload_say_the_same() {
    let html = explorer().html().unwrap().text;
    let payload: Value = serde_json::from_str(element(&html, "payload")).unwrap();
    let model = &payload["models"][0];
    let mut components = Blobs::default();
    let array = components.floats(Part::Codes, &[1], &[0.0], Precision::Half);
    let components =
        payload::Codes::Components { mean: array.clone(), scores: array.clone(), components: array };
    for (interface, value) in [
        ("Payload", &payload),
        ("Points", &payload["points"]),
        ("Images", &payload["images"]),
        ("FileRef", &payload["images"]["sheets"][0]),
        ("ArrayRef", &payload["points"]["index"]),
        ("Model", model),
        ("NetworkProgram", &model["network"]),
        ("Dimension", &model["dims"][0]),
        ("MapLayer", &model["layers"][0]),
        ("Sampler", &model["samplers"][0]),
        ("InputRules", &model["input"]),
        ("CodeComponents", &serde_json::to_value(components).unwrap()),
    ] {
        let written: BTreeSet<String> = value.as_object().unwrap().keys().cloned().collect();
        assert_eq!(written, fields(interface), "{interface}");
    }
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(keys(&model["columns"][0]), "about kind name unit values");
    assert_eq!(keys(&payload["columns"][0]), "about kind name names values");
    assert_eq!(keys(&model["input"]["table"]), "deviation mean names");
}
