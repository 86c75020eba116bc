//! State dicts: safetensors, archives of `torch.save`, and the bytes as the pickle in one.
#![no_main]

use std::io::{Cursor, Write};

use exchange::onnx::Layout;
use libfuzzer_sys::fuzz_target;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fuzz_target!(|bytes: &[u8]| {
    let fit = |weights: exchange::StoredWeights| drop(weights.fit(&hostile::network(), Layout::ChannelsFirst));
    exchange::torch::read_safetensors(bytes, "x.safetensors").map_or((), fit);
    exchange::torch::read_state_dict(bytes, "x.pt").map_or((), fit);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [("x/data.pkl", bytes), ("x/data/0", &[0; 512][..]), ("x/data/1", &[0; 64][..])] {
        archive.start_file(name, SimpleFileOptions::default()).expect("memory can be written");
        archive.write_all(content).expect("memory can be written");
    }
    let archive = archive.finish().expect("memory can be written").into_inner();
    exchange::torch::read_state_dict(&archive, "x.pt").map_or((), fit);
});
