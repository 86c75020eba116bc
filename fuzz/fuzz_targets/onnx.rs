//! ONNX files, as whole models.
#![no_main]

use exchange::{AssemblyOptions, assemble};
use libfuzzer_sys::fuzz_target;
use network::Objective;

fuzz_target!(|bytes: &[u8]| {
    let Ok(model) = exchange::onnx::read_onnx(bytes, "x.onnx", &|_| None) else { return };
    let Ok(net) = assemble(vec![model], &AssemblyOptions::default()) else { return };
    let _ = net.parameters(&net.network(Objective::default()));
});
