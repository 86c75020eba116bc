//! Files that were made to hurt, or damaged by chance.

use std::fs;
use std::io::Write;

use exchange::keras::{KerasPart, keras, read_keras, read_weights};
use exchange::onnx::{Layout, OnnxOptions, Part, onnx, read_onnx};
use exchange::torch::{read_safetensors, read_state_dict, torch};
use exchange::{AssemblyOptions, ModelFile, assemble};
use network::{
    Activation, Conv2d, ConvPadding, Dense, Flatten, Latent, Network, Objective, Pair, Reshape, Shape,
};
use testing::{ROUNDS, survive};
use zip::write::SimpleFileOptions;

fn network() -> Network {
    let dense = |units| Dense { units, activation: Activation::Relu, initializer: Default::default() };
    let conv = Conv2d {
        filters: 2,
        kernel: Pair::square(3),
        stride: Pair::square(2),
        padding: ConvPadding::Same,
        activation: Activation::Linear,
        initializer: Default::default(),
    };
    Network {
        input: Shape::image(4, 4, 1),
        encoder: vec![conv.into(), Flatten {}.into()],
        latent: Latent::gaussian(2),
        decoder: vec![
            dense(3).into(),
            Dense { activation: Activation::Linear, ..dense(16) }.into(),
            Reshape { shape: Shape::image(4, 4, 1) }.into(),
        ],
        objective: Objective::default(),
    }
}

fn parameters() -> Vec<f32> {
    let count = network::parameter_views(&network()).unwrap().last().unwrap().range.end;
    (0..count).map(|i| (i % 7) as f32 / 10.0 - 0.3).collect()
}

/// Whether a model makes a net.
fn is_net(model: Result<ModelFile, exchange::ExchangeError>) -> bool {
    let Ok(net) = model.and_then(|model| assemble(vec![model], &AssemblyOptions::default())) else {
        return false;
    };
    let network = net.network(Objective::default());
    net.parameters(&network).is_ok()
}

#[test]
fn damaged_archives_of_keras_are_answered() {
    let files = keras(&network(), &parameters(), KerasPart::Whole).unwrap();
    let found = [
        survive(&files.model, |bytes| is_net(read_keras(bytes, "x.keras"))),
        survive(&files.weights, |bytes| {
            read_weights(bytes.to_vec(), "x")
                .is_ok_and(|weights| weights.fit(&network(), Layout::ChannelsLast).is_ok())
        }),
        survive(&fs::read("tests/keras/sequential.keras").unwrap(), |bytes| {
            is_net(read_keras(bytes, "x.keras"))
        }),
    ];
    println!("of {ROUNDS} each, {found:?} were refused");
    assert!(found.iter().all(|refused| *refused > 0), "{found:?}");
}

/// The archive with another configuration.
fn with_config(archive: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    let mut old = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    let mut new = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["metadata.json", "config.json", "model.weights.h5"] {
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut old.by_name(name).unwrap(), &mut content).unwrap();
        if name == "config.json" {
            content = change(std::str::from_utf8(&content).unwrap()).into_bytes();
        }
        new.start_file(name, SimpleFileOptions::default()).unwrap();
        new.write_all(&content).unwrap();
    }
    new.finish().unwrap().into_inner()
}

#[test]
fn damaged_configurations_are_answered() {
    let archive = keras(&network(), &parameters(), KerasPart::Whole).unwrap().model;
    let text = std::cell::RefCell::new(String::new());
    with_config(&archive, |config| {
        config.clone_into(&mut text.borrow_mut());
        config.to_owned()
    });
    let text = text.into_inner();
    let refused = survive(text.as_bytes(), |config| match std::str::from_utf8(config) {
        Ok(config) => is_net(read_keras(&with_config(&archive, |_| config.to_owned()), "x.keras")),
        Err(_) => false,
    });
    assert!(refused > ROUNDS / 2, "{refused}");
}

#[test]
fn configurations_that_lie_are_told_so() {
    let archive = keras(&network(), &parameters(), KerasPart::Whole).unwrap().model;
    let cases: Vec<(&str, &str, &str)> = vec![
        (r#""filters":2"#, r#""filters":1099511627776"#, "filters = 1099511627776"),
        (r#""filters":2"#, r#""filters":-2"#, "filters = -2: must be a whole number"),
        (r#""filters":2"#, r#""filters":3"#, "kernel"),
        (r#""kernel_size":[3,3]"#, r#""kernel_size":[0,3]"#, "must be at least 1"),
        (r#""strides":[2,2]"#, r#""strides":[0,0]"#, "must be at least 1"),
        (r#""units":3"#, r#""units":18446744073709551615"#, "units"),
        (r#""batch_shape":[null,4,4,1]"#, r#""batch_shape":[null,null,4,1]"#, "images of one size"),
        (
            r#""batch_shape":[null,4,4,1]"#,
            r#""batch_shape":[null,4294967296,4294967296,4294967296]"#,
            "here it is a vector or an image",
        ),
        (
            r#""class_name":"Flatten""#,
            r#""class_name":"Unflatten""#,
            "latentlab has no such layer; known are Input, Dense",
        ),
        (r#""keras_history":["image",0,0]"#, r#""keras_history":["decoder_0",0,0]"#, "that is not there"),
        (
            r#""output_layers":["pixels",0,0]"#,
            r#""output_layers":["elsewhere",0,0]"#,
            "there is no layer \"elsewhere\"",
        ),
    ];
    for (from, to, says) in cases {
        let bytes = with_config(&archive, |config| {
            assert!(config.contains(from), "{from} in {config}");
            config.replacen(from, to, 1)
        });
        let read = read_keras(&bytes, "x.keras")
            .and_then(|model| assemble(vec![model], &AssemblyOptions::default()));
        let message = read.unwrap_err().to_string();
        assert!(
            message.starts_with("x.keras: ") && message.contains(says),
            "{from} → {to}\nexpected {says}\nfound {message}"
        );
    }
    let deep = with_config(&archive, |_| "[".repeat(100_000));
    assert!(read_keras(&deep, "x.keras").unwrap_err().to_string().contains("its config.json is damaged"));
    let own = with_config(&archive, |_| r#"{"class_name":"VAE","config":{}}"#.into());
    let message = read_keras(&own, "x.keras").unwrap_err().to_string();
    assert!(message.contains("an object of the class \"VAE\", whose code is not run"), "{message}");
}

#[test]
fn damaged_graphs_are_answered() {
    for layout in [Layout::ChannelsLast, Layout::ChannelsFirst] {
        let options = OnnxOptions { layout, ..OnnxOptions::default() };
        let file = onnx(&network(), &parameters(), Part::Reconstruction, &options).unwrap();
        assert!(is_net(read_onnx(&file, "x.onnx", &|_| None)));
        let refused = survive(&file, |bytes| is_net(read_onnx(bytes, "x.onnx", &|_| None)));
        assert!(refused > 0, "{refused}");
    }
}

#[test]
fn damaged_state_dicts_are_answered() {
    let module = torch(&network(), &parameters(), "").unwrap();
    let file = module.safetensors().unwrap();
    let fits = |weights: exchange::StoredWeights| weights.fit(&network(), Layout::ChannelsFirst).is_ok();
    let refused = survive(&file, |bytes| read_safetensors(bytes, "x").is_ok_and(fits));
    assert!(refused > 0, "{refused}");
    let file = fs::read("tests/torch/state_dict.pt").unwrap();
    assert!(read_state_dict(&file, "x.pt").is_ok());
    let refused = survive(&file, |bytes| read_state_dict(bytes, "x.pt").is_ok());
    assert!(refused > 0, "{refused}");
    let pickle = pickle_of(&file);
    let refused = survive(&pickle, |bytes| read_state_dict(&archive_of(bytes), "x.pt").is_ok());
    assert!(refused > ROUNDS / 4, "{refused}");
}

fn pickle_of(file: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(file)).unwrap();
    let name = archive.file_names().find(|name| name.ends_with("data.pkl")).unwrap().to_owned();
    let mut content = Vec::new();
    std::io::Read::read_to_end(&mut archive.by_name(&name).unwrap(), &mut content).unwrap();
    content
}

/// What `torch.save` writes around a pickle, with some values.
fn archive_of(pickle: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("x/data.pkl", SimpleFileOptions::default()).unwrap();
    archive.write_all(pickle).unwrap();
    for number in 0..4 {
        archive.start_file(format!("x/data/{number}"), SimpleFileOptions::default()).unwrap();
        archive.write_all(&[0; 256]).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn no_code_in_a_pickle_is_run() {
    // cos\nsystem\n(S'…'tR. and its like.
    let call =
        |global: &str| [b"\x80\x02c".as_slice(), global.as_bytes(), b"X\x04\x00\x00\x00true\x85R."].concat();
    for (pickle, says) in [
        (call("os\nsystem\n"), "holds an object of os.system, whose code would have to be run"),
        (call("builtins\neval\n"), "holds an object of builtins.eval, whose code would have to be run"),
        (call("torch.nn.modules.container\nSequential\n"), "save the state dict alone"),
        (b"\x80\x02}.".to_vec(), "holds no state dict"),
        (b"\x80\x02(.".to_vec(), "its pickle is damaged"),
        (b"\x80\x02i".to_vec(), "asks for an operation (0x69)"),
        ([b"\x80\x02".as_slice(), &b"]".repeat(3), b"aaa."].concat(), "its pickle is damaged"),
        (vec![b'('; 100_000], "its pickle is damaged"),
    ] {
        let message = read_state_dict(&archive_of(&pickle), "x.pt").unwrap_err().to_string();
        assert!(message.starts_with("x.pt: ") && message.contains(says), "expected {says}\nfound {message}");
    }
    // Lists that hold each other, a memo that doubles: a bounded answer.
    let mut bomb = b"\x80\x02]q\x00".to_vec();
    for _ in 0..100 {
        bomb.extend(b"h\x00h\x00\x86q\x00");
    }
    bomb.push(b'.');
    let message = read_state_dict(&archive_of(&bomb), "x.pt").unwrap_err().to_string();
    assert!(message.contains("more values than a model has") || message.contains("damaged"), "{message}");
}
