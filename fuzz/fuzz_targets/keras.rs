//! `.keras` files: the bytes are a configuration, and weights that none of its layers has.
#![no_main]

use std::io::{Cursor, Write};

use exchange::{AssemblyOptions, assemble};
use libfuzzer_sys::fuzz_target;
use network::Objective;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const WEIGHTS: &[u8] = include_bytes!("../../crates/exchange/tests/keras/whole.weights.h5");

fuzz_target!(|bytes: &[u8]| {
    let _ = exchange::keras::read_keras(bytes, "x.keras");
    let _ = exchange::keras::read_weights(bytes.to_vec(), "x.weights.h5");
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in
        [("metadata.json", &br#"{"keras_version":"3.15.0"}"#[..]), ("config.json", bytes), ("model.weights.h5", WEIGHTS)]
    {
        archive.start_file(name, SimpleFileOptions::default()).expect("memory can be written");
        archive.write_all(content).expect("memory can be written");
    }
    let archive = archive.finish().expect("memory can be written").into_inner();
    let Ok(model) = exchange::keras::read_keras(&archive, "x.keras") else { return };
    let Ok(net) = assemble(vec![model], &AssemblyOptions::default()) else { return };
    let _ = net.parameters(&net.network(Objective::default()));
});
